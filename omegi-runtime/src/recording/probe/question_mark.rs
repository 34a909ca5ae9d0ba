//! The operands of `?`: marks the line of each that returns early with an error.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::task::Poll;

use crate::vocabulary::Location;

use crate::recording::probe::error::Fallible as _;
use crate::recording::probe::error_view::ErrorView;
use crate::recording::thread::current;

/// An operand that stable `?` accepts.
#[diagnostic::on_unimplemented(
    message = "the `?` operator can only be applied to values that implement `Try`",
    label = "the `?` operator cannot be applied to type `{Self}`"
)]
pub trait Mark {
    /// Returns whether `?` returns early with it.
    fn is_failure(&self) -> bool;

    /// Returns its error, of which only the type is known: at the `?` the traits of the type may
    /// not be inferred yet.
    fn unread_error(&self) -> Option<ErrorView<'static>> {
        None
    }
}

impl<T, E> Mark for Result<T, E> {
    #[inline]
    fn is_failure(&self) -> bool {
        self.is_err()
    }

    #[inline]
    fn unread_error(&self) -> Option<ErrorView<'static>> {
        self.is_failure().then(ErrorView::unread::<E>)
    }
}

impl<T> Mark for Option<T> {
    #[inline]
    fn is_failure(&self) -> bool {
        self.is_none()
    }
}

impl<B, C> Mark for ControlFlow<B, C> {
    #[inline]
    fn is_failure(&self) -> bool {
        self.is_break()
    }
}

impl<T, E> Mark for Poll<Result<T, E>> {
    #[inline]
    fn is_failure(&self) -> bool {
        self.failure().is_some()
    }

    #[inline]
    fn unread_error(&self) -> Option<ErrorView<'static>> {
        self.is_failure().then(ErrorView::unread::<E>)
    }
}

impl<T, E> Mark for Poll<Option<Result<T, E>>> {
    #[inline]
    fn is_failure(&self) -> bool {
        self.failure().is_some()
    }

    #[inline]
    fn unread_error(&self) -> Option<ErrorView<'static>> {
        self.is_failure().then(ErrorView::unread::<E>)
    }
}

/// Passes on the operand of a `?`, and notes its place if the `?` will return early with it.
#[inline]
#[track_caller]
pub fn mark<T: Mark>(operand: T) -> T {
    if operand.is_failure() {
        note(std::panic::Location::caller());
    }
    operand
}

/// An operand that stable `?` accepts, taken apart.
#[diagnostic::on_unimplemented(
    message = "the `?` operator can only be applied to values that implement `Try`",
    label = "the `?` operator cannot be applied to type `{Self}`"
)]
pub trait Divert: Mark + Sized {
    /// The value of the `?`.
    type Output;
    /// The value of the early return. A `?` of this always returns early.
    type Residual;

    /// Takes the value apart as `?` does.
    fn taken_apart(self) -> ControlFlow<Self::Residual, Self::Output>;
}

impl<T, E> Divert for Result<T, E> {
    type Output = T;
    type Residual = Result<Infallible, E>;

    #[inline]
    fn taken_apart(self) -> ControlFlow<Self::Residual, Self::Output> {
        match self {
            Ok(value) => ControlFlow::Continue(value),
            Err(error) => ControlFlow::Break(Err(error)),
        }
    }
}

impl<T> Divert for Option<T> {
    type Output = T;
    type Residual = Option<Infallible>;

    #[inline]
    fn taken_apart(self) -> ControlFlow<Self::Residual, Self::Output> {
        self.map_or(ControlFlow::Break(None), ControlFlow::Continue)
    }
}

impl<B, C> Divert for ControlFlow<B, C> {
    type Output = C;
    type Residual = ControlFlow<B, Infallible>;

    #[inline]
    fn taken_apart(self) -> ControlFlow<Self::Residual, Self::Output> {
        match self {
            Self::Continue(value) => ControlFlow::Continue(value),
            Self::Break(value) => ControlFlow::Break(ControlFlow::Break(value)),
        }
    }
}

impl<T, E> Divert for Poll<Result<T, E>> {
    type Output = Poll<T>;
    type Residual = Result<Infallible, E>;

    #[inline]
    fn taken_apart(self) -> ControlFlow<Self::Residual, Self::Output> {
        match self {
            Self::Ready(Ok(value)) => ControlFlow::Continue(Poll::Ready(value)),
            Self::Ready(Err(error)) => ControlFlow::Break(Err(error)),
            Self::Pending => ControlFlow::Continue(Poll::Pending),
        }
    }
}

impl<T, E> Divert for Poll<Option<Result<T, E>>> {
    type Output = Poll<Option<T>>;
    type Residual = Result<Infallible, E>;

    #[inline]
    fn taken_apart(self) -> ControlFlow<Self::Residual, Self::Output> {
        match self {
            Self::Ready(Some(Ok(value))) => ControlFlow::Continue(Poll::Ready(Some(value))),
            Self::Ready(Some(Err(error))) => ControlFlow::Break(Err(error)),
            Self::Ready(None) => ControlFlow::Continue(Poll::Ready(None)),
            Self::Pending => ControlFlow::Continue(Poll::Pending),
        }
    }
}

/// Takes the operand of a `?` apart, and notes its place if the `?` will return early with it.
#[inline]
#[track_caller]
pub fn divert<T, O, R>(operand: T) -> ControlFlow<R, O>
where
    // It is not named in the return type, because the compiler would report a wrong operand twice.
    T: Divert<Output = O, Residual = R>,
{
    mark(operand).taken_apart()
}

/// Notes the place of a `?` that returns early.
#[cold]
#[inline(never)]
pub(crate) extern "C" fn note(location: &'static std::panic::Location<'static>) {
    current::with(|segment| segment.note_question_mark(Location::of(location)));
}
