//! Polls a future in place: a woven function awaits without a type of its own around the future.
//!
//! `E.await` keeps the future of `E` in the coroutine of the function that awaits it. It runs no
//! code of ours when that future is polled. Woven code therefore writes out `.await` (the Rust
//! reference, *await expressions*) and updates the function's span in between:
//!
//! ```text
//! match IntoFuture::into_future(E) {
//!     mut future => {
//!         // The context that the coroutine is polled with.
//!         let mut context = context().await;
//!         loop {
//!             if let Poll::Ready(value) = poll(&mut future, context) { break value; }
//!             // Pending once, then the next context.
//!             context = span.suspend().await;
//!         }
//!     }
//! }
//! ```
//!
//! The coroutine holds the future and nothing around it. One more generic type at each level would
//! reach the default `recursion_limit` at half the depth.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The context that a coroutine is being polled with. Good until that coroutine returns from this
/// poll. Not `Send`, so that no future that moves between threads can keep it.
#[derive(Clone, Copy, Debug)]
pub struct PollContext(*mut ());

impl PollContext {
    pub(crate) fn new(context: &mut Context<'_>) -> Self {
        Self(std::ptr::from_mut(context).cast())
    }
}

/// Returns a future that is ready at once, with the context of the coroutine that awaits it.
#[inline(always)]
pub fn context() -> CurrentContext {
    CurrentContext(())
}

/// The future of [`context`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct CurrentContext(());

impl Future for CurrentContext {
    type Output = PollContext;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<PollContext> {
        Poll::Ready(PollContext::new(context))
    }
}

/// Polls a future in place.
#[inline(always)]
#[expect(
    unsafe_code,
    reason = "`.await` written out; std has no safe way to do the same without one more type"
)]
pub fn poll<F: Future>(future: &mut F, context: PollContext) -> Poll<F::Output> {
    // SAFETY: Only woven code calls this, in the form that is drawn above.
    // - `future` is a variable of a coroutine, which is pinned since it is polled. Its name has the
    //   hygiene of the macro, so nothing else can name it. It is neither moved nor otherwise
    //   borrowed before it is dropped in place.
    let future = unsafe { Pin::new_unchecked(future) };
    // SAFETY:
    // - `context` comes from `CurrentContext` or `Suspended`, which were ready in this poll: it is
    //   the reference with which this very coroutine is being polled. It is replaced before the
    //   next poll uses it. The poller borrows that reference until the coroutine returns, and the
    //   coroutine does not use it until then.
    let context = unsafe { &mut *context.0.cast::<Context<'_>>() };
    future.poll(context)
}
