//! The span of an asynchronous call: open from its first poll to its end, and active only while it
//! is polled.

use std::future::Future;
use std::mem;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use crate::vocabulary::{Attribute, CallSite, Outcome, SpanId, TraceId, signal_handler};

use crate::recording::budget::{self, Admission, NotBegun};
use crate::recording::data::error_kinds::ErrorKind;
use crate::recording::data::error_paths::Exit;
use crate::recording::data::error_query::ErrorQuery;
use crate::recording::data::record::{NO_SPAN, ROOT, SpanRef};
use crate::recording::data::updates::SpanUpdate;
use crate::recording::data::waits::{NO_WAIT, WaitRef};
use crate::recording::external_parent;
use crate::recording::flow::origin::{Origin, Trace};
use crate::recording::flow::slot::Apply as _;
use crate::recording::ids;
use crate::recording::lifecycle;
use crate::recording::panics;
use crate::recording::policy;
use crate::recording::polling::PollContext;
use crate::recording::probe::error_view::{ErrorView, Failing, View};
use crate::recording::probe::none::ReturnsNone;
use crate::recording::probe::value::Captured;
use crate::recording::segment::{Identity, Segment};
use crate::recording::shield::shielded;
use crate::recording::span::ending;
use crate::recording::thread::{current, pool};
use crate::recording::threads;

/// The open span of an asynchronous call.
///
/// It is a variable of the call's coroutine, made in the first poll and active from then on. Before
/// the coroutine waits, the span [leaves](Self::suspend) its thread. The next poll of the coroutine
/// makes the span active again. The root of a segment also keeps the segment while it waits;
/// otherwise the segment is with the caller. A future may be polled outside of the flow it began
/// in, because it was moved to another task. It then goes on in a segment of its own, of the same
/// trace, below the span that it had.
#[derive(Debug)]
#[must_use = "the span is closed when this is dropped"]
pub struct TaskSpan {
    site: &'static CallSite,
    /// Used by the root of a segment alone:
    ///
    /// | the call | on the thread | in `held` |
    /// |---|---|---|
    /// | waits | any segment, or none | its own segment |
    /// | is active | its own segment | the segment that was there before, if any |
    held: Option<&'static mut Segment>,
    /// Its segment; of a [refused](TaskRole::Refused) call, its trace and its parent's span id.
    flow: FlowKey,
    span: SpanRef,
    /// The span that was active before, in the same segment.
    caller: SpanRef,
    /// Its waits; of a [refused](TaskRole::Refused) call, the thread's
    /// [failed flows](lifecycle::failed_flows) when the poll began.
    wait: WaitRef,
    state: TaskState,
    ending: TaskEnding,
    role: TaskRole,
    unwinding: bool,
}

// Woven functions hold one each, and may grow by no more than 64 bytes: one pointer more is in
// `Suspended`.
const _: () = assert!(size_of::<TaskSpan>() <= 56, "an asynchronous call's span has grown");

/// The identity of a flow, in words of 8 bytes: a future should not grow by padding.
#[derive(Clone, Copy, Debug, Default)]
struct FlowKey {
    trace_high: u64,
    trace_low: u64,
    seed: u64,
}

/// The state of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TaskState {
    /// Its code runs.
    Active,
    /// It must wait, and is about to return pending.
    Leaving,
    /// It waits.
    Waiting,
}

/// The relation of the call to its segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TaskRole {
    /// Its span is in the segment of its caller, if it has one.
    Call,
    /// It is the root of a segment, which it owns.
    Root,
    /// It has no segment for want of memory. It begins one if it fails.
    Refused,
}

/// The end of the call, unless its thread unwinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TaskEnding {
    Return,
    Error,
    Cancellation,
}

// A panic closes the span that it is caught in: no broken state can be seen through it.
impl UnwindSafe for TaskSpan {}
impl RefUnwindSafe for TaskSpan {}

/// Opens the span of an asynchronous call of `site`, in the future's first poll. Calls `first_call`
/// if omegi is not started yet.
#[inline]
pub(crate) fn task(site: &'static CallSite, first_call: impl FnOnce() -> bool) -> TaskSpan {
    let mut task = TaskSpan::silent(site);
    if policy::records(first_call) {
        task.open();
    }
    task
}

impl TaskSpan {
    /// Returns a span that is not recorded.
    #[inline]
    pub(crate) fn silent(site: &'static CallSite) -> Self {
        Self {
            site,
            held: None,
            flow: FlowKey::default(),
            span: NO_SPAN,
            caller: NO_SPAN,
            wait: NO_WAIT,
            state: TaskState::Active,
            ending: TaskEnding::Return,
            role: TaskRole::Call,
            unwinding: false,
        }
    }

