//! Forks: work that continues in another task or on another thread.
//!
//! A [`Fork`] is made by the code that hands work over, and goes with the work. The worker opens a
//! span with it. That span is a child of the span that handed the work over. The span of detached
//! work is linked to it instead.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use pin_project_lite::pin_project;

use crate::vocabulary::{CallSite, TraceContext};

use crate::recording::flow::origin::Origin;
use crate::recording::policy;
use crate::recording::span::task::TaskSpan;
use crate::recording::span::work_span::{WorkEnd, WorkSpan};
use crate::recording::thread::current;

/// Work that was handed over, and has not begun.
#[derive(Debug)]
#[must_use = "the worker opens the span"]
pub struct Fork {
    site: &'static CallSite,
    start: ForkStart,
}

/// The place of a worker's span.
#[derive(Debug)]
enum ForkStart {
    /// None: the code that hands the work over is not recorded.
    NotRecorded,
    /// A call like any other, wherever it is made.
    Call,
    Origin(Origin),
}

/// Hands work over at `site`. `detached`: no code can wait for it.
#[inline]
pub fn fork(site: &'static CallSite, detached: bool) -> Fork {
    let origin = if policy::is_on() { origin(detached) } else { None };
    Fork { site, start: origin.map_or(ForkStart::NotRecorded, ForkStart::Origin) }
}

#[inline(never)]
fn origin(detached: bool) -> Option<Origin> {
    current::with(|segment| if detached { segment.detached() } else { segment.branch() })
}

impl Fork {
    /// Returns work that is a call of `site` by its worker.
    pub(crate) fn call(site: &'static CallSite) -> Self {
        Self { site, start: if policy::records_spans() { ForkStart::Call } else { ForkStart::NotRecorded } }
    }

    /// Returns work that continues a trace of another process, whatever its worker's thread does.
    pub(crate) fn remote(site: &'static CallSite, came: TraceContext) -> Self {
        let start = if policy::records_spans() {
            ForkStart::Origin(Origin::remote(came))
        } else {
            ForkStart::NotRecorded
        };
        Self { site, start }
    }

    /// Begins the work. Its span is open and active on this thread until the returned value is
    /// dropped.
    pub fn enter(self) -> TaskSpan {
        if self.is_inline() { TaskSpan::of_call(self.site) } else { self.begin() }
    }

    /// Begins work that may outlive the code that handed it over.
    pub(crate) fn begin(mut self) -> TaskSpan {
        match mem::replace(&mut self.start, ForkStart::NotRecorded) {
            ForkStart::NotRecorded => TaskSpan::silent(self.site),
            ForkStart::Call => TaskSpan::of_call(self.site),
            ForkStart::Origin(origin) => TaskSpan::of_origin(self.site, origin),
        }
    }

    /// Returns whether the span that made the fork is the active one here: the same thread does the
    /// work, inside of the call that handed it over. So the work's span is that of a plain call.
    fn is_inline(&self) -> bool {
        let ForkStart::Origin(origin) = &self.start else { return false };
        let place = origin.place();
        place.is_some() && current::with(|segment| segment.place()) == place
    }
}

impl Drop for Fork {
    fn drop(&mut self) {
        // The user's code may drop work that never begins, and the last part of a flow decides
        // about it.
        if let ForkStart::Origin(origin) = mem::replace(&mut self.start, ForkStart::NotRecorded) {
            current::muted(|| drop(origin));
        }
    }
}

/// Returns the same future, as work that was handed over.
#[inline]
pub(crate) fn carry<F>(work: F, fork: Fork) -> Carried<F> {
    Carried::new(TaskSpan::silent(fork.site), Some(work), Some(fork))
}

/// Returns the same function, as work that was handed over.
#[inline]
pub(crate) fn carry_call<R>(call: impl FnOnce() -> R, fork: Fork) -> impl FnOnce() -> R {
    move || {
        let _active = fork.enter();
        call()
    }
}

