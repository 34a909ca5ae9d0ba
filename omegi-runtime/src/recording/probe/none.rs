//! `None` as a returned value, of a function whose returned values are not examined otherwise.
//!
//! The value is tested where it leaves: behind `return`, at the end of the body, and at a `?`. Only
//! a `None` costs more, and only where arguments are recorded it is kept.

use std::panic::Location;

use crate::recording::data::scalar::Scalar;
use crate::recording::probe::question_mark::Mark;
use crate::recording::probe::value::Captured;

/// A value that may be `None`.
#[derive(Debug)]
pub struct Returned<'a, R: ?Sized>(pub &'a R);

/// An open span whose call may return `None`.
pub trait ReturnsNone {
    /// Returns whether the environment asks for this flow's arguments.
    fn wants(&mut self) -> bool;

    /// Adds an attribute.
    fn add(&mut self, key: &'static str, value: Captured<'_>);

    /// Notes that the call returns `None`, by the `?` at `question_mark` if that is given.
    #[cold]
    #[inline(never)]
    fn return_none(&mut self, question_mark: Option<&Location<'_>>) {
        if !self.wants() {
            return;
        }
        self.add("omegi.return", Captured::Scalar(Scalar::Static("None")));
        if let Some(location) = question_mark {
            self.add("omegi.return.line", Captured::Scalar(Scalar::I64(location.line().into())));
        }
    }
}

/// First choice: an option.
pub trait ByNoneReturned<'a> {
    /// Notes it if it is `None`.
    fn __omegi_returned<S: ReturnsNone>(&self, span: &mut S);
}

impl<'a, T> ByNoneReturned<'a> for &Returned<'a, Option<T>> {
    #[inline]
    fn __omegi_returned<S: ReturnsNone>(&self, span: &mut S) {
        if self.0.is_none() {
            span.return_none(None);
        }
    }
}

/// Last choice: a value that cannot be `None`.
pub trait ByAnyReturned<'a> {
    /// Does nothing.
    #[inline]
    fn __omegi_returned<S: ReturnsNone>(&self, _: &mut S) {}
}

impl<'a, R: ?Sized> ByAnyReturned<'a> for Returned<'a, R> {}

/// Passes on the operand of a `?` in a function that returns an option. Notes a `None`.
#[inline]
pub fn mark_none<T: Mark>(value: T, span: &mut impl ReturnsNone, here: &'static Location<'static>) -> T {
    if value.is_failure() {
        span.return_none(Some(here));
    }
    value
}
