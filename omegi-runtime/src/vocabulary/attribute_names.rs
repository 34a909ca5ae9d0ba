//! The names of attributes that several parts of omegi write or read, and the prefixes of those
//! that omegi names after the user's own words.

/// Marks a span whose times are estimated; its value is [`ESTIMATED`].
pub(crate) const TIMES: &str = "omegi.times";

/// The value of [`TIMES`].
pub(crate) const ESTIMATED: &str = "estimated";

/// The prefix of a captured argument. `omegi-weave` writes the same into woven code
/// (`expand/arguments.rs`): the two crates do not depend on each other.
pub(crate) const ARGUMENT_PREFIX: &str = "omegi.arg.";

/// The sign before each name that a pattern hides behind the name of an argument
/// (`omegi.arg.pw@password`). No exporter shows them.
pub(crate) const HIDDEN_NAME: char = '@';

/// The prefix of a tag.
pub(crate) const TAG_PREFIX: &str = "omegi.tag.";
