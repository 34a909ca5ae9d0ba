//! Handles of open spans: of a call, of an asynchronous call, and of a span that is no call.

pub(crate) mod active;
pub(crate) mod call;
mod ending;
#[cfg(feature = "tracing")]
pub(crate) mod entered;
pub(crate) mod fork;
#[cfg(any(feature = "otel", feature = "tracing"))]
pub(crate) mod handle;
pub(crate) mod loop_turn;
pub(crate) mod sites;
pub(crate) mod spawned_work;
pub(crate) mod task;
pub(crate) mod unrecorded;
mod work_span;
