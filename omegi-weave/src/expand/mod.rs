//! Writes the tokens of woven functions according to their plans.

pub(crate) mod arguments;
pub(crate) mod attributes;
pub(crate) mod awaits;
pub(crate) mod body;
pub(crate) mod call_site;
pub(crate) mod function;
pub(crate) mod loop_turns;
pub(crate) mod operator;
pub(crate) mod place;
pub(crate) mod program;
pub(crate) mod question_marks;
pub(crate) mod signal_handlers;
pub(crate) mod span;
pub(crate) mod spawns;
pub(crate) mod taken_hooks;
