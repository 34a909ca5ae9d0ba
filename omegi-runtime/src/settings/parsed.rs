//! The results of parsers: values, and reasons why something cannot be used.

use std::borrow::Cow;

/// A reason why a value, or one piece of a list, cannot be used.
///
/// Its text ends a sentence that begins with the value: `is not a whole number`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    /// The piece of the list that the reason is about; `None`: the whole value.
    pub(super) piece: Option<String>,
    pub(super) text: Cow<'static, str>,
}

impl Reason {
    /// Returns this reason as one that is about `piece` alone.
    pub(super) fn of_piece(self, piece: &str) -> Self {
        Self { piece: Some(piece.to_owned()), ..self }
    }

    /// Returns the reason of a word that is known, and that this program cannot use because of
    /// `why`.
    pub(super) fn unusable(why: &str) -> Self {
        format!("cannot be used: {why}").into()
    }
}

impl From<&'static str> for Reason {
    fn from(text: &'static str) -> Self {
        Self { piece: None, text: text.into() }
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self { piece: None, text: text.into() }
    }
}

/// The result of parsing or checking: the part of a value that can be used, and reasons against the
/// rest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parsed<T> {
    /// The value; `None` if nothing of it can be used.
    pub(super) value: Option<T>,
    pub(super) reasons: Vec<Reason>,
}

impl<T> Parsed<T> {
    /// Passes the value to `next`, and collects the reasons of both steps.
    pub(super) fn and_then<U>(mut self, next: impl FnOnce(T) -> Parsed<U>) -> Parsed<U> {
        let after = self.value.map(next);
        let (value, reasons) = after.map_or((None, Vec::new()), |after| (after.value, after.reasons));
        self.reasons.extend(reasons);
        Parsed { value, reasons: self.reasons }
    }

    /// Converts the value, if there is one.
    pub(super) fn map<U>(self, convert: impl FnOnce(T) -> U) -> Parsed<U> {
        Parsed { value: self.value.map(convert), reasons: self.reasons }
    }
}

impl<T> From<Result<T, Reason>> for Parsed<T> {
    fn from(result: Result<T, Reason>) -> Self {
        match result {
            Ok(value) => Self { value: Some(value), reasons: Vec::new() },
            Err(reason) => Self { value: None, reasons: vec![reason] },
        }
    }
}
