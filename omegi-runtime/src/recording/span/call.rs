//! The span of a synchronous call.

use std::marker::PhantomData;
use std::panic::Location;

use crate::vocabulary::{CallSite, Outcome, signal_handler};

use crate::recording::budget::{self, Admission};
use crate::recording::data::error_paths::{Exit, ExitPlace};
#[cfg(feature = "tracing")]
use crate::recording::data::record::COUNTED;
use crate::recording::data::record::{NO_SPAN, ROOT, SpanRef};
use crate::recording::external_parent::{self, CallParent};
use crate::recording::lifecycle;
use crate::recording::muting::is_muted;
use crate::recording::panics;
use crate::recording::policy;
use crate::recording::probe::error_view::{ErrorView, Failing, NoteExit, View};
use crate::recording::probe::none::ReturnsNone;
use crate::recording::probe::question_mark::note_question_mark;
use crate::recording::probe::value::Captured;
use crate::recording::segment::Segment;
use crate::recording::shield::shielded;
use crate::recording::span::ending;
#[cfg(feature = "tracing")]
use crate::recording::span::entered;
use crate::recording::thread::{current, pool};

/// The open span of a call, which closes when this is dropped.
#[derive(Debug)]
#[must_use = "the span is closed when this is dropped"]
pub struct SpanGuard {
    span: SpanRef,
    outcome: Outcome,
    /// True if the environment asks for the flow's arguments.
    wants_arguments: bool,
    /// A span belongs to the thread that opened it.
    not_send: PhantomData<*const ()>,
}

/// A call that has begun, in one register.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct OpenedCall {
    span: SpanRef,
    /// True if the environment asks for the flow's arguments. Woven code asks at each call, so this
    /// saves it a look into the segment.
    wants_arguments: bool,
}

impl OpenedCall {
    /// A call that is not recorded.
    const NONE: Self = Self { span: NO_SPAN, wants_arguments: false };

    #[inline]
    fn new(span: SpanRef, segment: &Segment) -> Self {
        Self { span, wants_arguments: segment.wants_arguments() }
    }
}

/// Opens the span of a call of `site` by `open`, which is [`open()`] and does not unwind. Inlines
/// one load and one branch into the user's function.
#[inline]
pub(crate) fn enter(
    site: &'static CallSite,
    open: extern "C" fn(&'static CallSite) -> OpenedCall,
) -> SpanGuard {
    let call = if policy::may_record() { open(site) } else { OpenedCall::NONE };
    SpanGuard {
        span: call.span,
        outcome: Outcome::Returned,
        wants_arguments: call.wants_arguments,
        not_send: PhantomData,
    }
}

/// Opens the span of a call of `site`. Calls `first_call` if omegi is not started yet. A thread
/// that already works on a flow skips this.
#[inline(always)]
pub(crate) fn open(site: &'static CallSite, first_call: fn() -> bool) -> OpenedCall {
    let Some(segment) = current::take_resting() else { return begin(site, first_call) };
    if std::thread::panicking() {
        return open_slowly(Some(segment), site);
    }
    let Some(span) = segment.open(site) else { return open_beyond(segment, site) };
    let call = OpenedCall::new(span, segment);
    current::put_fast(segment);
    call
}

/// Opens a call of a flow that may be at its limit.
#[inline(never)]
fn open_beyond(segment: &'static mut Segment, site: &'static CallSite) -> OpenedCall {
    let Some(span) = segment.open_beyond(site) else { return open_slowly(Some(segment), site) };
    let call = OpenedCall::new(span, segment);
    current::put_fast(segment);
    call
}

#[cold]
#[inline(never)]
fn begin(site: &'static CallSite, first_call: fn() -> bool) -> OpenedCall {
    // Muted calls may be those of a signal handler, and so may the first ones of a thread.
    if is_muted() || !policy::records(first_call) {
        return OpenedCall::NONE;
    }
    if !pool::is_ready() && signal_handler::is_active() {
        budget::refused_in_handler();
        return OpenedCall::NONE;
    }
    open_slowly(None, site)
}

/// Begins a flow, makes room, or opens a call of a destructor while the thread unwinds.
#[cold]
#[inline(never)]
fn open_slowly(segment: Option<&'static mut Segment>, site: &'static CallSite) -> OpenedCall {
    shielded(|| begin_or_grow(segment, site)).unwrap_or(OpenedCall::NONE)
}

fn begin_or_grow(segment: Option<&'static mut Segment>, site: &'static CallSite) -> OpenedCall {
    let opened = match segment.and_then(current::awake).map_or_else(external_parent::find, CallParent::In) {
        CallParent::In(segment) => Some(open_in(segment, site)),
        CallParent::Outside(origin) => lifecycle::begin(site, origin, Admission::Always).ok(),
    };
    let Some((segment, span)) = opened else { return OpenedCall::NONE };
    if std::thread::panicking() {
        segment.note_unwinding(span);
    }
    let call = if span == NO_SPAN { OpenedCall::NONE } else { OpenedCall::new(span, segment) };
    current::put(segment);
    call
}

/// Opens a call in `segment`, or in one of its own, as the child of a span that has been open for
/// long.
fn open_in(segment: &'static mut Segment, site: &'static CallSite) -> (&'static mut Segment, SpanRef) {
    if segment.needs_memory() && signal_handler::is_active() {
        return (segment, NO_SPAN);
    }
    let segment = match lifecycle::child(segment) {
        Some(origin) => match lifecycle::begin_child(site, origin, segment) {
            Ok(begun) => return begun,
            Err(segment) => segment,
        },
        None => segment,
    };
    let span = segment.open_slowly(site);
    (segment, span)
}

/// Closes a span. Declared not to unwind, like the functions that open one: the user's function
/// needs no landing pad for it.
#[inline(never)]
extern "C" fn close(span: SpanRef, outcome: Outcome) {
    let Some(segment) = current::take_resting() else { return };
    if span == ROOT || std::thread::panicking() {
        close_slowly(segment, span, outcome);
    } else if segment.close(span, outcome).is_some() {
        current::put_fast(segment);
    } else {
        close_beyond(segment, span, outcome);
    }
}

/// Closes a call of a flow that may be at its limit.
#[inline(never)]
fn close_beyond(segment: &'static mut Segment, span: SpanRef, outcome: Outcome) {
    if segment.close_beyond(span, outcome).is_some() {
        current::put_fast(segment);
    } else {
        close_slowly(segment, span, outcome);
    }
}

/// Ends a flow, an unusual call without a record, or one that its thread unwinds through.
#[inline(never)]
fn close_slowly(segment: &'static mut Segment, span: SpanRef, outcome: Outcome) {
    let _ = shielded(|| end_or_count(segment, span, outcome));
}

fn end_or_count(segment: &'static mut Segment, span: SpanRef, outcome: Outcome) {
    let Some(segment) = current::awake(segment) else { return };
    #[cfg(feature = "tracing")]
    let Some(segment) = at_hand(segment, span) else { return };
    let unwound = std::thread::panicking() && outcome == Outcome::Returned && !segment.began_unwinding(span);
    if unwound {
        panics::record(segment, span);
    }
    segment.close_slowly(span, if unwound { Outcome::Panic } else { outcome });
    if span == ROOT {
        return ending::end(segment);
    }
    lifecycle::look(segment, Some(span));
    if segment.has_no_active_span() {
        lifecycle::park(segment);
    } else {
        current::put(segment);
    }
}

/// Returns the segment of the call, whatever is entered in it and not left.
#[cfg(feature = "tracing")]
fn at_hand(segment: &'static mut Segment, span: SpanRef) -> Option<&'static mut Segment> {
    if span == COUNTED || (segment.cursor() == span && segment.is_open_call(span)) {
        return Some(segment);
    }
    entered::unwind(segment, span)
}

impl SpanGuard {
    /// Returns whether the call is recorded.
    #[inline]
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.span != NO_SPAN
    }

    /// Returns whether the flow is kept even without a failure.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.is_recording() && current::with(|segment| segment.is_sampled()).unwrap_or(false)
    }

    /// Returns whether the environment asks for this flow's arguments.
    #[inline]
    #[must_use]
    pub fn wants_arguments(&self) -> bool {
        self.wants_arguments
    }

    /// Adds an attribute.
    pub fn capture(&mut self, key: &'static str, value: Captured<'_>) {
        value.read(|value| {
            current::with(|segment| segment.add_attribute(self.span, key, value));
        });
    }
}

