//! The span of an asynchronous call: open from its first poll to its end, and at work only while it is polled.

use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::vocabulary::{CallSite, Outcome, TraceId};

use super::capture::Captured;
use super::current;
use super::errors::Way;
use super::ids;
use super::panics;
use super::policy;
use super::pool::{self, Origin};
use super::probe::{ErrorView, Failing, View};
use super::record::{NO_SPAN, SpanRef};
use super::root;
use super::segment::{Identity, Segment};
use super::span::ROOT;

/// The open span of an asynchronous call.
///
/// It lives in the future of the call. If it is the root of its flow, it also keeps the flow's segment while the future
/// is not polled; otherwise the segment is where the caller's is. A future that is polled outside of the flow it began
/// in (it was moved to another task) goes on in a segment of its own: of the same trace, below the span that it had.
#[derive(Debug)]
#[must_use = "the span is closed when this is dropped"]
pub struct TaskSpan {
    site: &'static CallSite,
    segment: Option<&'static mut Segment>,
    flow: FlowKey,
    span: SpanRef,
    outcome: Outcome,
    unwinding: bool,
}

/// The identity of a flow, in words of 8 bytes: a future should not grow by padding.
#[derive(Clone, Copy, Debug, Default)]
struct FlowKey {
    trace_high: u64,
    trace_low: u64,
    seed: u64,
}

// A span that is caught in the middle of a panic is closed by it: no broken state can be seen through it.
impl UnwindSafe for TaskSpan {}
impl RefUnwindSafe for TaskSpan {}

/// Opens the span of an asynchronous call of `site`. Called in the future's first poll. Where omegi is not started yet,
/// `first_call` says whether it is now.
#[inline]
pub(crate) fn task(site: &'static CallSite, first_call: impl FnOnce() -> bool) -> TaskSpan {
    let mut task = TaskSpan {
        site,
        segment: None,
        flow: FlowKey::default(),
        span: NO_SPAN,
        outcome: Outcome::Cancelled,
        unwinding: false,
    };
    if policy::records(first_call) {
        task.open();
    }
    task
}

impl TaskSpan {
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

    #[cold]
    fn fail(&mut self, error: &ErrorView<'_>) {
        let room = self.with(|segment, span| segment.fail(span).then(|| segment.text_limit())).flatten();
        if let Some(limit) = room {
            let facts = error.facts(limit);
            self.with(|segment, span| segment.describe_failure(span, facts, Way::Returned));
        }
    }

    /// The call's future: whenever it is polled, this span is at work.
    #[inline]
    pub fn follow<F: Future>(&mut self, future: F) -> Follow<'_, F> {
        Follow { future: Some(future), span: self }
    }

    #[inline(never)]
    fn open(&mut self) {
        self.unwinding = std::thread::panicking();
        if let Some(segment) = current::take() {
            let caller = segment.cursor();
            self.span = segment.open_slowly(self.site);
            self.flow = segment.identity().into();
            segment.move_to(caller);
            current::put(segment);
        } else {
            self.begin(None);
        }
    }

    /// Begins a segment with this span as its root.
    fn begin(&mut self, origin: Option<Origin>) {
        let Some((segment, root)) = root::begin(self.site, origin) else {
            self.span = NO_SPAN;
            return;
        };
        self.flow = segment.identity().into();
        self.span = root;
        self.segment = Some(segment);
    }

    /// Works on the segment that this span is in, wherever that is; `None` if another thread has it.
    fn with<R>(&mut self, work: impl FnOnce(&mut Segment, SpanRef) -> R) -> Option<R> {
        if self.span == NO_SPAN {
            return None;
        }
        if let Some(segment) = &mut self.segment {
            return Some(work(segment, self.span));
        }
        let key = Identity::from(self.flow);
        current::with(|segment| (segment.identity() == key).then(|| work(segment, self.span))).flatten()
    }

    /// Puts this span to work on this thread.
    fn enter(&mut self) -> Entered<'_> {
        if self.span == NO_SPAN {
            return Entered { task: self, before: Before::Nothing };
        }
        if self.segment.is_none() {
            let caller = self.with(|segment, span| {
                let caller = segment.cursor();
                segment.move_to(span);
                caller
            });
            match caller {
                Some(caller) => return Entered { task: self, before: Before::SameFlow { caller } },
                None => self.continue_elsewhere(),
            }
        }
        let before = match self.segment.take() {
            Some(segment) => {
                segment.move_to_thread(pool::thread());
                Before::OtherFlow { segment: current::replace(Some(segment)) }
            }
            None => Before::Nothing,
        };
        Entered { task: self, before }
    }

    /// Goes on in a segment of its own, below the span that it had where it began.
    #[cold]
    fn continue_elsewhere(&mut self) {
        let Identity { trace_id, seed } = self.flow.into();
        let parent_span_id = ids::span_id(seed, self.span);
        self.begin(Some(Origin { trace_id, parent_span_id }));
    }

    fn close(&mut self) {
        let outcome = self.outcome;
        self.with(|segment, span| segment.end(span, outcome));
        if let Some(segment) = self.segment.take() {
            root::end(segment);
        }
    }
}

impl Failing for TaskSpan {
    #[cold]
    #[inline(never)]
    fn fail_with<'e, E>(&mut self, error: &'e E, view: View<'e, E>) {
        self.outcome = Outcome::Error;
        if self.is_recording() {
            self.fail(&view(error));
        }
    }
}

impl Drop for TaskSpan {
    #[inline]
    fn drop(&mut self) {
        if self.span != NO_SPAN {
            self.finish();
        }
    }
}

impl TaskSpan {
    #[inline(never)]
    fn finish(&mut self) {
        if std::thread::panicking() && !self.unwinding && self.outcome == Outcome::Cancelled {
            self.outcome = Outcome::Panic;
            self.with(panics::record);
        }
        self.close();
    }
}

/// A span that is at work on this thread until this is dropped.
struct Entered<'a> {
    task: &'a mut TaskSpan,
    before: Before,
}

/// What the thread did before.
enum Before {
    /// Nothing that is to be restored.
    Nothing,
    /// It worked on the same flow, in this span.
    SameFlow { caller: SpanRef },
    /// It worked on another flow, or on none.
    OtherFlow { segment: Option<&'static mut Segment> },
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        match std::mem::replace(&mut self.before, Before::Nothing) {
            Before::Nothing => {}
            Before::SameFlow { caller } => {
                self.task.with(|segment, _| segment.move_to(caller));
            }
            Before::OtherFlow { segment } => {
                let mine = current::replace(segment);
                self.task.segment = mine;
                if let Some(mine) = &mut self.task.segment {
                    mine.move_to(ROOT);
                }
            }
        }
    }
}

pin_project! {
    /// A future whose span is at work whenever it is polled, and while it is dropped.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Follow<'a, F> {
        #[pin]
        future: Option<F>,
        span: &'a mut TaskSpan,
    }

    impl<F> PinnedDrop for Follow<'_, F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() && this.span.is_recording() {
                let _entered = this.span.enter();
                this.future.set(None);
            }
        }
    }
}

impl<F: Future> Future for Follow<'_, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            panic!("`async fn` resumed after completion");
        };
        if !this.span.is_recording() {
            let polled = future.poll(context);
            if polled.is_ready() {
                this.future.set(None);
            }
            return polled;
        }
        let entered = this.span.enter();
        let polled = future.poll(context);
        if polled.is_ready() {
            // What the future still owns is dropped inside its span.
            this.future.set(None);
            entered.task.outcome = Outcome::Returned;
        }
        polled
    }
}

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
