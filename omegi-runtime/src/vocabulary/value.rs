//! Attribute values.

use std::borrow::Cow;
use std::fmt;

/// An attribute's name and value.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::Attribute;
///
/// let attributes = [Attribute::new("shop.items", 3), Attribute::new("shop.voucher", "SPRING")];
/// omegi::current().event("order priced", attributes);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name, from a semantic convention (`code.function.name`) or below `omegi.`.
    pub key: Cow<'static, str>,
    /// The value.
    pub value: Value,
}

impl Attribute {
    /// An attribute with this name and value.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::{Attribute, Value};
    /// assert_eq!(Attribute::new("code.line.number", 42).value, Value::I64(42));
    /// ```
    pub fn new(key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

/// The value of an attribute: the types of [OpenTelemetry] without arrays.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::Value;
///
/// assert_eq!(Value::from(true), Value::Bool(true));
/// assert_eq!(Value::from(7_u64), Value::I64(7));
/// // OpenTelemetry has no unsigned numbers.
/// assert_eq!(Value::from(u64::MAX), Value::Str("18446744073709551615".into()));
/// ```
///
/// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/common/#attribute
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A truth value.
    Bool(bool),
    /// A signed number. Unsigned numbers that do not fit become text.
    I64(i64),
    /// A floating point number.
    F64(f64),
    /// Text.
    Str(Cow<'static, str>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => fmt::Display::fmt(value, f),
            Self::I64(value) => fmt::Display::fmt(value, f),
            Self::F64(value) => fmt::Display::fmt(value, f),
            Self::Str(value) => fmt::Display::fmt(value, f),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::I64(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::I64(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::I64(value.into())
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or_else(|_| Self::Str(value.to_string().into()), Self::I64)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::F64(value)
    }
}

impl From<&'static str> for Value {
    fn from(value: &'static str) -> Self {
        Self::Str(Cow::Borrowed(value))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Str(Cow::Owned(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_a_number() {
        assert_eq!(Value::from("figs".len()), Value::I64(4));
    }

    #[test]
    fn a_number_that_does_not_fit_becomes_text() {
        assert_eq!(Value::from(u64::MAX), Value::Str("18446744073709551615".into()));
    }
}
