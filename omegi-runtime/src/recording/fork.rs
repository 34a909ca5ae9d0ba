//! Work that goes on elsewhere: in another task, on another thread.
//!
//! A [`Fork`] is made where the work is handed over, and goes with it. Whoever does the work opens a span with it: below the
//! span that handed it over where somebody waits for the work, linked to that one where nobody does.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use pin_project_lite::pin_project;

use crate::vocabulary::{CallSite, TraceContext};

use super::current;
use super::origin::Origin;
use super::policy;
use super::task::TaskSpan;

/// Work that has been handed over, and not begun.
#[derive(Debug)]
#[must_use = "the work's span is opened by whoever does it"]
pub struct Fork {
    site: &'static CallSite,
    start: Start,
}

/// Where the span of work belongs that was handed over.
#[derive(Debug)]
enum Start {
    /// Nowhere: what hands it over is not recorded.
    Nowhere,
    /// Wherever it is done: it is a call like any other.
    Here,
    There(Origin),
}

/// Work is handed over at `site`. `detached`: nobody can wait for it.
#[inline]
pub fn fork(site: &'static CallSite, detached: bool) -> Fork {
    let origin = if policy::is_on() { origin(detached) } else { None };
    Fork { site, start: origin.map_or(Start::Nowhere, Start::There) }
}

#[inline(never)]
fn origin(detached: bool) -> Option<Origin> {
    current::with(|segment| if detached { segment.offshoot() } else { segment.branch() })
}

impl Fork {
    /// Work that is a call of `site` by whoever does it.
    pub(crate) fn call(site: &'static CallSite) -> Self {
        Self { site, start: if policy::is_on() { Start::Here } else { Start::Nowhere } }
    }

    /// Work that goes on with what another process began, whatever the thread is about that does it.
    pub(crate) fn remote(site: &'static CallSite, came: TraceContext) -> Self {
        let start = if policy::is_on() { Start::There(Origin::remote(came)) } else { Start::Nowhere };
        Self { site, start }
    }

    /// Begins the work: its span is open, and at work on this thread, until what this returns is dropped.
    pub fn enter(self) -> TaskSpan {
        if self.is_inline() { TaskSpan::of_call(self.site) } else { self.begin() }
    }

    /// The same for work that may go on after whoever handed it over.
    pub(crate) fn begin(mut self) -> TaskSpan {
        match mem::replace(&mut self.start, Start::Nowhere) {
            Start::Nowhere => TaskSpan::silent(self.site),
            Start::Here => TaskSpan::of_call(self.site),
            Start::There(origin) => TaskSpan::of_origin(self.site, origin),
        }
    }

    /// Whether whoever handed the work over does it, then and there: then its span is one like that of any call.
    fn is_inline(&self) -> bool {
        let Start::There(origin) = &self.start else { return false };
        let place = origin.place();
        place.is_some() && current::with(|segment| segment.place()) == place
    }
}

impl Drop for Fork {
    fn drop(&mut self) {
        // The user's code may drop work that never begins. The last part of a flow decides about it, and that calls much.
        if let Start::There(origin) = mem::replace(&mut self.start, Start::Nowhere) {
            current::muted(|| drop(origin));
        }
    }
}

/// The same future, as work that was handed over.
#[inline]
pub fn carry<F>(work: F, fork: Fork) -> Carried<F> {
    Carried { work: Some(work), span: TaskSpan::silent(fork.site), fork: Some(fork) }
}

/// The same function, as work that was handed over.
#[inline]
pub fn carry_call<R>(call: impl FnOnce() -> R, fork: Fork) -> impl FnOnce() -> R {
    move || {
        let _at_work = fork.enter();
        call()
    }
}

pin_project! {
    /// A future or a stream that is work handed over: its span is at work whenever it is polled, and while it is dropped.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Carried<F> {
        #[pin]
        work: Option<F>,
        // What the work owns is dropped inside its span.
        span: TaskSpan,
        fork: Option<Fork>,
    }

    impl<F> PinnedDrop for Carried<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.work.is_some() && this.span.is_recording() {
                this.span.cancel();
                this.work.set(None);
            }
        }
    }
}

/// What becomes of work that has been polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// It will be polled again.
    GoOn,
    /// It is done, and so is its span.
    End,
    /// It is done, and its span goes on with [other work](Carried::pass_on).
    #[allow(dead_code, reason = "for the layers of frameworks, whichever are there")]
    PassOn,
}

impl From<bool> for Then {
    fn from(is_done: bool) -> Self {
        if is_done { Self::End } else { Self::GoOn }
    }
}

impl<F> Carried<F> {
    /// Work that was begun inside `span`, which is at work until this is called, and goes on there.
    #[allow(dead_code, reason = "for the layers of frameworks, whichever are there")]
    pub(crate) fn begun(mut span: TaskSpan, work: F) -> Self {
        if span.is_recording() {
            span.leave(None);
        }
        Self { work: Some(work), span, fork: None }
    }

    /// Other work, in the span that this work was done in.
    #[allow(dead_code, reason = "for the layers of frameworks, whichever are there")]
    pub(crate) fn pass_on<G>(self: Pin<&mut Self>, work: G) -> Carried<G> {
        let this = self.project();
        let span = this.span.moved_out();
        Carried { work: Some(work), span, fork: None }
    }

    /// What `finish` makes of the work at once, inside its span; or nothing, where it gives the work back.
    #[allow(dead_code, reason = "for the layers of frameworks, whichever are there")]
    pub(crate) fn finish<T>(&mut self, finish: impl FnOnce(F) -> Result<T, F>) -> Option<T> {
        let work = self.work.take()?;
        self.span.enter();
        match finish(work) {
            Ok(result) => {
                self.span.close();
                Some(result)
            }
            Err(work) => {
                self.work = Some(work);
                if self.span.is_recording() {
                    self.span.leave(None);
                }
                None
            }
        }
    }

    /// The work, while it is not done.
    #[allow(dead_code, reason = "for the layers of frameworks, whichever are there")]
    pub(crate) fn work(&self) -> Option<&F> {
        self.work.as_ref()
    }

    /// Puts its span to work, with the first poll for the first time, which `begin` is told of; polls; and puts back to work what
    /// was before. What becomes of the work `judge` says, inside its span, by what it is polled to.
    pub(crate) fn polled<T, J: Into<Then>>(
        self: Pin<&mut Self>,
        poll: impl FnOnce(Pin<&mut F>) -> Poll<T>,
        begin: impl FnOnce(&mut TaskSpan),
        judge: impl FnOnce(&mut TaskSpan, &mut Poll<T>) -> J,
    ) -> Poll<T> {
        let mut this = self.project();
        let Some(work) = this.work.as_mut().as_pin_mut() else { panic!("polled after completion") };
        match this.fork.take() {
            Some(fork) => {
                *this.span = fork.begin();
                begin(this.span);
            }
            None => this.span.enter(),
        }
        let span = AtWork(this.span);
        let mut polled = poll(work);
        let then = judge(span.0, &mut polled).into();
        if then != Then::GoOn {
            // What the work still owns is dropped inside its span.
            this.work.set(None);
        }
        if then == Then::End {
            span.0.close();
        }
        polled
    }
}

/// A span at work until its work has been polled. What panics will not be polled again, and whoever catches the panic
/// drops it later.
struct AtWork<'a>(&'a mut TaskSpan);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        } else if self.0.is_recording() {
            self.0.leave(None);
        }
    }
}

impl<F: Future> Future for Carried<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.polled(|future| future.poll(context), |_| {}, |_, polled| polled.is_ready())
    }
}
