//! Calls into code of the user.

use crate::recording::shield::shielded;
use crate::recording::thread::current;

/// Calls `work`, which may be code of the user: a `Display`, a callback, a map of headers.
///
/// Does not record calls inside it. Returns `None` where it panics: the panic goes no further.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::instrumentation::call_user_code;
///
/// assert_eq!(call_user_code(|| 7), Some(7));
/// assert_eq!(call_user_code(|| panic!("broken")), None::<u32>);
/// ```
pub fn call_user_code<T>(work: impl FnOnce() -> T) -> Option<T> {
    current::muted(|| shielded(work)).ok()
}
