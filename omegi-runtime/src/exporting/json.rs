//! JSON with the escapes of Python's `json.dumps`, for the console, OTLP and Kafka.
//!
//! Its blanks are those of Python, or none with `{:#}` (`compact`).

use std::fmt::{self, Display, Formatter};

use crate::vocabulary::Value;

/// Displays a value as JSON without blanks.
#[cfg(feature = "kafka")]
pub(super) fn compact(value: &impl Display) -> String {
    format!("{value:#}")
}

/// Writes an object whose members `fill` writes.
pub(super) fn object(
    f: &mut Formatter<'_>,
    fill: impl FnOnce(&mut Members<'_, '_>) -> fmt::Result,
) -> fmt::Result {
    f.write_str("{")?;
    fill(&mut Members { f, separator: "" })?;
    f.write_str("}")
}

/// The members of an object that is being written.
pub(super) struct Members<'a, 'f> {
    f: &'a mut Formatter<'f>,
    separator: &'static str,
}

impl Members<'_, '_> {
    /// Adds a member whose value `write` writes.
    pub(super) fn member(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut Formatter<'_>) -> fmt::Result,
    ) -> fmt::Result {
        let colon = if self.f.alternate() { ":" } else { ": " };
        write!(self.f, "{}{}{colon}", self.separator, Text(name))?;
        self.separator = comma(self.f);
        write(self.f)
    }

    /// Adds a member whose value displays as JSON.
    pub(super) fn shown(&mut self, name: &str, value: impl Display) -> fmt::Result {
        self.member(name, |f| value.fmt(f))
    }
}

/// Writes a list whose items `write` writes.
pub(super) fn list<T>(
    f: &mut Formatter<'_>,
    items: impl IntoIterator<Item = T>,
    write: impl Fn(&mut Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    f.write_str("[")?;
    for (nth, item) in items.into_iter().enumerate() {
        f.write_str(if nth == 0 { "" } else { comma(f) })?;
        write(f, item)?;
    }
    f.write_str("]")
}

fn comma(f: &Formatter<'_>) -> &'static str {
    if f.alternate() { "," } else { ", " }
}

/// A text. Displays as a JSON string of printable ASCII.
pub(super) struct Text<'a>(pub(super) &'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        // Most of a text needs no escape, and is written at once.
        for piece in self.0.split_inclusive(needs_escape) {
            let plain = piece.trim_end_matches(needs_escape);
            f.write_str(plain)?;
            piece[plain.len()..].chars().try_for_each(|c| escaped(f, c))?;
        }
        f.write_str("\"")
    }
}

const fn needs_escape(c: char) -> bool {
    !matches!(c, ' '..='~') || matches!(c, '"' | '\\')
}

fn escaped(f: &mut Formatter<'_>, c: char) -> fmt::Result {
    match c {
        '"' => f.write_str("\\\""),
        '\\' => f.write_str("\\\\"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        '\u{8}' => f.write_str("\\b"),
        '\u{c}' => f.write_str("\\f"),
        _ => c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(f, "\\u{unit:04x}")),
    }
}

/// An attribute's value. Displays as JSON.
pub(super) struct JsonValue<'a>(pub(super) &'a Value);

impl Display for JsonValue<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Bool(value) => value.fmt(f),
            Value::I64(value) => value.fmt(f),
            Value::F64(value) => Float(*value).fmt(f),
            Value::Str(value) => Text(value).fmt(f),
        }
    }
}

/// A floating point number. Displays as JSON.
///
/// JSON has no infinity and no NaN; they have the names of protobuf's JSON mapping.
pub(super) struct Float(pub(super) f64);

impl Display for Float {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(value) = *self;
        if value.is_finite() {
            // Unlike `Display`, `Debug` writes the point that distinguishes a float from an
            // integer.
            write!(f, "{value:?}")
        } else if value.is_nan() {
            f.write_str("\"NaN\"")
        } else {
            f.write_str(if value > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_always_valid_json() {
        let shown = |value: f64| JsonValue(&Value::F64(value)).to_string();
        assert_eq!(shown(2.0), "2.0");
        assert_eq!(shown(-0.0), "-0.0");
        assert_eq!(shown(1e300), "1e300");
        assert_eq!(shown(123_456_789.125), "123456789.125");
        assert_eq!(shown(f64::NAN), "\"NaN\"");
        assert_eq!(shown(f64::INFINITY), "\"Infinity\"");
        assert_eq!(shown(f64::NEG_INFINITY), "\"-Infinity\"");
    }

    #[test]
    fn text_is_printable_ascii() {
        assert_eq!(
            Text("a\"\\\u{0}\u{8}\u{c}\r\u{9b}é😀").to_string(),
            r#""a\"\\\u0000\b\f\r\u009b\u00e9\ud83d\ude00""#
        );
    }
}
