//! Seeing errors without asking anything of the user's types.
//!
//! The macro knows a function's return type by its tokens only. So it asks the value, in a way that always compiles:
//! `(&&&&&&Probe(&value)).__omegi_failed()` finds the first of the traits below whose bounds the type meets, because method
//! lookup removes one reference after the other (autoref specialisation, D. Tolnay 2019). The best answer comes first:
//! an [`Error`] with its causes, something that dereferences to one (`Box<dyn Error>`, `anyhow::Error`), `Display`,
//! `Debug`, an error of which only the type is known, and last any value that cannot be an error at all. The methods have
//! names that no trait of the user's has, for those would answer too.

use std::any::type_name;
use std::convert::Infallible;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::ops::{ControlFlow, Deref};
use std::task::Poll;

use crate::vocabulary::{ErrorText, Location};

use crate::recording::data::error_query::ErrorQuery;
use crate::recording::data::errors::ErrorFacts;
use crate::recording::shield::shielded;
use crate::recording::text::Limited;
use crate::recording::thread::current;

/// At most this many causes of an error are taken down: a chain that bites its own tail must end.
const CAUSES: usize = 16;

/// A value that is asked whether it is an error.
#[derive(Debug)]
pub struct Probe<'a, R: ?Sized>(pub &'a R);

/// A value that is asked whether it is an error, whose message is to be what `Debug` says.
#[derive(Debug)]
pub struct ProbeDebug<'a, R: ?Sized>(pub &'a R);

/// A value that is asked whether it is `None`.
#[derive(Debug)]
pub struct ProbeOption<'a, R: ?Sized>(pub &'a R);

/// What a function returned instead of a value.
#[derive(Clone, Copy)]
pub struct ErrorView<'a> {
    type_name: &'static str,
    message: ErrorMessage<'a>,
    cause: ErrorCause<'a>,
}

/// Who knows what caused an error. Asked only when the error is written down: that, too, is the user's code.
#[derive(Clone, Copy)]
enum ErrorCause<'a> {
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

/// The best that a type has to say of itself.
#[derive(Clone, Copy)]
enum ErrorMessage<'a> {
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
            Self::Unread => f.write_str("<not read, at a `?` in a #[track_caller] function>"),
        }
    }
}

impl Debug for ErrorView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorView").field("type_name", &self.type_name).finish_non_exhaustive()
    }
}

impl<'a> ErrorView<'a> {
    fn new<E>(_error: &'a E, message: ErrorMessage<'a>, cause: ErrorCause<'a>) -> Self {
        Self { type_name: type_name::<E>(), message, cause }
    }

    /// Of an error that is known to display, and nothing more.
    #[allow(dead_code, reason = "for the layers of frameworks, whichever are there")]
    pub(crate) fn displayed<E: Display>(error: &'a E) -> Self {
        Self::new(error, ErrorMessage::Display(error), ErrorCause::Unknown)
    }

    /// Of an error of the type `E`, as `told` tells it.
    #[allow(dead_code, reason = "for the layers of frameworks, whichever are there")]
    pub(crate) fn told<E>(told: &'a impl Error) -> Self {
        Self {
            type_name: type_name::<E>(),
            message: ErrorMessage::Display(told),
            cause: ErrorCause::Of(told),
        }
    }

    fn unread<E>() -> Self {
        Self { type_name: type_name::<E>(), message: ErrorMessage::Unread, cause: ErrorCause::Unknown }
    }

    /// An error of a type that is not known.
    #[cfg(feature = "tracing")]
    pub(crate) fn erased(error: &'a (dyn Error + 'static)) -> Self {
        Self { type_name: "", message: ErrorMessage::Display(error), cause: ErrorCause::Of(error) }
    }

    /// All that is asked of it. Calls the user's code; a panic in that
    /// stays here.
    pub(crate) fn facts(&self, query: &ErrorQuery) -> ErrorFacts {
        current::muted(|| {
            let message = said(&self.message, query.limit);
            let text = ErrorText { error_type: self.type_name.into(), message };
            let ignored = query.ignores(self.type_name, self.debug());
            ErrorFacts { text, causes: self.causes(query.limit), ignored }
        })
    }

    /// What it says to programmers, if it is known to say that.
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

