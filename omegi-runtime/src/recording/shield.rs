//! Shields against panics in code that is not omegi's.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`. Returns the message of its panic instead, if it panics.
///
/// # Errors
///
/// Returns the panic's message.
pub(crate) fn shielded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let message = panic_message(&*payload).to_owned();
        discard(payload);
        message
    })
}

/// Drops the payload of a panic, whose destructor may panic too.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload)))
        && !is_text(&*second)
    {
        // Each destructor could panic with such a value again.
        std::mem::forget(second);
    }
}

fn is_text(payload: &(dyn Any + Send)) -> bool {
    payload.is::<&str>() || payload.is::<String>()
}

/// Returns the message of a panic.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("Box<dyn Any>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_returned_and_goes_no_further() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        assert_eq!(shielded(|| 7), Ok(7));
        assert_eq!(shielded::<()>(|| panic!("no {}", 7)), Err("no 7".to_owned()));
        assert_eq!(shielded::<()>(|| std::panic::panic_any(Bomb)), Err("Box<dyn Any>".to_owned()));
    }
}
