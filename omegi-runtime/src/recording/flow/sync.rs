//! What threads share is guarded by these: std's, or those of `loom`, which tries every order in which threads can meet.

#[cfg(omegi_loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
#[cfg(not(omegi_loom))]
pub(crate) use std::sync::{Mutex, MutexGuard};

pub(crate) use std::sync::PoisonError;