/// All that is asked of any error. Calls the user's code; a panic in that stays here.
pub(crate) fn facts_of<E: Error + ?Sized>(error: &E, query: &ErrorQuery) -> ErrorFacts {
    current::muted(|| {
        let text = ErrorText { error_type: type_name::<E>().into(), message: said(error, query.limit) };
        let ignored = query.ignores(type_name::<E>(), Some(&&*error));
        ErrorFacts { text, causes: causes_from(|| error.source(), query.limit), ignored }
    })
}

/// The messages of the error that `first` names, and of its causes.
fn causes_from<'a>(first: impl FnOnce() -> Option<&'a (dyn Error + 'static)>, limit: usize) -> Vec<String> {
    let first = shielded(first).ok().flatten();
    let next = |cause: &&'a (dyn Error + 'static)| {
        let cause: &'a (dyn Error + 'static) = *cause;
        shielded(|| cause.source()).ok().flatten()
    };
    std::iter::successors(first, next).take(CAUSES).map(|cause| said(cause, limit)).collect()
}

/// What `value` displays, cut at `limit` characters.
fn said(value: &(impl Display + ?Sized), limit: usize) -> String {
    use fmt::Write as _;

    let mut text = String::new();
    let written = shielded(|| write!(Limited::new(&mut text, limit), "{value}"));
    if written.is_err() {
        text.push_str("<its Display panicked>");
    }
    text
}

/// How an error is described: asked for only where it is written down, out of line.
pub type View<'e, E> = fn(&'e E) -> ErrorView<'e>;

/// An open span, which is told that its call fails.
pub trait Failing {
    /// The call returns `error`, as `view` describes it.
    fn fail_with<'e, E>(&mut self, error: &'e E, view: View<'e, E>);
}

/// What a type can carry that `?` returns early with.
pub trait Fallible {
    /// The error.
    type Error;

    /// The error, if this is one.
    fn failure(&self) -> Option<&Self::Error>;
}

impl<T, E> Fallible for Result<T, E> {
    type Error = E;

