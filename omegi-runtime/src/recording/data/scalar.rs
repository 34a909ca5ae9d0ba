//! A value of an attribute, with its text in the form that suits the place.

use crate::vocabulary::Value;

/// A scalar value. `T` is text: borrowed where a value is captured, a range where the recorder has
/// stored it.
#[derive(Clone, Copy, Debug)]
pub enum Scalar<T> {
    /// A truth value.
    Bool(bool),
    /// A number that fits.
    I64(i64),
    /// A floating point number.
    F64(f64),
    /// Text that needs no copy.
    Static(&'static str),
    /// Other text.
    Text(T),
}

impl<T> Scalar<T> {
    /// Returns the same value with its text in another form.
    pub(crate) fn map_text<U>(self, map: impl FnOnce(T) -> U) -> Scalar<U> {
        match self {
            Self::Bool(value) => Scalar::Bool(value),
            Self::I64(value) => Scalar::I64(value),
            Self::F64(value) => Scalar::F64(value),
            Self::Static(text) => Scalar::Static(text),
            Self::Text(text) => Scalar::Text(map(text)),
        }
    }
}

impl From<Scalar<String>> for Value {
    fn from(scalar: Scalar<String>) -> Self {
        match scalar {
            Scalar::Bool(value) => value.into(),
            Scalar::I64(value) => value.into(),
            Scalar::F64(value) => value.into(),
            Scalar::Static(text) => text.into(),
            Scalar::Text(text) => text.into(),
        }
    }
}
