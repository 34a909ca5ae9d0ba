//! Collecting: what happens on omegi's own threads.
//!
//! A flow that is kept waits in the [`queue`] of every exporter. Each has an [`outlet`], and a thread ([`worker`]) that takes flows out in
//! batches, [resolves](resolve) their records into ids, names and wall clock times, calls the exporter, and keeps what that
//! could not write by now, in the end on disk ([`spool`]). `metering` sends the figures of all that, on request. The [`timekeeper`] does what is due whether or not exporters answer.

mod backoff;
mod continuations;
mod copies;
#[cfg(test)]
mod fixtures;
mod journeys;
pub(crate) mod kept;
mod layout;
mod limits;
mod locks;
#[cfg(feature = "otlp")]
pub(crate) mod metering;
pub(crate) mod outlet;
pub(crate) mod outlets;
pub(crate) mod paths;
pub(crate) mod queue;
pub(crate) mod resolve;
pub(crate) mod resource;
pub(crate) mod scrubbing;
pub(crate) mod spool;
mod tags;
mod tally;
pub(crate) mod timekeeper;
mod worker;
