//! Work that goes on elsewhere: in another task, on another thread.
//!
//! A [`Fork`] is made where the work is handed over, and goes with it. Whoever does the work opens a span with it: below the
//! span that handed it over where somebody waits for the work, linked to that one where nobody does.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use pin_project_lite::pin_project;

use crate::vocabulary::CallSite;

use super::current;
use super::origin::Origin;
use super::policy;
use super::task::TaskSpan;

/// Work that has been handed over, and not begun.
#[derive(Debug)]
#[must_use = "the work's span is opened by whoever does it"]
pub struct Fork {
    pub(super) site: &'static CallSite,
    /// Where the work's span belongs; `None` if what hands it over is not recorded.
    pub(super) origin: Option<Origin>,
}

/// Work is handed over at `site`. `detached`: nobody can wait for it.
#[inline]
pub fn fork(site: &'static CallSite, detached: bool) -> Fork {
    let origin = if policy::is_on() { origin(detached) } else { None };
    Fork { site, origin }
}

#[inline(never)]
fn origin(detached: bool) -> Option<Origin> {
    current::with(|segment| if detached { segment.offshoot() } else { segment.branch() })
}

impl Fork {
    /// Begins the work: its span is open, and at work on this thread, until what this returns is dropped.
    pub fn enter(self) -> TaskSpan {
        if self.is_inline() { TaskSpan::of_call(self.site) } else { TaskSpan::of_fork(self) }
    }

    /// Whether whoever handed the work over does it, then and there: then its span is one like that of any call.
    fn is_inline(&self) -> bool {
        let place = self.origin.as_ref().and_then(Origin::place);
        place.is_some() && current::with(|segment| segment.place()) == place
    }
}

/// The same future, as work that was handed over.
#[inline]
pub fn carry<F: Future>(future: F, fork: Fork) -> Carried<F> {
    Carried { future: Some(future), span: TaskSpan::silent(fork.site), fork: Some(fork) }
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
    /// A future that is work handed over: its span is at work whenever it is polled, and while it is dropped.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Carried<F> {
        #[pin]
        future: Option<F>,
        // What the future owns is dropped inside its span.
        span: TaskSpan,
        fork: Option<Fork>,
    }

    impl<F> PinnedDrop for Carried<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() && this.span.is_recording() {
                this.span.cancel();
                this.future.set(None);
            }
        }
    }
}

impl<F> Carried<F> {
    /// Puts its span to work, with the first poll for the first time; polls; and puts back to work what was before.
    fn polled<T>(self: Pin<&mut Self>, poll: impl FnOnce(Pin<&mut F>) -> Poll<T>) -> Poll<T> {
        let mut this = self.project();
        match this.fork.take() {
            Some(fork) => *this.span = TaskSpan::of_fork(fork),
            None => this.span.enter(),
        }
        let span = AtWork(this.span);
        let Some(future) = this.future.as_mut().as_pin_mut() else { panic!("polled after completion") };
        let polled = poll(future);
        if polled.is_ready() {
            // What the future still owns is dropped inside its span.
            this.future.set(None);
            span.0.close();
        }
        polled
    }
}

/// A span at work until its future has been polled. One that panics will not be polled again, and whoever catches the panic
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
        self.polled(|future| future.poll(context))
    }
}
