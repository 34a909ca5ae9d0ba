//! The judgement about the errors of a segment: the reasons to keep its flow, and the errors that
//! are none.

use crate::recording::data::error_kinds::{ErrorKind, ErrorKinds};
use crate::vocabulary::CallSite;

/// The end of an error in its segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorEnd {
    /// It left the root, is a panic, or ended in an answer that blames the server.
    Escaped,
    /// It ended in an answer that blames the caller.
    ClientError,
    /// Something else handled it.
    Handled,
}

/// The kinds of the errors of a segment or flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct JudgedErrors {
    /// Kinds of errors that count: reasons to keep the flow.
    pub(crate) counted: ErrorKinds,
    /// Kinds of errors that an answer blames on the caller.
    pub(crate) client: ErrorKinds,
    /// Kinds of expected errors.
    pub(crate) expected: ErrorKinds,
}

impl JudgedErrors {
    /// Adds those of another part of the flow.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.counted.merge(&other.counted);
        self.client.merge(&other.client);
        self.expected.merge(&other.expected);
    }

    /// Returns whether there is an error that does not count.
    pub(crate) const fn has_uncounted(&self) -> bool {
        !self.client.as_slice().is_empty() || !self.expected.as_slice().is_empty()
    }
}

/// The errors of one kind that a segment met.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MetErrors<'a> {
    pub(crate) kind: ErrorKind,
    /// The call site where they began.
    pub(crate) site: &'static CallSite,
    pub(crate) error_type: &'a str,
    pub(crate) count: u64,
    /// True if one of them [escaped](ErrorEnd::Escaped).
    pub(crate) escaped: bool,
}
