//! The locks of data that threads share: those of std, or those of `loom`, which tries every order
//! of threads.

#[cfg(omegi_loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
#[cfg(not(omegi_loom))]
pub(crate) use std::sync::{Mutex, MutexGuard};

pub(crate) use std::sync::PoisonError;
