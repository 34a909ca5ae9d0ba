//! Weaves whole files, as text: every line stays where it was.

pub(crate) mod aliases;
pub(crate) mod compiler;
pub(crate) mod crate_weave;
pub(crate) mod edits;
pub(crate) mod included;
pub(crate) mod instrument_modules;
pub(crate) mod mirror;
pub(crate) mod module_statement;
pub(crate) mod module_tree;
pub(crate) mod modules;
pub(crate) mod paths;
pub(crate) mod source;
pub(crate) mod splicer;
