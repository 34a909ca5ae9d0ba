//! The `?` by which a woven function is left: each notes its line, for the error's path.
//!
//! The runtime's half is `recording/probe/question_mark.rs`.

pub(crate) mod in_async;
pub(crate) mod sync;