    #[inline]
    fn failure(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

impl<T, E> Fallible for Poll<Result<T, E>> {
    type Error = E;

    #[inline]
    fn failure(&self) -> Option<&E> {
        if let Self::Ready(Err(error)) = self { Some(error) } else { None }
    }
}

impl<T, E> Fallible for Poll<Option<Result<T, E>>> {
    type Error = E;

    #[inline]
    fn failure(&self) -> Option<&E> {
        if let Self::Ready(Some(Err(error))) = self { Some(error) } else { None }
    }
}

/// What stands behind an error that is none itself: `Box<dyn Error>`, `anyhow::Error`.
pub trait DynError {
    /// What caused it.
    fn source(&self) -> Option<&(dyn Error + 'static)>;

    /// What it says to programmers.
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

/// What displays, and dereferences to an error.
pub trait DerefsToError: Display {
    /// What caused it.
    fn cause(&self) -> Option<&(dyn Error + 'static)>;

    /// What it says to programmers.
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

/// One trait for each choice: the more references, the earlier it is tried.
macro_rules! choices {
    ($($(#[$doc:meta])* $choice:ident for $probe:ty where $error:ident: $bound:path => $view:expr;)*) => {$(
        $(#[$doc])*
        pub trait $choice<'a> {
            /// Tells `span` if the value is an error.
            fn __omegi_failed<S: Failing>(&self, span: &mut S);
        }

        impl<'a, R: Fallible<$error: $bound>> $choice<'a> for $probe {
            #[inline]
            fn __omegi_failed<S: Failing>(&self, span: &mut S) {
                if let Some(error) = self.0.failure() {
                    span.fail_with(error, $view);
                }
            }
        }
    )*};
}

choices! {
    /// First choice: an error with its causes.
    ByError for &&&&&Probe<'a, R> where Error: Error =>
        |error| ErrorView::new(error, ErrorMessage::Display(error), ErrorCause::Of(error));

    /// Second choice: what dereferences to an error.
    ByDeref for &&&&Probe<'a, R> where Error: DerefsToError =>
        |error| ErrorView::new(error, ErrorMessage::Display(error), ErrorCause::Behind(error));

    /// Third choice: what displays.
    ByDisplay for &&&Probe<'a, R> where Error: Display =>
        |error| ErrorView::new(error, ErrorMessage::Display(error), ErrorCause::Unknown);

    /// Fourth choice: what prints itself for programmers.
    ByDebug for &&Probe<'a, R> where Error: Debug =>
        |error| ErrorView::new(error, ErrorMessage::Debug(error), ErrorCause::Unknown);

    /// Fifth choice: an error of which only the type is known.
    ByName for &Probe<'a, R> where Error: Sized =>
        |error| ErrorView::new(error, ErrorMessage::Silent, ErrorCause::Unknown);

    /// Where `Debug` is preferred: what has it.
    ByDebugFirst for &&ProbeDebug<'a, R> where Error: Debug =>
        |error| ErrorView::new(error, ErrorMessage::Debug(error), ErrorCause::Unknown);

    /// Where `Debug` is preferred: what does not have it.
    ByNameOnly for &ProbeDebug<'a, R> where Error: Sized =>
        |error| ErrorView::new(error, ErrorMessage::Silent, ErrorCause::Unknown);
}

/// Last choice: a value that cannot be an error.
pub trait Never<'a> {
    /// Tells nobody anything.
    #[inline]
    fn __omegi_failed<S: Failing>(&self, _: &mut S) {}
}

impl<'a, R: ?Sized> Never<'a> for Probe<'a, R> {}
impl<'a, R: ?Sized> Never<'a> for ProbeDebug<'a, R> {}

/// An option that is asked whether it is `None`.
pub trait ByNone<'a> {
    /// Tells `span` if it is. Returns whether it is.
    fn __omegi_none<S: Failing>(&self, span: &mut S) -> bool;
}

impl<'a, T> ByNone<'a> for &ProbeOption<'a, Option<T>> {
    #[inline]
    fn __omegi_none<S: Failing>(&self, span: &mut S) -> bool {
        if self.0.is_none() {
            let view =
                |none| ErrorView::new(none, ErrorMessage::Display(&"returned None"), ErrorCause::Unknown);
            span.fail_with(self.0, view);
        }
        self.0.is_none()
    }
}

/// A value that cannot be `None`.
pub trait NeverNone<'a> {
    /// It is not.
    #[inline]
    fn __omegi_none<S: Failing>(&self, _: &mut S) -> bool {
        false
    }
}

impl<'a, R: ?Sized> NeverNone<'a> for ProbeOption<'a, R> {}

/// What stable `?` accepts.
#[diagnostic::on_unimplemented(
    message = "the `?` operator can only be applied to values that implement `Try`",
    label = "the `?` operator cannot be applied to type `{Self}`"
)]
pub trait Mark {
    /// Whether `?` returns early with it.
    fn is_failure(&self) -> bool;

    /// The error that it is, of which only the type is known: what the type can do may not yet be inferred where the
    /// `?` stands.
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

/// Passes on the operand of a `?`, and notes where that is if the `?` will return early with it.
#[inline]
#[track_caller]
pub fn mark<T: Mark>(operand: T) -> T {
    if operand.is_failure() {
        note(std::panic::Location::caller());
    }
    operand
}

/// What stable `?` accepts, taken apart.
#[diagnostic::on_unimplemented(
    message = "the `?` operator can only be applied to values that implement `Try`",
    label = "the `?` operator cannot be applied to type `{Self}`"
)]
pub trait Divert: Mark + Sized {
    /// What the `?` evaluates to.
    type Output;
    /// What `?` returns early with: a `?` of this always does.
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

/// Takes the operand of a `?` apart, and notes where that is if the `?` will return early with it.
#[inline]
#[track_caller]
pub fn divert<T, O, R>(operand: T) -> ControlFlow<R, O>
where
    // Not named in what is returned: of a wrong operand the compiler would say two things.
    T: Divert<Output = O, Residual = R>,
{
    mark(operand).taken_apart()
}

/// Notes where a `?` is that returns early.
#[cold]
#[inline(never)]
pub(crate) extern "C" fn note(location: &'static std::panic::Location<'static>) {
    current::with(|segment| segment.mark(Location::of(location)));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A span that reads what it is told.
    #[derive(Default)]
    struct Reader(Option<(String, String, Vec<String>)>);

    impl Failing for Reader {
        fn fail_with<'e, E>(&mut self, error: &'e E, view: View<'e, E>) {
            let facts = view(error).facts(&ErrorQuery::of_texts(20));
            self.0 = Some((facts.text.error_type.into_owned(), facts.text.message, facts.causes));
        }
    }