pin_project! {
    /// A future or a stream that was handed over. Its span is active whenever it is polled, and
    /// while it is dropped.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Carried<F> {
        // The values that the work owns are dropped inside its span.
        span: WorkSpan,
        #[pin]
        work: Option<F>,
        end: WorkEnd,
        fork: Option<Fork>,
    }
}

/// The outcome of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PollOutcome {
    /// The work will be polled again.
    PollAgain,
    /// The work is done, and so is its span.
    Done,
    /// The work is done, and its span continues with [other work](Carried::pass_on).
    PassOn,
}

impl From<bool> for PollOutcome {
    fn from(is_done: bool) -> Self {
        if is_done { Self::Done } else { Self::PollAgain }
    }
}

impl<F> Carried<F> {
    fn new(span: TaskSpan, work: Option<F>, fork: Option<Fork>) -> Self {
        let end = WorkEnd { is_due: span.is_recording() };
        Self { span: WorkSpan(span), work, end, fork }
    }

    /// Returns work that was begun inside `span`, which is active until this call, and continues
    /// there.
    pub(crate) fn begun(mut span: TaskSpan, work: F) -> Self {
        if span.is_recording() {
            span.leave(None);
        }
        Self::new(span, Some(work), None)
    }

    /// Returns other work, in the span of this work.
    pub(crate) fn pass_on<G>(self: Pin<&mut Self>, work: G) -> Carried<G> {
        let this = self.project();
        this.end.is_due = false;
        Carried::new(this.span.0.moved_out(), Some(work), None)
    }

    /// Returns the result of `finish`, called at once inside the work's span; `None` if it gives
    /// the work back.
    pub(crate) fn finish<T>(&mut self, finish: impl FnOnce(F) -> Result<T, F>) -> Option<T> {
        let work = self.work.take()?;
        let span = &mut self.span.0;
        span.enter();
        let finished = finish(work);
        if finished.is_ok() {
            span.close();
        } else if span.is_recording() {
            span.leave(None);
        }
        self.end.is_due = span.is_recording();
        finished.map_err(|work| self.work = Some(work)).ok()
    }

    /// Returns the work, while it is not done.
    pub(crate) fn work(&self) -> Option<&F> {
        self.work.as_ref()
    }

    /// Polls the work with its span active, and restores the span before. `begin` gets the span
    /// before the first poll. `judge` returns the outcome of the poll, inside the span.
    pub(crate) fn polled<T, J: Into<PollOutcome>>(
        self: Pin<&mut Self>,
        poll: impl FnOnce(Pin<&mut F>) -> Poll<T>,
        begin: impl FnOnce(&mut TaskSpan),
        judge: impl FnOnce(&mut TaskSpan, &mut Poll<T>) -> J,
    ) -> Poll<T> {
        let mut this = self.project();
        let Some(work) = this.work.as_mut().as_pin_mut() else { panic!("polled after completion") };
        let span = PolledSpan { span: &mut this.span.0, end: this.end };
        match this.fork.take() {
            Some(fork) => {
                *span.span = fork.begin();
                begin(span.span);
            }
            None => span.span.enter(),
        }
        let mut polled = poll(work);
        let then = judge(span.span, &mut polled).into();
        if then != PollOutcome::PollAgain {
            // The values that the work still owns are dropped inside its span.
            this.work.set(None);
        }
        if then == PollOutcome::Done {
            span.span.close();
        }
        polled
    }
}

/// A span that is active during a poll. Work that panics is not polled again, and is dropped later.
struct PolledSpan<'a> {
    span: &'a mut TaskSpan,
    end: &'a mut WorkEnd,
}

impl Drop for PolledSpan<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.span.close();
        } else if self.span.is_recording() {
            self.span.leave(None);
        }
        self.end.is_due = self.span.is_recording();
    }
}

impl<F: Future> Future for Carried<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.polled(|future| future.poll(context), |_| {}, |_, polled| polled.is_ready())
    }
}
