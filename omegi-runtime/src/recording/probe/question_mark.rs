//! The operands of `?`: marks the line of each that returns early, and describes its error.
//!
//! At a `?` the compiler may not have inferred the error's type yet: `let id: Id = text.parse()?`
//! has it only behind the `?`, other operands only statements later. A probe there would choose a
//! trait that the type lacks. So woven code declares an [`Operand`] before the body, passes it at
//! the `?`, and probes it behind the body, where all types are known. An operand has no bytes: only
//! the compiler's inference goes back to the `?`.
//!
//! A probe for `Error` would also accept an `impl` for `'static` alone, and then refuse the code of
//! another lifetime (`docs/adr/0025`). An operand therefore offers its `Display` at best. Its
//! causes are those of the returned error that quotes it (`data/errors.rs`).

use std::convert::Infallible;
use std::fmt::{self, Debug, Display};
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::task::Poll;

use crate::recording::data::error_paths::ExitPlace;
use crate::recording::probe::error::Fallible as _;
use crate::recording::probe::error_view::{ErrorMessage, ErrorView, NoteExit, without_causes};
use crate::recording::thread::current;

/// The error of type `E` at a `?`, and the form `V` in which its type can be described.
///
/// It is covariant in `E`, `Send` and `Sync` whatever `E` is: it restricts no lifetime, and no
/// future that contains it.
pub struct Operand<E, V>(PhantomData<fn() -> (E, V)>);

impl<E, V> Clone for Operand<E, V> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<E, V> Copy for Operand<E, V> {}

impl<E, V> Debug for Operand<E, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Operand")
    }
}

/// Declares an operand, which `described!` must probe.
#[inline]
#[must_use]
pub const fn operand<E, V>() -> Operand<E, V> {
    Operand(PhantomData)
}

/// Declares an operand that is not probed: a condition (`#[cfg]`) may remove its `?`.
#[inline]
#[must_use]
pub const fn unread<E>() -> Operand<E, Unread> {
    Operand(PhantomData)
}

/// A form in which an error of type `E` can be described.
pub trait DescribeOperand<E> {
    /// Returns the view of an error.
    fn view(error: &E) -> ErrorView<'_>;

    /// True if the view has the error's message.
    const IS_READ: bool = true;
}

/// Defines a form and its choice. The more references, the earlier it is tried. The probe of an
/// operand that has no form yet gives it the chosen one.
macro_rules! forms {
    ($(
        $(#[$doc:meta])*
        $form:ident, $choice:ident for $operand:ty where $bound:path => $message:expr;
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $form {}

        impl<E: $bound> DescribeOperand<E> for $form {
            fn view(error: &E) -> ErrorView<'_> {
                without_causes(error, $message)
            }
        }

        $(#[$doc])*
        pub trait $choice {
            /// Does nothing: the compiler has chosen.
            #[inline]
            fn __omegi_described(&self) {}
        }

        impl<E: $bound> $choice for $operand {}
    )*};
}

forms! {
    /// First choice for an operand: an error with `Display`.
    Displayed, OperandByDisplay for &&Operand<E, Displayed> where Display =>
        |error| ErrorMessage::Display(error);

    /// Second choice for an operand: an error with `Debug`.
    Debugged, OperandByDebug for &Operand<E, Debugged> where Debug =>
        |error| ErrorMessage::Debug(error);

    /// Last choice for an operand: an error of which only the type is known.
    Named, OperandByName for Operand<E, Named> where Sized =>
        |_| ErrorMessage::Silent;
}

/// The form of an operand that is not probed.
#[derive(Debug)]
pub enum Unread {}

impl<E> DescribeOperand<E> for Unread {
    fn view(error: &E) -> ErrorView<'_> {
        without_causes(error, |_| ErrorMessage::Unread)
    }

    const IS_READ: bool = false;
}

/// An operand that stable `?` accepts.
#[diagnostic::on_unimplemented(
    message = "the `?` operator can only be applied to values that implement `Try`",
    label = "the `?` operator cannot be applied to type `{Self}`"
)]
pub trait Mark {
    /// The error; [`Infallible`] if it has none.
    type Error;

    /// Returns whether `?` returns early with it.
    fn is_failure(&self) -> bool;

    /// Returns its error, if `?` returns early with one.
    fn error(&self) -> Option<&Self::Error>;
}

impl<T, E> Mark for Result<T, E> {
    type Error = E;

    #[inline]
    fn is_failure(&self) -> bool {
        self.is_err()
    }

