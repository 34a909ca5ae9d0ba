//! Work inside a span: a future, a stream, a body.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::recording::span::fork::{Carried, PollOutcome};

use super::active_span::ActiveSpan;

pin_project! {
    /// Work with a span, which is active whenever the work is polled and while it is dropped. Made
    /// by [`StartedSpan::instrument`](super::StartedSpan::instrument).
    ///
    /// As a future it ends the span with its result. Anything else that is polled, and a result
    /// that describes the span, goes through [`poll_with`](Self::poll_with). Dropped before its
    /// end, the work was cancelled.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::pin::pin;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::{Instrumented, LibraryCallSite};
    ///
    /// static FETCH: LibraryCallSite =
    ///     LibraryCallSite::new("shop_cache", "Client::fetch", SpanKind::Client);
    ///
    /// fn fetch() -> Instrumented<impl Future<Output = u32>> {
    ///     FETCH.start().instrument(async { 7 })
    /// }
    ///
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert_eq!(pin!(fetch()).poll(&mut context), Poll::Ready(7));
    /// ```
    ///
    /// # Panics
    ///
    /// Polling the future panics once it is done.
    #[must_use = "futures do nothing unless polled"]
    pub struct Instrumented<W> {
        #[pin]
        carried: Carried<W>,
    }
}

/// The consequence of a poll for the work and its span, returned by the callback of
/// [`poll_with`](Instrumented::poll_with).
///
/// ```
/// # use omegi_runtime as omegi;
/// use std::task::Poll;
///
/// use omegi::instrumentation::{ActiveSpan, AfterPoll};
///
/// /// Describes a reply by its length. The span stays open for its body.
/// fn inspect(span: &mut ActiveSpan<'_>, polled: &mut Poll<String>) -> AfterPoll {
///     match polled {
///         Poll::Pending => AfterPoll::Continue,
///         Poll::Ready(text) if text.is_empty() => AfterPoll::End,
///         Poll::Ready(text) => {
///             span.set_attribute("shop.reply.length", text.len() as u64);
///             AfterPoll::HandOver
///         }
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterPoll {
    /// The work will be polled again.
    Continue,
    /// The work is done: it is dropped inside the span, then the span ends.
    End,
    /// The work is done: it is dropped inside the span, and the span stays open for
    /// [other work](Instrumented::hand_over).
    HandOver,
}

impl<W> Instrumented<W> {
    pub(super) fn new(carried: Carried<W>) -> Self {
        Self { carried }
    }

    /// Returns the work, until it is done.
    #[must_use]
    pub fn inner(&self) -> Option<&W> {
        self.carried.work()
    }

    /// Polls the work by `poll` inside the span. Then `inspect` describes the span by the result,
    /// and decides how work and span continue.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::future::Future;
    /// use std::pin::Pin;
    /// use std::task::{Context, Poll};
    ///
    /// use omegi::instrumentation::{AfterPoll, Instrumented};
    ///
    /// /// Polls a reply, and records its length.
    /// fn poll_reply<F: Future<Output = String>>(
    ///     reply: Pin<&mut Instrumented<F>>,
    ///     context: &mut Context<'_>,
    /// ) -> Poll<String> {
    ///     reply.poll_with(
    ///         |reply| reply.poll(context),
    ///         |span, polled| match polled {
    ///             Poll::Pending => AfterPoll::Continue,
    ///             Poll::Ready(text) => {
    ///                 span.set_attribute("shop.reply.length", text.len() as u64);
    ///                 AfterPoll::End
    ///             }
    ///         },
    ///     )
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// If the work is done.
    pub fn poll_with<T>(
        self: Pin<&mut Self>,
        poll: impl FnOnce(Pin<&mut W>) -> Poll<T>,
        inspect: impl FnOnce(&mut ActiveSpan<'_>, &mut Poll<T>) -> AfterPoll,
    ) -> Poll<T> {
        self.project().carried.polled(
            poll,
            |_| {},
            |span, polled| match inspect(&mut ActiveSpan::new(span), polled) {
                AfterPoll::Continue => PollOutcome::PollAgain,
                AfterPoll::End => PollOutcome::Done,
                AfterPoll::HandOver => PollOutcome::PassOn,
            },
        )
    }

    /// Gives the span to `work`, which continues the operation after this work, as the body of a
    /// response does after the response. For after [`AfterPoll::HandOver`]; otherwise the new work
    /// has no span.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::pin::pin;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::{AfterPoll, LibraryCallSite};
    ///
    /// static FETCH: LibraryCallSite =
    ///     LibraryCallSite::new("shop_cache", "Client::fetch", SpanKind::Client);
    ///
    /// let mut head = pin!(FETCH.start().instrument(async { 200 }));
    /// let mut context = Context::from_waker(Waker::noop());
    /// let poll = |head: std::pin::Pin<&mut _>| Future::poll(head, &mut context);
    /// let status = head.as_mut().poll_with(poll, |_, _| AfterPoll::HandOver);
    /// assert_eq!(status, Poll::Ready(200));
    ///
    /// let mut body = head.hand_over("cart".to_owned());
    /// assert_eq!(body.try_finish(Ok), Some("cart".to_owned()));
    /// assert_eq!(body.inner(), None);
    /// ```
    pub fn hand_over<V>(self: Pin<&mut Self>, work: V) -> Instrumented<V> {
        Instrumented { carried: self.project().carried.pass_on(work) }
    }

    /// Converts the work by `convert` inside the span, which ends then. Returns `None` where
    /// `convert` gives the work back, or where it is done: then nothing changes.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::LibraryCallSite;
    ///
    /// static FETCH: LibraryCallSite =
    ///     LibraryCallSite::new("shop_cache", "Client::fetch", SpanKind::Client);
    ///
    /// // The body of a reply is there as a whole, so nobody polls it.
    /// let mut body = FETCH.start().instrument(Some("cart"));
    /// assert_eq!(body.try_finish(|body| body.ok_or(None)), Some("cart"));
    /// ```
    pub fn try_finish<T>(&mut self, convert: impl FnOnce(W) -> Result<T, W>) -> Option<T> {
        self.carried.finish(convert)
    }
}

impl<W> fmt::Debug for Instrumented<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instrumented").finish_non_exhaustive()
    }
}

impl<F: Future> Future for Instrumented<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.project().carried.poll(context)
    }
}