    /// What the macros expand to.
    macro_rules! facts {
        ($probe:ident, $value:expr) => {{
            let mut reader = Reader::default();
            (&&&&&&$probe(&$value)).__omegi_failed(&mut reader);
            reader.0
        }};
    }

    macro_rules! returned_none {
        ($value:expr) => {
            (&&ProbeOption(&$value)).__omegi_none(&mut Reader::default())
        };
    }

    type Outcome = Result<(), &'static str>;

    #[derive(Debug)]
    struct Chained(Option<Box<Chained>>, &'static str);

    impl Display for Chained {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.1)
        }
    }

    impl Error for Chained {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.0.as_ref().map(|source| &**source as &(dyn Error + 'static))
        }
    }

    fn chained() -> Chained {
        Chained(Some(Box::new(Chained(None, "disk full"))), "not saved")
    }

    #[test]
    fn an_error_tells_its_causes() {
        let (error_type, message, causes) = facts!(Probe, Err::<(), _>(chained())).unwrap();
        assert!(error_type.ends_with("Chained"), "{error_type}");
        assert_eq!((message.as_str(), causes), ("not saved", vec!["disk full".to_owned()]));
    }

    #[test]
    fn a_boxed_error_tells_its_causes_too() {
        let boxed: Result<(), Box<dyn Error + Send + Sync>> = Err(Box::new(chained()));
        assert_eq!(facts!(Probe, boxed).unwrap().2, ["disk full"]);
    }

    #[test]
    fn what_is_no_error_says_what_it_can() {
        struct Dumb;
        #[derive(Debug)]
        struct Debugged;
        assert_eq!(facts!(Probe, Outcome::Err("text")).unwrap().1, "text");
        assert_eq!(facts!(Probe, Err::<(), _>(Debugged)).unwrap().1, "Debugged");
        assert!(facts!(Probe, Err::<(), _>(Dumb)).unwrap().0.ends_with("Dumb"));
        assert_eq!(facts!(ProbeDebug, Outcome::Err("text")).unwrap().1, "\"text\"");
    }

    #[test]
    fn errors_are_seen_inside_polls_and_nowhere_else() {
        assert!(facts!(Probe, Poll::Ready(Outcome::Err("x"))).is_some());
        assert!(facts!(Probe, Poll::Ready(Some(Outcome::Err("x")))).is_some());
        assert!(facts!(Probe, Poll::<Outcome>::Pending).is_none());
        assert!(facts!(Probe, Outcome::Ok(())).is_none());
        assert!(facts!(Probe, None::<u8>).is_none());
        assert!(facts!(Probe, *"text").is_none());
    }

    #[test]
    fn none_is_an_error_on_request() {
        assert!(returned_none!(None::<u8>));
        assert!(!returned_none!(Some(1)));
        assert!(!returned_none!(1));
    }

    #[test]
    fn long_messages_are_cut_and_panicking_ones_are_survived() {
        struct Panics;
        impl Display for Panics {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("in Display")
            }
        }
        assert_eq!(facts!(Probe, Err::<(), _>("x".repeat(1000))).unwrap().1.len(), 20);
        assert_eq!(facts!(Probe, Err::<(), _>(Panics)).unwrap().1, "<its Display panicked>");
    }

    #[test]
    fn generic_code_says_what_its_bounds_allow() {
        fn unbounded<E>(result: Result<(), E>) -> Option<(String, String, Vec<String>)> {
            facts!(Probe, result)
        }
        fn displayed<E: Display>(result: Result<(), E>) -> Option<(String, String, Vec<String>)> {
            facts!(Probe, result)
        }
        assert_eq!(unbounded(Err("text")).unwrap().1, "<neither Display nor"); // cut at 20
        assert_eq!(displayed(Err("text")).unwrap().1, "text");
    }
}
