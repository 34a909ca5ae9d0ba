//! The argument of a call that may spawn work: a future, a function, or another value.
//!
//! The call may be one of another function with a known name. The type of its argument decides, by
//! autoref specialisation. Another value is passed on unchanged.

use std::future::Future;

use crate::recording::span::fork::{Carried, Fork, carry, carry_call};

/// The argument of a call that may spawn work.
#[derive(Debug)]
pub struct SpawnedWork<'a, T>(pub &'a T);

/// The function that hands a future over.
#[derive(Clone, Copy, Debug)]
pub struct CarryFuture;

impl CarryFuture {
    /// Returns the same future, as work that was handed over.
    #[inline]
    pub fn carry<F: Future>(self, work: F, fork: fn() -> Fork) -> Carried<F> {
        carry(work, fork())
    }
}

/// The function that hands a function over.
#[derive(Clone, Copy, Debug)]
pub struct CarryCall;

impl CarryCall {
    /// Returns the same function, as work that was handed over.
    #[inline]
    pub fn carry<R>(self, work: impl FnOnce() -> R, fork: fn() -> Fork) -> impl FnOnce() -> R {
        carry_call(work, fork())
    }
}

/// The function that passes on another value.
#[derive(Clone, Copy, Debug)]
pub struct PassWork;

impl PassWork {
    /// Returns the value.
    #[inline]
    pub fn carry<T>(self, work: T, _: fn() -> Fork) -> T {
        work
    }
}

/// First choice for a future.
pub trait ByFuture {
    /// Returns the function that hands it over.
    fn __omegi_future(&self) -> CarryFuture {
        CarryFuture
    }
}

impl<F: Future> ByFuture for &SpawnedWork<'_, F> {}

/// First choice for a function.
pub trait ByCall<R> {
    /// Returns the function that hands it over.
    fn __omegi_call(&self) -> CarryCall {
        CarryCall
    }
}

impl<R, F: FnOnce() -> R> ByCall<R> for &SpawnedWork<'_, F> {}

/// Last choice: another value.
pub trait ByOtherWork {
    /// Returns the function that passes it on.
    fn __omegi_future(&self) -> PassWork {
        PassWork
    }

    /// Returns the function that passes it on.
    fn __omegi_call(&self) -> PassWork {
        PassWork
    }
}

impl<T> ByOtherWork for SpawnedWork<'_, T> {}
