//! The prefixes of the attributes that omegi names after the user's own words.

/// The prefix of a captured argument. `omegi-weave` writes the same into woven code
/// (`expand/arguments.rs`): the two crates do not depend on each other.
pub(crate) const ARGUMENT_PREFIX: &str = "omegi.arg.";

/// The prefix of a tag.
pub(crate) const TAG_PREFIX: &str = "omegi.tag.";
