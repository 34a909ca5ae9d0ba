//! The judgement about the errors of a segment: the reasons to keep its flow, and the errors that
//! are none.

use crate::recording::data::error_kinds::{ErrorKind, ErrorKinds};
use crate::vocabulary::CallSite;

/// The end of an error in its segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorEnd {
    /// It left the root, is a panic, or ended in an answer that blames the server.
    Escaped,
    /// It left a branch of the flow, or a function that the branch called and whose result nobody
    /// examined (not `surely`). The code that waits for the branch may get it.
    Passed { surely: bool },
    /// It ended in an answer that blames the caller.
    ClientError,
    /// Something else handled it.
    Handled,
}

/// The kinds of the errors of a segment or flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JudgedErrors {
    /// Kinds of errors that count: reasons to keep the flow.
    pub(crate) counted: ErrorKinds,
    /// Kinds of errors that an answer blames on the caller.
    pub(crate) client: ErrorKinds,
    /// Kinds of expected errors.
    pub(crate) expected: ErrorKinds,
    /// The kind and the text of each error that left a branch of the flow.
    passed: [(ErrorKind, ErrorKind); PASSED],
    passed_len: usize,
    /// The texts of the errors that an answer blames on the caller.
    answered: ErrorKinds,
}

/// The most errors that leave branches and wait for an answer; the others count.
const PASSED: usize = 8;

impl JudgedErrors {
    /// No error.
    pub(crate) const NONE: Self = Self {
        counted: ErrorKinds::NONE,
        client: ErrorKinds::NONE,
        expected: ErrorKinds::NONE,
        passed: [(ErrorKind::UNKNOWN, ErrorKind::UNKNOWN); PASSED],
        passed_len: 0,
        answered: ErrorKinds::NONE,
    };

    /// Adds those of another part of the flow.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.counted.merge(&other.counted);
        self.client.merge(&other.client);
        self.expected.merge(&other.expected);
        self.answered.merge(&other.answered);
        other.passed().iter().for_each(|(kind, text)| self.pass(*kind, *text));
    }

    /// Adds an error of this kind that left a branch with this text. It counts unless an error with
    /// the same text is [answered](Self::answer).
    pub(crate) fn pass(&mut self, kind: ErrorKind, text: ErrorKind) {
        if self.passed().contains(&(kind, text)) {
            return;
        }
        match self.passed.get_mut(self.passed_len) {
            Some(place) => {
                *place = (kind, text);
                self.passed_len += 1;
            }
            None => self.counted.add(kind),
        }
    }

    /// Notes that an error with this text ended in an answer that blames the caller.
    pub(crate) fn answer(&mut self, text: ErrorKind) {
        self.answered.add(text);
    }

    /// Returns whether an error left a branch that is not among the `answered` texts.
    pub(crate) fn passes_beyond(&self, answered: &ErrorKinds) -> bool {
        let is_answered = |text| [answered, &self.answered].iter().any(|it| it.as_slice().contains(text));
        self.passed().iter().any(|(_, text)| !is_answered(text))
    }

    /// Judges the errors that left branches, now that all parts of the flow are known.
    pub(crate) fn settled(mut self) -> Self {
        for (kind, text) in &self.passed[..self.passed_len] {
            let is_answered = self.answered.as_slice().contains(text);
            let kinds = if is_answered { &mut self.client } else { &mut self.counted };
            kinds.add(*kind);
        }
        self.passed_len = 0;
        self
    }

    /// Returns whether there is an error that does not count, or not yet.
    pub(crate) const fn has_uncounted(&self) -> bool {
        self.passed_len > 0 || !self.client.as_slice().is_empty() || !self.expected.as_slice().is_empty()
    }

    fn passed(&self) -> &[(ErrorKind, ErrorKind)] {
        &self.passed[..self.passed_len]
    }
}

impl Default for JudgedErrors {
    fn default() -> Self {
        Self::NONE
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_leaves_a_branch_counts_unless_it_is_answered() {
        let number = ErrorKind::numbered;
        let mut branch = JudgedErrors::NONE;
        branch.pass(number(1), number(10));
        assert_eq!(branch.settled().counted.as_slice(), [number(1)]);
        let mut root = JudgedErrors::NONE;
        root.answer(number(10));
        assert!(branch.passes_beyond(&ErrorKinds::NONE) && !branch.passes_beyond(&root.answered));
        root.merge(&branch);
        assert!(root.has_uncounted());
        let settled = root.settled();
        assert_eq!((settled.counted.as_slice(), settled.client.as_slice()), (&[][..], &[number(1)][..]));
        root.pass(number(2), number(20));
        assert_eq!(root.settled().counted.as_slice(), [number(2)]);
    }

    #[test]
    fn errors_that_leave_many_branches_count() {
        let mut judged = JudgedErrors::NONE;
        judged.answer(ErrorKind::numbered(1));
        (0..100).for_each(|kind| judged.pass(ErrorKind::numbered(kind), ErrorKind::numbered(1)));
        assert!(!judged.counted.as_slice().is_empty());
    }
}