// The span goes by value to functions that are out of line, so that the guard stays in registers.
impl Failing for SpanGuard {
    #[inline(always)]
    fn fail_with<'e, E>(&mut self, error: &'e E, view: View<'e, E>) {
        self.outcome = Outcome::Error;
        fail_with(self.span, error, view);
    }
}

impl NoteExit for SpanGuard {
    #[inline]
    fn note_question_mark<'e>(
        &self,
        here: &'static Location<'static>,
        _: impl FnOnce() -> Option<ErrorView<'e>>,
    ) {
        note_question_mark(here);
    }
}

#[cold]
#[inline(never)]
fn fail_with<'e, E>(span: SpanRef, error: &'e E, view: View<'e, E>) {
    fail(span, &view(error));
}

#[cold]
#[inline(never)]
fn fail(span: SpanRef, error: &ErrorView<'_>) {
    if span == NO_SPAN {
        return;
    }
    let query = current::with_memory(|segment| segment.fail(span)).flatten();
    if let Some(query) = query {
        let facts = error.facts(&query);
        current::with(|segment| segment.describe_failure(span, facts, Exit::Returned));
    }
}

/// Begins a flow for an error that leaves a call outside of all flows: the call is its root.
pub(super) fn fail_alone(
    site: &'static CallSite,
    first_call: fn() -> bool,
    noted: Option<ExitPlace>,
    error: &ErrorView<'_>,
) {
    let OpenedCall { span, .. } = open(site, first_call);
    if span != NO_SPAN {
        if let Some(place) = noted {
            current::with_memory(|segment| segment.note_exit(place));
        }
        fail(span, error);
        close(span, Outcome::Error);
    }
}

impl ReturnsNone for SpanGuard {
    fn wants(&mut self) -> bool {
        self.wants_arguments()
    }

    fn add(&mut self, key: &'static str, value: Captured<'_>) {
        self.capture(key, value);
    }
}

impl Drop for SpanGuard {
    #[inline]
    fn drop(&mut self) {
        if self.span != NO_SPAN {
            close(self.span, self.outcome);
        }
    }
}
