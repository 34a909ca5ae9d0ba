//! Arguments and return values of any type.
//!
//! `(&&&&Arg(&value)).__omegi_captured()` finds the best form of a value, as
//! [`error`](crate::recording::probe::error) does for errors. Numbers, truth values and text cost
//! no more than a copy. Otherwise it is the `Debug` of the value, or the name of its type.

use std::any::type_name;
use std::borrow::Cow;
use std::fmt::{self, Debug, Display, Write as _};
use std::rc::Rc;
use std::sync::Arc;

use crate::vocabulary::signal_handler;

use crate::recording::data::scalar::Scalar;
use crate::recording::policy;
use crate::recording::shield::shielded;
use crate::recording::text::Limited;
use crate::recording::thread::current;

/// A value to capture.
#[derive(Debug)]
pub struct Arg<'a, T: ?Sized>(pub &'a T);

/// A captured value, before its `Debug` or `Display` is called.
#[derive(Clone, Copy)]
pub enum Captured<'a> {
    /// A number, a truth value, or text as it is.
    Scalar(Scalar<&'a str>),
    /// A value to write with `Display`.
    Display(&'a dyn Display),
    /// A value to write with `Debug`.
    Debug(&'a dyn Debug),
}

impl Debug for Captured<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Captured")
    }
}

impl Captured<'_> {
    /// Passes the value to `store`, after the call of the user's `Debug` or `Display`. That code
    /// may be instrumented, may panic, and may never end. A signal handler does not run it.
    pub(crate) fn read(self, store: impl FnOnce(Scalar<&str>)) {
        match self {
            Self::Scalar(value) => store(value),
            Self::Display(_) | Self::Debug(_) if signal_handler::is_active() => {}
            Self::Display(value) => store(Scalar::Text(&written(format_args!("{value}")))),
            Self::Debug(value) => store(Scalar::Text(&written(format_args!("{value:?}")))),
        }
    }
}

/// Returns the output of the user's `Debug` or `Display`, cut at the limit. That code may be
/// instrumented, may panic, and may never end.
pub(crate) fn written(value: fmt::Arguments<'_>) -> String {
    current::muted(|| {
        let mut text = String::new();
        let limit = policy::get().map_or(0, |policy| policy.settings.limits.value_length);
        let done = shielded(|| Limited::new(&mut text, limit).write_fmt(value));
        if done.is_err() {
            text.push_str("<its Debug panicked>");
        }
        text
    })
}

/// A value that needs no `Debug`.
pub trait Plain {
    /// Returns the value.
    fn plain(&self) -> Captured<'_>;
}

macro_rules! plain {
    ($($kind:ident: $($plain:ty),*;)*) => {$($(
        impl Plain for $plain {
            #[inline]
            fn plain(&self) -> Captured<'_> {
                Captured::Scalar(Scalar::$kind((*self).into()))
            }
        }
    )*)*};
}

plain! {
    Bool: bool;
    I64: i8, i16, i32, i64, u8, u16, u32;
    F64: f32, f64;
}

/// Implements [`Plain`] for numbers that are text where they do not fit an attribute.
macro_rules! plain_if_it_fits {
    ($($number:ty),*) => {$(
        impl Plain for $number {
            #[inline]
            fn plain(&self) -> Captured<'_> {
                let fitting = i64::try_from(*self).map(Scalar::I64);
                fitting.map_or(Captured::Display(self), Captured::Scalar)
            }
        }
    )*};
}

plain_if_it_fits!(u64, usize, isize, u128, i128);

impl Plain for str {
    #[inline]
    fn plain(&self) -> Captured<'_> {
        Captured::Scalar(Scalar::Text(self))
    }
}

impl Plain for String {
    #[inline]
    fn plain(&self) -> Captured<'_> {
        Captured::Scalar(Scalar::Text(self))
    }
}

impl Plain for char {
    #[inline]
    fn plain(&self) -> Captured<'_> {
        Captured::Display(self)
    }
}

impl Plain for Cow<'_, str> {
    #[inline]
    fn plain(&self) -> Captured<'_> {
        Captured::Scalar(Scalar::Text(self))
    }
}

macro_rules! plain_behind_a_pointer {
    ($($pointer:ty),*) => {$(
        impl<T: Plain + ?Sized> Plain for $pointer {
            #[inline]
            fn plain(&self) -> Captured<'_> {
                (**self).plain()
            }
        }
    )*};
}

plain_behind_a_pointer!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

/// First choice: numbers, bools, text.
pub trait ByValue {
    /// Returns the captured value.
    fn __omegi_captured(&self) -> Captured<'_>;
}

impl<T: Plain + ?Sized> ByValue for &&&Arg<'_, T> {
    #[inline]
    fn __omegi_captured(&self) -> Captured<'_> {
        self.0.plain()
    }
}

/// Second choice for a captured value: a type with `Debug`. `probe::error` has another `ByDebug`,
/// for errors.
pub trait ByDebug {
    /// Returns the captured value.
    fn __omegi_captured(&self) -> Captured<'_>;
}

impl<T: Debug + ?Sized> ByDebug for &&Arg<'_, T> {
    #[inline]
    fn __omegi_captured(&self) -> Captured<'_> {
        Captured::Debug(&self.0)
    }
}

/// Third choice: an option of a type without `Debug`.
pub trait ByOption {
    /// Returns the captured value: `None`, or the name of the type.
    fn __omegi_captured(&self) -> Captured<'_>;
}

impl<T> ByOption for &Arg<'_, Option<T>> {
    #[inline]
    fn __omegi_captured(&self) -> Captured<'_> {
        Captured::Scalar(Scalar::Static(if self.0.is_none() { "None" } else { type_name::<Option<T>>() }))
    }
}

/// Last choice: the name of the type.
pub trait ByTypeName {
    /// Returns the captured value.
    fn __omegi_captured(&self) -> Captured<'_>;
}

impl<T: ?Sized> ByTypeName for Arg<'_, T> {
    #[inline]
    fn __omegi_captured(&self) -> Captured<'_> {
        Captured::Scalar(Scalar::Static(type_name::<T>()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expansion of the macros.
    macro_rules! shown {
        ($value:expr) => {{
            let mut shown = String::new();
            (&&&&Arg(&$value)).__omegi_captured().read(|value| shown = format!("{value:?}"));
            shown
        }};
    }

    #[test]
    fn plain_values_are_copied() {
        let owned = String::from("a");
        assert_eq!(shown!(true), "Bool(true)");
        assert_eq!(shown!(-1_i8), "I64(-1)");
        assert_eq!(shown!(&&7_u32), "I64(7)");
        assert_eq!(shown!(7_usize), "I64(7)");
        assert_eq!(shown!(0.5_f32), "F64(0.5)");
        assert_eq!(shown!("a"), "Text(\"a\")");
        assert_eq!(shown!(&owned), "Text(\"a\")");
    }

    #[test]
    fn a_value_without_debug_is_captured_as_its_type() {
        struct Opaque;
        fn generic<T>(value: T) -> String {
            shown!(value)
        }
        assert!(shown!(Opaque).contains("Opaque"));
        assert!(shown!(Some(Opaque)).contains("Option<"));
        assert_eq!(shown!(None::<Opaque>), "Static(\"None\")");
        assert_eq!(generic(1), "Static(\"i32\")");
    }
}
