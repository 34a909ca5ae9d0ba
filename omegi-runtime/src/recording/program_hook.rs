//! The hook that `std::panic::take_hook` returns in woven code: the program's own, not omegi's.
//!
//! A call of a function named `take_hook` may be one of another function. The type of its value
//! decides, by autoref specialisation.

use crate::recording::panics::{PanicHook, without_own_hook};

/// The value of a call of a function named `take_hook`.
#[derive(Debug)]
pub struct HookValue<'a, T>(pub &'a T);

/// The function that passes on a panic hook.
#[derive(Debug)]
pub struct PassHook;

impl PassHook {
    /// Returns the program's hook.
    #[must_use]
    pub fn pass(&self, hook: PanicHook) -> PanicHook {
        without_own_hook(hook)
    }
}

/// The function that passes on another value.
#[derive(Debug)]
pub struct PassOther;

impl PassOther {
    /// Returns the value.
    pub fn pass<T>(&self, value: T) -> T {
        value
    }
}

/// First choice: a panic hook.
pub trait ByHook {
    /// Returns the function that passes it on.
    fn __omegi_passed(&self) -> PassHook {
        PassHook
    }
}

impl ByHook for &HookValue<'_, PanicHook> {}

/// Last choice: the value of another function.
pub trait ByOther {
    /// Returns the function that passes it on.
    fn __omegi_passed(&self) -> PassOther {
        PassOther
    }
}

impl<T> ByOther for HookValue<'_, T> {}