    /// Opens the span of a call, below whatever this thread works on.
    pub(crate) fn of_call(site: &'static CallSite) -> Self {
        let mut task = Self::silent(site);
        task.open();
        task
    }

    /// Opens a span with this origin, whatever this thread works on.
    pub(crate) fn of_origin(site: &'static CallSite, origin: Origin) -> Self {
        let mut task = Self::silent(site);
        task.unwinding = thread::panicking();
        task.begin(origin);
        task
    }

    /// Returns whether the call is recorded.
    #[inline]
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.span != NO_SPAN
    }

    /// Returns whether the flow is kept even without a failure.
    #[must_use]
    pub fn is_sampled(&mut self) -> bool {
        self.with(|segment, _| segment.is_sampled()).unwrap_or(false)
    }

    /// Returns whether the environment asks for this flow's arguments.
    #[must_use]
    #[inline]
    pub fn wants_arguments(&mut self) -> bool {
        self.is_recording() && self.flow_wants_arguments()
    }

    #[inline(never)]
    fn flow_wants_arguments(&mut self) -> bool {
        self.with(|segment, _| segment.wants_arguments()).unwrap_or(false)
    }

    /// Adds an attribute.
    pub fn capture(&mut self, key: &'static str, value: Captured<'_>) {
        value.read(|value| {
            self.with(|segment, span| segment.add_attribute(span, key, value));
        });
    }

    /// Updates the span.
    pub(crate) fn update(&mut self, update: SpanUpdate) {
        self.with(|segment, span| segment.apply(span, update));
    }

    /// Suspends the call: its caller is active again. The call is active again after an await of
    /// the returned future. The place of the `.await` is that of this call.
    #[inline]
    #[track_caller]
    pub fn suspend(&mut self) -> Suspended<'_> {
        if self.span != NO_SPAN {
            self.leave(Some(Location::caller()));
        }
        self.state = TaskState::Leaving;
        Suspended { span: self }
    }

    #[cold]
    fn fail(&mut self, error: &ErrorView<'_>) {
        if self.span == NO_SPAN || signal_handler::is_active() {
            return;
        }
        let query = self.with(|segment, span| segment.fail(span)).flatten();
        if let Some(query) = query {
            let facts = error.facts(&query);
            self.with(|segment, span| segment.describe_failure(span, facts, Exit::Returned));
        }
    }

    /// Fails the call without an error.
    pub(crate) fn fail_quietly(&mut self) {
        self.ending = TaskEnding::Error;
        self.begin_for_failure(|| None);
        self.with(|segment, span| segment.fail_undescribed(span));
    }

    #[inline(never)]
    fn open(&mut self) {
        self.unwinding = thread::panicking();
        let Some(segment) = current::take_resting() else { return self.begin_flow() };
        self.caller = segment.cursor();
        self.flow = segment.identity().into();
        match segment.open(self.site) {
            Some(span) => {
                self.span = span;
                current::put_fast(segment);
            }
            None => {
                let opened = shielded(|| self.open_slowly(segment));
                debug_assert!(opened.is_ok(), "opening a span panicked");
            }
        }
    }

    /// Opens the span in `segment`, or in a segment of its own, as the child of a span that has
    /// been open for long.
    #[cold]
    #[inline(never)]
    fn open_slowly(&mut self, segment: &'static mut Segment) {
        let Some(segment) = current::awake(segment) else { return };
        if segment.needs_memory() && signal_handler::is_active() {
            return current::put(segment);
        }
        let child = lifecycle::child(segment);
        if child.is_none() {
            self.caller = segment.cursor();
            self.span = segment.open_slowly(self.site);
        }
        current::put(segment);
        child.into_iter().for_each(|origin| self.begin(origin));
    }

    /// Begins a flow with this span. Kept out of [`open`](Self::open), which needs fewer registers
    /// without it.
    #[cold]
    #[inline(never)]
    fn begin_flow(&mut self) {
        // The parent is asked for of other libraries, which allocate at a thread's first question.
        if !pool::is_ready() && signal_handler::is_active() {
            return budget::refused_in_handler();
        }
        self.begin(external_parent::origin());
    }

    /// Begins a segment with this span as its active root.
    fn begin(&mut self, origin: Origin) {
        let parent = Identity { trace_id: origin.known_trace(), seed: origin.parent_span_id.to_u64() };
        self.begin_if(Admission::IfRoom, origin);
        if self.role == TaskRole::Refused {
            self.flow = parent.into();
            self.wait = lifecycle::failed_flows();
        }
    }

    fn begin_if(&mut self, admission: Admission, origin: Origin) {
        match shielded(|| lifecycle::begin(self.site, origin, admission)) {
            Ok(Ok((segment, root))) => {
                self.flow = segment.identity().into();
                self.span = root;
                self.role = TaskRole::Root;
                self.held = current::replace(Some(segment));
            }
            Ok(Err(NotBegun::NoRoom)) => self.role = TaskRole::Refused,
            Ok(Err(NotBegun::Unrecorded)) | Err(_) => {}
        }
    }

    /// Begins a segment for a failure after all, unless a call of this poll has told the error
    /// already.
    #[cold]
    fn begin_for_failure(&mut self, error: impl FnOnce() -> Option<ErrorKind>) {
        if self.role != TaskRole::Refused {
            return;
        }
        if lifecycle::failed_flows() != self.wait && lifecycle::latest_error() == error() {
            return;
        }
        let parent = Identity::from(self.flow);
        let origin = Origin::below(parent.trace_id, SpanId::from_u64(parent.seed));
        self.wait = NO_WAIT;
        self.begin_if(Admission::Always, origin);
        self.update(SpanUpdate::Attribute(Attribute::new("omegi.flow.began_late", true)));
    }

    /// Makes this span active on this thread.
    #[inline(never)]
    pub(crate) fn enter(&mut self) {
        self.state = TaskState::Active;
        if self.span == NO_SPAN {
            return self.enter_unrecorded();
        }
        if self.role == TaskRole::Root {
            let Some(mine) = self.held.take() else { return };
            if !mine.is_of_this_process() {
                return self.begin_own_segment();
            }
            let Some(mine) = current::awake(mine) else { return };
            mine.move_to_thread(threads::current());
            mine.resume(self.wait);
            self.held = current::replace(Some(mine));
        } else if let Some(segment) = self.take() {
            self.caller = segment.enter(self.span);
            segment.resume(self.wait);
            current::put(segment);
        } else {
            self.begin_own_segment();
        }
    }

    fn enter_unrecorded(&mut self) {
        if self.role == TaskRole::Refused {
            self.wait = lifecycle::failed_flows();
        }
    }

    /// Makes the span before active again, because the call waits at `place`.
    #[inline(never)]
    pub(crate) fn leave(&mut self, place: Option<&'static Location<'static>>) {
        let Some(segment) = self.take_back() else { return };
        self.wait = segment.pause(self.span, self.wait, place);
        self.step_back(segment);
    }

    fn step_back(&mut self, segment: &'static mut Segment) {
        if self.role == TaskRole::Root {
            segment.leave(self.span, ROOT);
            current::replace(self.held.take());
            self.held = Some(current::at_rest(segment));
        } else {
            segment.leave(self.span, self.caller);
            if !segment.is_fast() {
                lifecycle::look(segment, Some(self.span));
            }
            current::put(segment);
        }
    }

    /// Takes the segment of this span out of its cell, if this thread works on that.
    fn take(&self) -> Option<&'static mut Segment> {
        let segment = current::take_resting()?;
        if segment.identity().seed == self.flow.seed {
            return current::awake(segment);
        }
        current::replace(Some(segment));
        None
    }

    /// Takes the segment, also if an entered span of another flow is active.
    fn take_back(&self) -> Option<&'static mut Segment> {
        let taken = self.take();
        #[cfg(feature = "tracing")]
        let taken = taken.or_else(|| crate::recording::span::entered::unwind_to(self.flow.seed));
        taken
    }

    /// Works on the segment of this span, while the span is active.
    fn with<R>(&mut self, work: impl FnOnce(&mut Segment, SpanRef) -> R) -> Option<R> {
        if self.span == NO_SPAN {
            return None;
        }
        let segment = self.take()?;
        let result = work(segment, self.span);
        current::put(segment);
        Some(result)
    }

    /// Goes on in a segment of its own, below the span that it had where it began: in another task,
    /// or in a process that this one was forked off.
    #[cold]
    fn begin_own_segment(&mut self) {
        let Identity { trace_id, seed } = self.flow.into();
        let parent_span_id = ids::span_id(seed, self.span);
        self.wait = NO_WAIT;
        self.span = NO_SPAN;
        if !policy::records_spans() {
            return;
        }
        self.begin(Origin { trace: Trace::Known(trace_id), parent_span_id, ..Origin::default() });
    }

    /// Cancels the call: the values that it still owns are dropped inside its span.
    #[inline(never)]
    pub(crate) fn cancel(&mut self) {
        self.ending = TaskEnding::Cancellation;
        self.enter();
    }

    /// Moves the span to the returned value, and leaves a silent span in its place. The span must
    /// not be active.
    pub(crate) fn moved_out(&mut self) -> Self {
        let silent = Self::silent(self.site);
        mem::replace(self, silent)
    }

    /// Closes the span before this is dropped. It is not recorded any more.
    pub(crate) fn close(&mut self) {
        *self = Self::silent(self.site);
    }

    #[inline(never)]
    fn finish(&mut self) {
        let Some(segment) = self.take_back() else { return };
        let outcome = self.outcome();
        if outcome == Outcome::Panic {
            panics::record(segment, self.span);
        }
        segment.end(self.span, outcome);
        self.step_back(segment);
        let own = self.held.take().filter(|_| self.role == TaskRole::Root);
        if let Some(segment) = own.and_then(current::awake) {
            ending::end(segment);
        }
    }

    /// Records a panic that ends the call.
    #[cold]
    #[inline(never)]
    fn tell_panic(&mut self) {
        if thread::panicking() && !self.unwinding {
            self.begin_for_failure(panics::latest);
            let _ = shielded(|| self.finish());
        }
    }

    fn outcome(&self) -> Outcome {
        match self.ending {
            TaskEnding::Error => Outcome::Error,
            TaskEnding::Cancellation => Outcome::Cancelled,
            TaskEnding::Return if thread::panicking() && !self.unwinding => Outcome::Panic,
            TaskEnding::Return => Outcome::Returned,
        }
    }
}

