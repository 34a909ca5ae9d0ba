//! Probes for errors, which need no traits of the user's types.
//!
//! The macro knows a function's return type by its tokens only. It therefore probes the value, in a
//! way that always compiles. `(&&&&&&Probe(&value)).__omegi_failed()` finds the first of the traits
//! below whose bounds the type meets: method lookup removes one reference after the other (autoref
//! specialisation, D. Tolnay 2019). The best choice comes first: an [`Error`] with its causes. Then
//! come a type that dereferences to one (`Box<dyn Error>`, `anyhow::Error`), `Display`, `Debug`,
//! and an error of which only the type is known. The last choice is a value that cannot be an
//! error. The methods have names that no trait of the user's has, because those would be found too.

use std::error::Error;
use std::fmt::{Debug, Display};
use std::task::Poll;

use crate::recording::probe::error_view::{DerefsToError, ErrorCause, ErrorMessage, ErrorView, Failing};

/// Probes a value for an error.
#[derive(Debug)]
pub struct Probe<'a, R: ?Sized>(pub &'a R);

/// Probes a value for an error whose message is its `Debug`.
#[derive(Debug)]
pub struct ProbeDebug<'a, R: ?Sized>(pub &'a R);

/// Probes a value for `None`.
#[derive(Debug)]
pub struct ProbeOption<'a, R: ?Sized>(pub &'a R);

/// A type that `?` may return early with.
pub trait Fallible {
    /// The error.
    type Error;

    /// Returns the error, if this is one.
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

/// Defines one trait for each choice: the more references, the earlier it is tried.
macro_rules! choices {
    ($($(#[$doc:meta])* $choice:ident for $probe:ty where $error:ident: $bound:path => $view:expr;)*) => {$(
        $(#[$doc])*
        pub trait $choice<'a> {
            /// Fails `span` if the value is an error.
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

    /// Second choice: a type that dereferences to an error.
    ByDeref for &&&&Probe<'a, R> where Error: DerefsToError =>
        |error| ErrorView::new(error, ErrorMessage::Display(error), ErrorCause::Behind(error));

    /// Third choice: a type with `Display`.
    ByDisplay for &&&Probe<'a, R> where Error: Display =>
        |error| ErrorView::new(error, ErrorMessage::Display(error), ErrorCause::Unknown);

    /// Fourth choice for an error: a type with `Debug`. `probe::value` has another `ByDebug`, for
    /// captured values.
    ByDebug for &&Probe<'a, R> where Error: Debug =>
        |error| ErrorView::new(error, ErrorMessage::Debug(error), ErrorCause::Unknown);

    /// Fifth choice: an error of which only the type is known.
    ByName for &Probe<'a, R> where Error: Sized =>
        |error| ErrorView::new(error, ErrorMessage::Silent, ErrorCause::Unknown);

    /// First choice with `Debug` preferred: a type with `Debug`.
    ByDebugFirst for &&ProbeDebug<'a, R> where Error: Debug =>
        |error| ErrorView::new(error, ErrorMessage::Debug(error), ErrorCause::Unknown);

    /// Second choice with `Debug` preferred: a type without it.
    ByNameOnly for &ProbeDebug<'a, R> where Error: Sized =>
        |error| ErrorView::new(error, ErrorMessage::Silent, ErrorCause::Unknown);
}

/// Last choice: a value that cannot be an error.
pub trait Never<'a> {
    /// Does nothing.
    #[inline]
    fn __omegi_failed<S: Failing>(&self, _: &mut S) {}
}

impl<'a, R: ?Sized> Never<'a> for Probe<'a, R> {}
impl<'a, R: ?Sized> Never<'a> for ProbeDebug<'a, R> {}

/// Probes an option for `None`.
pub trait ByNone<'a> {
    /// Fails `span` if it is `None`. Returns whether it is.
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
    /// Returns `false`.
    #[inline]
    fn __omegi_none<S: Failing>(&self, _: &mut S) -> bool {
        false
    }
}

impl<'a, R: ?Sized> NeverNone<'a> for ProbeOption<'a, R> {}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;
    use crate::recording::data::error_query::ErrorQuery;
    use crate::recording::probe::error_view::View;

    /// A span that keeps the error it fails with.
    #[derive(Default)]
    struct Reader(Option<(String, String, Vec<String>)>);

    impl Failing for Reader {
        fn fail_with<'e, E>(&mut self, error: &'e E, view: View<'e, E>) {
            let facts = view(error).facts(&ErrorQuery::of_texts(20));
            self.0 = Some((facts.text.error_type.into_owned(), facts.text.message, facts.causes));
        }
    }

    /// The expansion of the macros.
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
    fn an_error_has_its_causes() {
        let (error_type, message, causes) = facts!(Probe, Err::<(), _>(chained())).unwrap();
        assert!(error_type.ends_with("Chained"), "{error_type}");
        assert_eq!((message.as_str(), causes), ("not saved", vec!["disk full".to_owned()]));
    }

    #[test]
    fn a_boxed_error_has_its_causes_too() {
        let boxed: Result<(), Box<dyn Error + Send + Sync>> = Err(Box::new(chained()));
        assert_eq!(facts!(Probe, boxed).unwrap().2, ["disk full"]);
    }

    #[test]
    fn a_type_that_is_no_error_has_its_best_message() {
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
    fn generic_code_has_the_message_that_its_bounds_allow() {
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
