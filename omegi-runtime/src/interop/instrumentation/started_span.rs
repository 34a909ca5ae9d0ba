//! The span of an operation of a library, from its start until its work has it.

use std::fmt;
use std::marker::PhantomData;

use crate::recording::span::fork::Carried;
use crate::recording::span::task::TaskSpan;

use super::active_span::ActiveSpan;
use super::instrumented::Instrumented;

/// A span that has been started, and is active on this thread until it is given to
/// [`instrument`](Self::instrument) or dropped. Dropping it ends it.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::SpanKind;
/// use omegi::instrumentation::{Instrumented, LibraryCallSite};
///
/// static SEND: LibraryCallSite =
///     LibraryCallSite::new("shop_queue", "Producer::send", SpanKind::Producer);
///
/// /// Sends a message. Its span ends with the future, dropped or done.
/// fn send(message: String) -> Instrumented<impl Future<Output = ()>> {
///     let mut span = SEND.start();
///     span.active().set_attribute("messaging.message.body.size", message.len() as u64);
///     span.instrument(async move { drop(message) })
/// }
/// # drop(send("cart".to_owned()));
/// ```
#[must_use = "the span ends when this is dropped"]
pub struct StartedSpan {
    span: TaskSpan,
    /// The span is active on the thread that started it: it stays there.
    not_send: PhantomData<*const ()>,
}

impl StartedSpan {
    pub(super) fn new(span: TaskSpan) -> Self {
        Self { span, not_send: PhantomData }
    }

    /// Returns the span, to describe it.
    pub fn active(&mut self) -> ActiveSpan<'_> {
        ActiveSpan::new(&mut self.span)
    }

    /// Gives the span to `work`, a future, stream or body that continues the operation. The span is
    /// active again whenever that is polled.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::LibraryCallSite;
    ///
    /// static CONNECT: LibraryCallSite =
    ///     LibraryCallSite::new("shop_cache", "connect", SpanKind::Client);
    ///
    /// async fn connect() -> u16 {
    ///     CONNECT.start().instrument(async { 6379 }).await
    /// }
    /// # drop(connect());
    /// ```
    pub fn instrument<W>(self, work: W) -> Instrumented<W> {
        Instrumented::new(Carried::begun(self.span, work))
    }
}

impl fmt::Debug for StartedSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartedSpan").finish_non_exhaustive()
    }
}
