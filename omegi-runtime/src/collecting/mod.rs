//! Collecting: what happens on omegi's own thread.
//!
//! Kept flows wait in a [`queue`]; the [`worker`] takes them out in batches, [resolves](resolve) their records into
//! ids, names and wall clock times, and calls the exporters.

mod continuations;
mod journeys;
mod layout;
mod limits;
pub(crate) mod paths;
pub(crate) mod queue;
pub(crate) mod resolve;
pub(crate) mod resource;
pub(crate) mod scrubbing;
mod tags;
pub(crate) mod worker;