impl Failing for TaskSpan {
    #[cold]
    #[inline(never)]
    fn fail_with<'e, E>(&mut self, error: &'e E, view: View<'e, E>) {
        self.ending = TaskEnding::Error;
        self.begin_for_failure(|| Some(text_of(&view(error))));
        if self.is_recording() {
            self.fail(&view(error));
        }
    }
}

/// Returns the type and message of an error.
#[cold]
fn text_of(error: &ErrorView<'_>) -> ErrorKind {
    let limit = policy::get().map_or(0, |policy| policy.settings.limits.value_length);
    ErrorKind::of_text(&error.facts(&ErrorQuery::of_texts(limit)).text)
}

impl ReturnsNone for TaskSpan {
    fn wants(&mut self) -> bool {
        self.wants_arguments()
    }

    fn add(&mut self, key: &'static str, value: Captured<'_>) {
        self.capture(key, value);
    }
}

impl Drop for TaskSpan {
    #[inline]
    fn drop(&mut self) {
        if self.span != NO_SPAN {
            let _ = shielded(|| self.finish());
        } else if self.role == TaskRole::Refused {
            self.tell_panic();
        }
    }
}

/// The wait of an asynchronous call: pending once, then active again. If it is dropped before that,
/// and before anything else that the call owns, the rest is dropped inside the call's span.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Suspended<'a> {
    span: &'a mut TaskSpan,
}

