//! Collecting: omegi's own threads.
//!
//! Each exporter has a [`pipeline`]: a [`queue`] of kept flows, a [`spool`] on disk, and a thread,
//! its [`worker`]. The worker takes flows in batches, [resolves](resolve) their records into ids,
//! names and wall clock times, and calls the exporter. Flows that cannot be exported now wait in
//! the queue, and in the end on disk.
//!
//! [`pipelines`] holds the pipelines of all exporters. The [`timekeeper`] runs tasks that are due
//! while an exporter hangs. `metering` sends the counters as metrics, on request.

mod backoff;
mod exporter_counters;
pub(crate) mod factory;
#[cfg(test)]
mod fixtures;
pub(crate) mod flush;
mod locks;
#[cfg(feature = "otlp")]
pub(crate) mod metering;
mod pending;
pub(crate) mod pending_totals;
mod pipeline;
pub(crate) mod pipelines;
mod queue;
pub(crate) mod resolve;
pub(crate) mod resource;
pub(crate) mod scrubbing;
pub(crate) mod spool;
mod spooled_copies;
pub(crate) mod timekeeper;
mod unavailable;
mod worker;
