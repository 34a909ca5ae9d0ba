//! Starting and stopping: the functions that a program calls once.

pub(crate) mod at_exit;
mod at_fork;
pub(crate) mod builder;
mod child_process;
mod code_only;
pub(crate) mod exit;
mod factories;
#[cfg(feature = "autostart")]
pub(crate) mod first_call;
pub(crate) mod guard;
mod launch;
pub(crate) mod process;
mod profile_file;
pub(crate) mod profiled_call;
#[cfg(all(unix, feature = "signals"))]
mod signals;
mod start;
mod tail_sampling;
mod time_budget;
