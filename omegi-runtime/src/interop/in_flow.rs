//! Work that a program continues elsewhere by hand, as part of a flow.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::recording::span::fork::{Carried, Fork, carry, carry_call, fork};
use crate::recording::span::sites;
use crate::vocabulary::TraceContext;

/// Makes `work` part of the active flow: a closure, a future, or with the feature `stream` a
/// stream.
///
/// Woven code does this by itself where it starts a task or a thread. For anything else (a thread
/// pool of your own, a channel of jobs), wrap the work before you hand it over. The work gets a
/// span of its own, called `in_flow`, below the span that is active here. Outside of all flows, the
/// work has none.
///
/// ```
/// # use omegi_runtime as omegi;
/// let job = omegi::in_flow(|| 6 * 7);
/// assert_eq!(std::thread::spawn(job).join().unwrap(), 42);
/// ```
#[track_caller]
pub fn in_flow<W: Work<M>, M>(work: W) -> W::InFlow {
    let site = sites::site("in_flow", Location::caller());
    work.carried(fork(site, false))
}

/// Makes `work` part of the trace of a message or a request, as layers for servers do.
///
/// The work gets a span of its own, called `in_trace`, below the span of the other service.
///
/// ```
/// # use omegi_runtime as omegi;
/// let came = omegi::TraceContext::default(); // read by `extract`
/// let job = omegi::in_trace(came, || 6 * 7);
/// assert_eq!(job(), 42);
/// ```
#[track_caller]
pub fn in_trace<W: Work<M>, M>(came: TraceContext, work: W) -> W::InFlow {
    let site = sites::site("in_trace", Location::caller());
    work.carried(Fork::remote(site, came))
}

/// Work that can be part of a flow: a closure, a future or a stream. `M` distinguishes them, and is
/// inferred.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::Work;
///
/// /// Runs a job on a thread of its own, as a part of the active flow.
/// fn run<J: Work<M>, M>(job: J) -> std::thread::JoinHandle<()>
/// where
///     J::InFlow: FnOnce() + Send + 'static,
/// {
///     std::thread::spawn(omegi::in_flow(job))
/// }
/// run(|| println!("done")).join().unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no work that can be part of a flow",
    label = "neither a closure without arguments that can be sent to a thread, nor a future",
    note = "with the feature `stream`, streams are work too"
)]
pub trait Work<M> {
    /// The same work, as part of a flow.
    type InFlow;

    /// Gives the span of `fork` to the work.
    #[doc(hidden)]
    fn carried(self, fork: Fork) -> Self::InFlow;
}

/// Marks work that is called.
#[derive(Debug)]
pub struct AsCall<'a, R>(std::marker::PhantomData<&'a R>);

/// Marks work that is awaited.
#[derive(Debug)]
pub struct AsFuture(());

impl<'a, R, F: FnOnce() -> R + Send + 'a> Work<AsCall<'a, R>> for F {
    type InFlow = Box<dyn FnOnce() -> R + Send + 'a>;

    fn carried(self, fork: Fork) -> Self::InFlow {
        Box::new(carry_call(self, fork))
    }
}

impl<F: Future> Work<AsFuture> for F {
    type InFlow = InFlow<F>;

    fn carried(self, fork: Fork) -> InFlow<F> {
        InFlow { work: carry(self, fork) }
    }
}

pin_project! {
    /// A future or a stream that is part of a flow. Made by [`in_flow`].
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::pin::Pin;
    ///
    /// /// The tasks of a scheduler of your own.
    /// type Task = Pin<Box<dyn Future<Output = ()> + Send>>;
    ///
    /// fn schedule(tasks: &mut Vec<Task>, work: impl Future<Output = ()> + Send + 'static) {
    ///     tasks.push(Box::pin(omegi::in_flow(work)));
    /// }
    /// schedule(&mut Vec::new(), async {});
    /// ```
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct InFlow<W> {
        #[pin]
        work: Carried<W>,
    }
}

impl<W> fmt::Debug for InFlow<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlow").finish_non_exhaustive()
    }
}

impl<F: Future> Future for InFlow<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.project().work.poll(context)
    }
}

#[cfg(feature = "stream")]
mod streams {
    use futures_core::Stream;

    use super::{Context, Fork, InFlow, Pin, Poll, Work, carry};

    /// Marks work that is awaited item by item.
    #[derive(Debug)]
    pub struct AsStream(());

    impl<S: Stream> Work<AsStream> for S {
        type InFlow = InFlow<S>;

        fn carried(self, fork: Fork) -> InFlow<S> {
            InFlow { work: carry(self, fork) }
        }
    }

    impl<S: Stream> Stream for InFlow<S> {
        type Item = S::Item;

        fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
            let work = self.project().work;
            work.polled(
                |stream| stream.poll_next(context),
                |_| {},
                |_, polled| matches!(polled, Poll::Ready(None)),
            )
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            self.work.work().map_or((0, Some(0)), Stream::size_hint)
        }
    }
}
