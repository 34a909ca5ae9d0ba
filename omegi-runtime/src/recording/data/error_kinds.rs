//! The kinds of error in a flow: enough to distinguish a flood of one kind from all other errors.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ptr;

use crate::vocabulary::{CallSite, ErrorText};

/// A kind of error: the function that it began in, and its type, as one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct ErrorKind(u64);

impl ErrorKind {
    /// Errors without a description: it did not fit, or it has not arrived yet.
    pub(crate) const UNKNOWN: Self = Self(0);

    /// Returns the kind of errors of this type that begin in this function.
    pub(crate) fn of(origin: &'static CallSite, error_type: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        (ptr::from_ref(origin) as usize, error_type).hash(&mut hasher);
        Self(hasher.finish())
    }

    /// Returns the kind of errors with this type and message, wherever they begin.
    pub(crate) fn of_text(text: &ErrorText) -> Self {
        let mut hasher = DefaultHasher::new();
        (&text.error_type, &text.message).hash(&mut hasher);
        Self(hasher.finish())
    }

    /// Returns the number; 0 is that of unknown errors.
    pub(crate) const fn number(self) -> u64 {
        self.0
    }

    #[cfg(test)]
    pub(crate) const fn numbered(number: u64) -> Self {
        Self(number)
    }
}

/// The number of kinds that one flow distinguishes. A flow with more is kept for one of these.
const KINDS: usize = 8;

/// The kinds of error in a flow, each once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorKinds {
    kinds: [ErrorKind; KINDS],
    len: usize,
}

impl ErrorKinds {
    /// No kind.
    pub(crate) const NONE: Self = Self { kinds: [ErrorKind::UNKNOWN; KINDS], len: 0 };

    /// Adds a kind, unless it is there or the set is full.
    pub(crate) fn add(&mut self, kind: ErrorKind) {
        if !self.is_full() && !self.as_slice().contains(&kind) {
            self.kinds[self.len] = kind;
            self.len += 1;
        }
    }

    /// Removes all kinds.
    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// Adds the kinds of another part of the flow.
    pub(crate) fn merge(&mut self, other: &Self) {
        other.as_slice().iter().for_each(|kind| self.add(*kind));
    }

    /// Returns whether the set takes no more kinds.
    pub(crate) const fn is_full(&self) -> bool {
        self.len == KINDS
    }

    /// Returns the kinds, each once.
    pub(crate) const fn as_slice(&self) -> &[ErrorKind] {
        self.kinds.split_at(self.len).0
    }
}

impl PartialEq for ErrorKinds {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for ErrorKinds {}

impl Default for ErrorKinds {
    fn default() -> Self {
        Self::NONE
    }
}

impl FromIterator<ErrorKind> for ErrorKinds {
    fn from_iter<I: IntoIterator<Item = ErrorKind>>(some: I) -> Self {
        let mut kinds = Self::default();
        some.into_iter().for_each(|kind| kinds.add(kind));
        kinds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::call_site::FunctionPath;

    #[test]
    fn a_kind_is_a_function_and_a_type() {
        static ONE: CallSite = CallSite::new("shop", FunctionPath::Written("one"));
        static TWO: CallSite = CallSite::new("shop", FunctionPath::Written("two"));
        assert_eq!(ErrorKind::of(&ONE, "E"), ErrorKind::of(&ONE, "E"));
        assert_ne!(ErrorKind::of(&ONE, "E"), ErrorKind::of(&ONE, "F"));
        assert_ne!(ErrorKind::of(&ONE, "E"), ErrorKind::of(&TWO, "E"));
    }

    #[test]
    fn each_kind_is_there_once_and_there_is_a_bound() {
        let mut kinds = ErrorKinds::default();
        (0..20).for_each(|number| kinds.add(ErrorKind::numbered(number % 3)));
        assert_eq!(kinds.as_slice(), [0, 1, 2].map(ErrorKind::numbered));
        let mut many = ErrorKinds::default();
        (0..20).for_each(|number| many.add(ErrorKind::numbered(number)));
        kinds.merge(&many);
        assert_eq!(kinds.as_slice().len(), KINDS);
    }
}
