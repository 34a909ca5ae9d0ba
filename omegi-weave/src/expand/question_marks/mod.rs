//! The exits by which a woven function fails: each `?`, and each error that the function makes.
//! Each notes its line, for the error's path.
//!
//! The runtime's half is `recording/probe/question_mark.rs`.

pub(crate) mod in_async;
pub(crate) mod operands;
pub(crate) mod own_errors;
pub(crate) mod sync;
