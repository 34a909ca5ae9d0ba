//! Starting and stopping: what a program calls once.

pub(crate) mod builder;
pub(crate) mod exit;
pub(crate) mod guard;
pub(crate) mod keeper;
pub(crate) mod process;