impl Future for Suspended<'_> {
    type Output = PollContext;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<PollContext> {
        if self.span.state == TaskState::Leaving {
            self.span.state = TaskState::Waiting;
            return Poll::Pending;
        }
        self.span.enter();
        Poll::Ready(PollContext::new(context))
    }
}

impl Suspended<'_> {
    /// Does in advance what a drop does. Returns whether the call was waiting.
    #[inline]
    pub(super) fn cancel(&mut self) -> bool {
        let waits = self.span.state != TaskState::Active;
        if waits {
            self.span.cancel();
        }
        waits
    }
}

impl Drop for Suspended<'_> {
    #[inline]
    fn drop(&mut self) {
        self.cancel();
    }
}

impl UnwindSafe for Suspended<'_> {}

impl From<Identity> for FlowKey {
    #[expect(clippy::cast_possible_truncation, reason = "the halves of the id")]
    fn from(identity: Identity) -> Self {
        let trace = identity.trace_id.to_u128();
        Self { trace_high: (trace >> 64) as u64, trace_low: trace as u64, seed: identity.seed }
    }
}

impl From<FlowKey> for Identity {
    fn from(key: FlowKey) -> Self {
        let trace_id = TraceId::from_u128((u128::from(key.trace_high) << 64) | u128::from(key.trace_low));
        Self { trace_id, seed: key.seed }
    }
}
