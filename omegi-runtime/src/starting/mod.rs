//! Starting and stopping: what a program calls once.

pub(crate) mod at_exit;
pub(crate) mod builder;
pub(crate) mod exit;
#[cfg(feature = "autostart")]
pub(crate) mod first_call;
pub(crate) mod guard;
pub(crate) mod keeper;
mod patience;
pub(crate) mod process;
#[cfg(all(unix, feature = "signals"))]
mod signals;