    #[inline]
    fn error(&self) -> Option<&E> {
        self.failure()
    }
}

impl<T> Mark for Option<T> {
    type Error = Infallible;

    #[inline]
    fn is_failure(&self) -> bool {
        self.is_none()
    }

    #[inline]
    fn error(&self) -> Option<&Infallible> {
        None
    }
}

impl<B, C> Mark for ControlFlow<B, C> {
    type Error = Infallible;

    #[inline]
    fn is_failure(&self) -> bool {
        self.is_break()
    }

    #[inline]
    fn error(&self) -> Option<&Infallible> {
        None
    }
}

impl<T, E> Mark for Poll<Result<T, E>> {
    type Error = E;

    #[inline]
    fn is_failure(&self) -> bool {
        self.failure().is_some()
    }

    #[inline]
    fn error(&self) -> Option<&E> {
        self.failure()
    }
}

impl<T, E> Mark for Poll<Option<Result<T, E>>> {
    type Error = E;

    #[inline]
    fn is_failure(&self) -> bool {
        self.failure().is_some()
    }

    #[inline]
    fn error(&self) -> Option<&E> {
        self.failure()
    }
}

/// Passes on the operand of a `?`. If the `?` will return early with it, notes its place and
/// describes its error.
#[inline]
#[track_caller]
pub fn mark<T, E, V>(value: T, _: Operand<E, V>) -> T
where
    T: Mark<Error = E>,
    V: DescribeOperand<E>,
{
    if value.is_failure() {
        note_operand::<T, V>(&value, std::panic::Location::caller());
    }
    value
}

/// Does the same in a call without a span.
#[inline]
#[track_caller]
pub fn mark_in<T, E, V, C>(value: T, _: Operand<E, V>, call: C) -> T
where
    T: Mark<Error = E>,
    V: DescribeOperand<E>,
    C: NoteExit,
{
    if value.is_failure() {
        note_operand_in::<T, V, C>(&value, &call, std::panic::Location::caller());
    }
    value
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

/// Takes the operand of a `?` apart, after [`mark`] has seen it.
#[inline]
#[track_caller]
pub fn divert<T, E, V, O, R>(value: T, operand: Operand<E, V>) -> ControlFlow<R, O>
where
    // It is not named in the return type, because the compiler would report a wrong operand twice.
    T: Divert<Error = E, Output = O, Residual = R>,
    V: DescribeOperand<E>,
{
    mark(value, operand).taken_apart()
}

/// Does the same in a call without a span.
#[inline]
#[track_caller]
pub fn divert_in<T, E, V, O, R, C>(value: T, operand: Operand<E, V>, call: C) -> ControlFlow<R, O>
where
    T: Divert<Error = E, Output = O, Residual = R>,
    V: DescribeOperand<E>,
    C: NoteExit,
{
    mark_in(value, operand, call).taken_apart()
}

/// Notes the place of a `?` that returns early with `operand`, and describes its error.
#[cold]
#[inline(never)]
fn note_operand<T: Mark, V: DescribeOperand<T::Error>>(
    operand: &T,
    location: &'static std::panic::Location<'static>,
) {
    let error = operand.error().filter(|_| V::IS_READ).map(V::view);
    let query = current::with_memory(|segment| segment.note_exit(ExitPlace::question_mark(location)));
    if let Some((error, query)) = error.zip(query) {
        let facts = error.facts(&query);
        current::with(|segment| segment.describe_exit(facts));
    }
}

/// Does the same in a call without a span.
#[cold]
#[inline(never)]
fn note_operand_in<T: Mark, V: DescribeOperand<T::Error>, C: NoteExit>(
    operand: &T,
    call: &C,
    location: &'static std::panic::Location<'static>,
) {
    call.note_question_mark(location, || operand.error().filter(|_| V::IS_READ).map(V::view));
}

/// Notes the place of an exit by an error that the function makes itself: `Err(…)`, `bail!(…)`.
#[cold]
#[inline(never)]
#[track_caller]
pub fn fails_here() {
    note(std::panic::Location::caller());
}

/// Notes the place of an exit.
#[cold]
#[inline(never)]
pub extern "C" fn note(location: &'static std::panic::Location<'static>) {
    current::with_memory(|segment| segment.note_exit(ExitPlace::own_error(location)));
}

/// Notes the place of a `?` that returns early.
#[cold]
#[inline(never)]
pub(crate) fn note_question_mark(location: &'static std::panic::Location<'static>) {
    current::with_memory(|segment| segment.note_exit(ExitPlace::question_mark(location)));
}
