//! The span of an asynchronous call: open from its first poll to its end, and at work only while it is polled.

use std::future::Future;
use std::mem;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use crate::vocabulary::{CallSite, Outcome, TraceId};

use super::capture::Captured;
use super::current;
use super::ending;
use super::errors::Way;
use super::external_parent;
use super::ids;
use super::notes::SpanUpdate;
use super::origin::{Origin, Trace};
use super::panics;
use super::policy;
use super::polling::PollContext;
use super::probe::{ErrorView, Failing, View};
use super::record::{NO_SPAN, ROOT, SpanRef};
use super::root;
use super::segment::{Identity, Segment};
use super::shield::shielded;
use super::slot::Apply as _;
use super::threads;
use super::waits::{NO_WAIT, WaitRef};

/// The open span of an asynchronous call.
///
/// It is a variable of the call's own coroutine, made in the first poll and at work from then on, until the coroutine is about
/// to wait: then it [leaves](Self::suspend), and comes back when the coroutine is polled again. If it is the root of its segment,
/// it also keeps that while it waits; otherwise the segment is where the caller's is. A future that is polled outside of the flow
/// it began in (it was moved to another task) goes on in a segment of its own: of the same trace, below the span that it had.
#[derive(Debug)]
#[must_use = "the span is closed when this is dropped"]
pub struct TaskSpan {
    site: &'static CallSite,
    /// If this owns its segment: the segment, while the call waits, and what the thread worked on before, while it is at work.
    held: Option<&'static mut Segment>,
    flow: FlowKey,
    span: SpanRef,
    /// Who was at work before, in the same segment.
    caller: SpanRef,
    wait: WaitRef,
    state: State,
    ending: Ending,
    owner: bool,
    unwinding: bool,
}

// Woven functions hold one each, and are to grow by no more than 64 bytes: one pointer more is in `Suspended`.
const _: () = assert!(size_of::<TaskSpan>() <= 56, "an asynchronous call's span has grown");

/// The identity of a flow, in words of 8 bytes: a future should not grow by padding.
#[derive(Clone, Copy, Debug, Default)]
struct FlowKey {
    trace_high: u64,
    trace_low: u64,
    seed: u64,
}

/// What the call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Its code runs.
    AtWork,
    /// It has found that it must wait, and is about to say so.
    Leaving,
    /// It waits.
    Waiting,
}

/// How the call will have ended, unless its thread unwinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Return,
    Error,
    Cancellation,
}

// A span that is caught in the middle of a panic is closed by it: no broken state can be seen through it.
impl UnwindSafe for TaskSpan {}
impl RefUnwindSafe for TaskSpan {}

/// Opens the span of an asynchronous call of `site`. Called in the future's first poll. Where omegi is not started yet,
/// `first_call` says whether it is now.
#[inline]
pub(crate) fn task(site: &'static CallSite, first_call: impl FnOnce() -> bool) -> TaskSpan {
    let mut task = TaskSpan::silent(site);
    if policy::records(first_call) {
        task.open();
    }
    task
}

impl TaskSpan {
    /// A span that is not recorded.
    #[inline]
    pub(crate) fn silent(site: &'static CallSite) -> Self {
        Self {
            site,
            held: None,
            flow: FlowKey::default(),
            span: NO_SPAN,
            caller: NO_SPAN,
            wait: NO_WAIT,
            state: State::AtWork,
            ending: Ending::Return,
            owner: false,
            unwinding: false,
        }
    }

    /// Opens the span of a call, below whatever this thread works on.
    pub(crate) fn of_call(site: &'static CallSite) -> Self {
        let mut task = Self::silent(site);
        task.open();
        task
    }

    /// Opens a span that goes on with something from elsewhere, whatever this thread works on.
    pub(crate) fn of_origin(site: &'static CallSite, origin: Origin) -> Self {
        let mut task = Self::silent(site);
        task.unwinding = thread::panicking();
        task.begin(origin);
        task
    }

