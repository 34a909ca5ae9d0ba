//! Calling what is not ours: a panic in it stays here.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does `work`, or tells what it panicked with.
///
/// # Errors
///
/// The panic's message.
pub(crate) fn shielded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let message = panic_message(&*payload).to_owned();
        // Its destructor could panic too.
        std::mem::forget(payload);
        message
    })
}

/// What a panic said.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("Box<dyn Any>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_panics_is_told_and_goes_no_further() {
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
