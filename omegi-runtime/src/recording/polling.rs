//! Polling a future where it lies: how a woven function awaits without a type of its own around what it awaits.
//!
//! `E.await` keeps the future of `E` in the coroutine of the function that awaits it, and gives no chance to do anything
//! when that is polled. So woven code writes out what `.await` means (the Rust reference, *await expressions*), with the
//! function's span told in between:
//!
//! ```text
//! match IntoFuture::into_future(E) {
//!     mut future => {
//!         let mut context = context().await;                                  // the one that the coroutine is polled with
//!         loop {
//!             if let Poll::Ready(value) = poll(&mut future, context) { break value; }
//!             context = span.suspend().await;                                 // pending once; then the next context
//!         }
//!     }
//! }
//! ```
//!
//! What the coroutine holds is the future and nothing around it, so that nesting costs the compiler and the program what it
//! did before: one more generic type at each level would use up the default `recursion_limit` at half the depth.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The context that the coroutine which asked for it is being polled with. Good until that coroutine returns from this
/// poll; not `Send`, so that the compiler lets no future that is moved between threads keep it.
#[derive(Clone, Copy, Debug)]
pub struct PollContext(*mut ());

impl PollContext {
    pub(crate) fn new(context: &mut Context<'_>) -> Self {
        Self(std::ptr::from_mut(context).cast())
    }
}

/// Asks for the context of the coroutine that awaits this. Ready at once.
#[inline(always)]
pub fn context() -> CurrentContext {
    CurrentContext(())
}

/// See [`context`].
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

/// Polls a future where it lies.
#[inline(always)]
#[expect(
    unsafe_code,
    reason = "`.await` written out; std has no safe way to do the same without one more type"
)]
pub fn poll<F: Future>(future: &mut F, context: PollContext) -> Poll<F::Output> {
    // SAFETY: Only woven code calls this, in the form that is drawn above.
    // - `future` is a variable of a coroutine, which is pinned since it is polled. Its name has the hygiene of the macro:
    //   nothing else can name it, so that it is neither moved nor otherwise borrowed before it is dropped where it lies.
    let future = unsafe { Pin::new_unchecked(future) };
    // SAFETY:
    // - `context` was made of the reference with which this very coroutine is being polled: it comes from `CurrentContext` or
    //   `Suspended`, which were ready in this poll, and is replaced before it is used in the next. That reference is borrowed
    //   by whoever polls the coroutine until the coroutine returns, and the coroutine uses it for nothing else meanwhile.
    let context = unsafe { &mut *context.0.cast::<Context<'_>>() };
    future.poll(context)
}