    /// Whether the call is recorded at all.
    #[inline]
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.span != NO_SPAN
    }

    /// Whether the flow is kept even if nothing fails in it.
    #[must_use]
    pub fn is_sampled(&mut self) -> bool {
        self.with(|segment, _| segment.is_sampled()).unwrap_or(false)
    }

    /// Whether the environment asks for this flow's arguments.
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
        value.taken(|value| {
            self.with(|segment, span| segment.add_attribute(span, key, value));
        });
    }

    /// Updates the span.
    pub(crate) fn update(&mut self, update: SpanUpdate) {
        self.with(|segment, span| segment.apply(span, update));
    }

    /// The call must wait: its caller is at work again. Await what this returns, and the call is. The place of the `.await` is
    /// that of this call.
    #[inline]
    #[track_caller]
    pub fn suspend(&mut self) -> Suspended<'_> {
        if self.span != NO_SPAN {
            self.leave(Some(Location::caller()));
        }
        self.state = State::Leaving;
        Suspended { span: self }
    }

    #[cold]
    fn fail(&mut self, error: &ErrorView<'_>) {
        let inquiry = self.with(|segment, span| segment.fail(span)).flatten();
        if let Some(inquiry) = inquiry {
            let facts = error.facts(&inquiry);
            self.with(|segment, span| segment.describe_failure(span, facts, Way::Returned));
        }
    }

    /// The call fails, and there is nothing to say of an error.
    pub(crate) fn fail_quietly(&mut self) {
        self.ending = Ending::Error;
        self.with(|segment, span| segment.fail_untold(span));
    }

    #[inline(never)]
    fn open(&mut self) {
        self.unwinding = thread::panicking();
        let Some(segment) = current::take() else { return self.begin(external_parent::origin()) };
        self.caller = segment.cursor();
        self.flow = segment.identity().into();
        match segment.open(self.site) {
            Some(span) => {
                self.span = span;
                current::put(segment);
            }
            None => {
                let opened = shielded(|| {
                    self.span = segment.open_slowly(self.site);
                    current::put(segment);
                });
                debug_assert!(opened.is_ok(), "opening a span panicked");
            }
        }
    }

    /// Begins a segment with this span as its root, and puts it to work.
    fn begin(&mut self, origin: Origin) {
        let begun = shielded(|| root::begin(self.site, origin)).ok().flatten();
        let Some((segment, root)) = begun else { return };
        self.flow = segment.identity().into();
        self.span = root;
        self.owner = true;
        self.held = current::replace(Some(segment));
    }

    /// Puts this span to work on this thread.
    #[inline(never)]
    pub(crate) fn enter(&mut self) {
        self.state = State::AtWork;
        if self.span == NO_SPAN {
            return;
        }
        if self.owner {
            let Some(mine) = self.held.take() else { return };
            mine.move_to_thread(threads::current());
            mine.resume(self.wait);
            self.held = current::replace(Some(mine));
        } else if let Some(segment) = self.take() {
            self.caller = segment.enter(self.span);
            segment.resume(self.wait);
            current::put(segment);
        } else {
            self.continue_elsewhere();
        }
    }

    /// Puts back to work what was before, because the call waits at `place`.
    #[inline(never)]
    pub(crate) fn leave(&mut self, place: Option<&'static Location<'static>>) {
        let Some(segment) = self.take_back() else { return };
        self.wait = segment.pause(self.span, self.wait, place);
        self.step_back(segment);
    }

    fn step_back(&mut self, segment: &'static mut Segment) {
        if self.owner {
            segment.leave(self.span, ROOT);
            current::replace(self.held.take());
            self.held = Some(segment);
        } else {
            segment.leave(self.span, self.caller);
            current::put(segment);
        }
    }

    /// Takes the segment that this span is in out of its cell, if this thread works on that.
    fn take(&self) -> Option<&'static mut Segment> {
        let segment = current::take()?;
        if segment.identity().seed == self.flow.seed {
            return Some(segment);
        }
        current::put(segment);
        None
    }

    /// The same, also where somebody has entered a span of another flow by hand meanwhile, and not left it.
    fn take_back(&self) -> Option<&'static mut Segment> {
        let taken = self.take();
        #[cfg(feature = "tracing")]
        let taken = taken.or_else(|| super::visits::surface_to(self.flow.seed));
        taken
    }

    /// Works on the segment that this span is in, while it is at work.
    fn with<R>(&mut self, work: impl FnOnce(&mut Segment, SpanRef) -> R) -> Option<R> {
        if self.span == NO_SPAN {
            return None;
        }
        let segment = self.take()?;
        let result = work(segment, self.span);
        current::put(segment);
        Some(result)
    }

    /// Goes on in a segment of its own, below the span that it had where it began.
    #[cold]
    fn continue_elsewhere(&mut self) {
        let Identity { trace_id, seed } = self.flow.into();
        let parent_span_id = ids::span_id(seed, self.span);
        self.wait = NO_WAIT;
        self.span = NO_SPAN;
        self.begin(Origin { trace: Trace::Known(trace_id), parent_span_id, ..Origin::default() });
    }

    /// The call is over before it was ready: what it still owns is dropped inside its span.
    #[inline(never)]
    pub(crate) fn cancel(&mut self) {
        self.ending = Ending::Cancellation;
        self.enter();
    }

    /// The span, while it is not at work; what stays is not recorded any more.
    #[allow(dead_code, reason = "for the layers of frameworks, whichever are there")]
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
        if let Some(segment) = self.held.take().filter(|_| self.owner) {
            ending::end(segment);
        }
    }

    fn outcome(&self) -> Outcome {
        match self.ending {
            Ending::Error => Outcome::Error,
            Ending::Cancellation => Outcome::Cancelled,
            Ending::Return if thread::panicking() && !self.unwinding => Outcome::Panic,
            Ending::Return => Outcome::Returned,
        }
    }
}

impl Failing for TaskSpan {
    #[cold]
    #[inline(never)]
    fn fail_with<'e, E>(&mut self, error: &'e E, view: View<'e, E>) {
        self.ending = Ending::Error;
        if self.is_recording() {
            self.fail(&view(error));
        }
    }
}

impl Drop for TaskSpan {
    #[inline]
    fn drop(&mut self) {
        if self.span != NO_SPAN {
            let _ = shielded(|| self.finish());
        }
    }
}

/// An asynchronous call that waits: pending once, then at work again. Dropped meanwhile, which is before anything else that the
/// call owns, it has the rest dropped inside the call's span.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Suspended<'a> {
    span: &'a mut TaskSpan,
}

impl Future for Suspended<'_> {
    type Output = PollContext;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<PollContext> {
        if self.span.state == State::Leaving {
            self.span.state = State::Waiting;
            return Poll::Pending;
        }
        self.span.enter();
        Poll::Ready(PollContext::new(context))
    }
}

impl Drop for Suspended<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.span.state != State::AtWork {
            self.span.cancel();
        }
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
