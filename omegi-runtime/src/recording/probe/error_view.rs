//! The view of an error: its type, message and causes, read without bounds on the user's types.

use std::any::type_name;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::ops::Deref;
use std::panic::Location;

use crate::vocabulary::ErrorText;

use crate::recording::data::error_paths::ErrorFacts;
use crate::recording::data::error_query::ErrorQuery;
use crate::recording::shield::shielded;
use crate::recording::text::Limited;
use crate::recording::thread::current;

/// The most causes of an error: a chain that bites its own tail must end.
const CAUSES: usize = 16;

/// Describes an error: called out of line, and only for an error that is recorded.
pub type View<'e, E> = fn(&'e E) -> ErrorView<'e>;

/// An open span that can fail.
pub trait Failing {
    /// Fails the span: its call returns `error`, as `view` describes it.
    fn fail_with<'e, E>(&mut self, error: &'e E, view: View<'e, E>);
}

/// A call that notes its exits.
pub trait NoteExit: Failing {
    /// Notes that the `?` at `here` returns early, with the error that `error` returns.
    fn note_question_mark<'e>(
        &self,
        here: &'static Location<'static>,
        error: impl FnOnce() -> Option<ErrorView<'e>>,
    );
}

/// An error that a function returned.
#[derive(Clone, Copy)]
pub struct ErrorView<'a> {
    type_name: &'static str,
    message: ErrorMessage<'a>,
    cause: ErrorCause<'a>,
}

/// The source of the causes. Read only when the error is recorded: it is the user's code.
#[derive(Clone, Copy)]
pub(super) enum ErrorCause<'a> {
    Of(&'a (dyn Error + 'a)),
    Behind(&'a dyn DerefsToError),
    Unknown,
}

impl<'a> ErrorCause<'a> {
    fn get(self) -> Option<&'a (dyn Error + 'static)> {
        match self {
            Self::Of(error) => error.source(),
            Self::Behind(pointer) => pointer.cause(),
            Self::Unknown => None,
        }
    }
}

/// The best message that a type has.
#[derive(Clone, Copy)]
pub(super) enum ErrorMessage<'a> {
    Display(&'a dyn Display),
    Debug(&'a dyn Debug),
    Silent,
    Unread,
}

impl Display for ErrorMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Display(message) => message.fmt(f),
            Self::Debug(message) => message.fmt(f),
            Self::Silent => f.write_str("<neither Display nor Debug>"),
            Self::Unread => f.write_str("<not read, at a `?` under a condition>"),
        }
    }
}

impl Debug for ErrorView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorView").field("type_name", &self.type_name).finish_non_exhaustive()
    }
}

impl<'a> ErrorView<'a> {
    pub(super) fn new<E>(_error: &'a E, message: ErrorMessage<'a>, cause: ErrorCause<'a>) -> Self {
        Self { type_name: type_name::<E>(), message, cause }
    }

    /// Describes an error by its `Display`; its causes are unknown.
    pub(crate) fn displayed<E: Display>(error: &'a E) -> Self {
        Self::new(error, ErrorMessage::Display(error), ErrorCause::Unknown)
    }

    /// Describes `error` under the type name of `E`.
    pub(crate) fn with_type_of<E>(error: &'a impl Error) -> Self {
        Self {
            type_name: type_name::<E>(),
            message: ErrorMessage::Display(error),
            cause: ErrorCause::Of(error),
        }
    }

    /// Describes a `dyn Error`; its type name is unknown.
    #[cfg(feature = "tracing")]
    pub(crate) fn erased(error: &'a (dyn Error + 'static)) -> Self {
        Self { type_name: "", message: ErrorMessage::Display(error), cause: ErrorCause::Of(error) }
    }

    /// Returns the facts that the query asks for. Calls the user's code, and catches its panics.
    pub(crate) fn facts(&self, query: &ErrorQuery) -> ErrorFacts {
        current::muted(|| {
            let message = display_text(&self.message, query.limit);
            let text = ErrorText { error_type: self.type_name.into(), message };
            let ignored = query.ignores(self.type_name, self.debug());
            ErrorFacts { text, causes: self.causes(query.limit), ignored }
        })
    }

    /// Returns its `Debug`, if it is known to have one.
    fn debug(&self) -> Option<&dyn Debug> {
        match (self.cause, self.message) {
            (ErrorCause::Of(error), _) => Some(error),
            (ErrorCause::Behind(pointer), _) => Some(pointer.debug()),
            (ErrorCause::Unknown, ErrorMessage::Debug(debug)) => Some(debug),
            (ErrorCause::Unknown, _) => None,
        }
    }

    fn causes(&self, limit: usize) -> Vec<String> {
        causes_from(|| self.cause.get(), limit)
    }
}

/// Returns the facts of any error. Calls the user's code, and catches its panics.
pub(crate) fn facts_of<E: Error + ?Sized>(error: &E, query: &ErrorQuery) -> ErrorFacts {
    current::muted(|| {
        let text =
            ErrorText { error_type: type_name::<E>().into(), message: display_text(error, query.limit) };
        let ignored = query.ignores(type_name::<E>(), Some(&&*error));
        ErrorFacts { text, causes: causes_from(|| error.source(), query.limit), ignored }
    })
}

/// Returns the messages of the error that `first` names, and of its causes.
fn causes_from<'a>(first: impl FnOnce() -> Option<&'a (dyn Error + 'static)>, limit: usize) -> Vec<String> {
    let first = shielded(first).ok().flatten();
    let next = |cause: &&'a (dyn Error + 'static)| {
        let cause: &'a (dyn Error + 'static) = *cause;
        shielded(|| cause.source()).ok().flatten()
    };
    std::iter::successors(first, next).take(CAUSES).map(|cause| display_text(cause, limit)).collect()
}

/// Returns the `Display` of `value`, cut at `limit` characters.
fn display_text(value: &(impl Display + ?Sized), limit: usize) -> String {
    use fmt::Write as _;

    let mut text = String::new();
    let written = shielded(|| write!(Limited::new(&mut text, limit), "{value}"));
    if written.is_err() {
        text.push_str("<its Display panicked>");
    }
    text
}

/// The error behind a type that is none itself: `Box<dyn Error>`, `anyhow::Error`.
pub trait DynError {
    /// Returns its cause.
    fn source(&self) -> Option<&(dyn Error + 'static)>;

    /// Returns its `Debug`.
    fn debug(&self) -> &dyn Debug;
}

macro_rules! dyn_error {
    ($($object:ty),*) => {$(
        impl DynError for $object {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Error::source(self)
            }

            fn debug(&self) -> &dyn Debug {
                self
            }
        }
    )*};
}

dyn_error!(dyn Error, dyn Error + Send, dyn Error + Sync, dyn Error + Send + Sync);

/// Describes an error by its type and `message`.
pub(super) fn without_causes<'a, E>(
    error: &'a E,
    message: impl FnOnce(&'a E) -> ErrorMessage<'a>,
) -> ErrorView<'a> {
    ErrorView::new(error, message(error), ErrorCause::Unknown)
}

/// A type with `Display` that dereferences to an error.
pub trait DerefsToError: Display {
    /// Returns its cause.
    fn cause(&self) -> Option<&(dyn Error + 'static)>;

    /// Returns its `Debug`.
    fn debug(&self) -> &dyn Debug;
}

impl<E: Display + Deref<Target: DynError>> DerefsToError for E {
    fn cause(&self) -> Option<&(dyn Error + 'static)> {
        self.deref().source()
    }

    fn debug(&self) -> &dyn Debug {
        self.deref().debug()
    }
}
