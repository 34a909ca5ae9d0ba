//! Recording: what happens on the user's threads.
//!
//! A [`Segment`](segment::Segment) is the buffer of one flow. While a thread works on a flow it holds the segment
//! alone ([`current`]), so a call costs no lock and no atomic operation: [`span::enter`] writes one fixed-size record,
//! the drop of its guard completes it. When the local root ends, the policy decides on this thread; a dropped flow's
//! segment is reset and used again, a kept flow's records are copied out whole, at their exact size, and handed on.

pub(crate) mod attributes;
pub(crate) mod branching;
pub(crate) mod budget;
pub(crate) mod capture;
pub(crate) mod current;
pub(crate) mod ending;
pub(crate) mod errors;
pub(crate) mod external_parent;
#[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "some of it is for bridges to other libraries"))]
pub(crate) mod foreign;
#[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "some of it is for bridges to other libraries"))]
pub(crate) mod foreign_span;
pub(crate) mod fork;
pub(crate) mod gathering;
pub(crate) mod here;
#[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "some of it is for bridges to other libraries"))]
pub(crate) mod hooks;
pub(crate) mod ids;
pub(crate) mod inquiry;
pub(crate) mod kinds;
pub(crate) mod muting;
#[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "some of it is for bridges to other libraries"))]
pub(crate) mod notes;
pub(crate) mod origin;
pub(crate) mod panics;
pub(crate) mod policy;
pub(crate) mod polling;
pub(crate) mod pool;
pub(crate) mod probe;
pub(crate) mod record;
pub(crate) mod recorded;
pub(crate) mod records;
pub(crate) mod registry;
pub(crate) mod root;
pub(crate) mod segment;
#[cfg(feature = "tracing")]
pub(crate) mod shared_span;
pub(crate) mod shield;
pub(crate) mod sites;
pub(crate) mod slot;
pub(crate) mod span;
pub(crate) mod summary;
pub(crate) mod sync;
pub(crate) mod tags;
pub(crate) mod task;
pub(crate) mod text;
pub(crate) mod threads;
#[cfg(not(feature = "autostart"))]
pub(crate) mod unheard;
#[cfg(feature = "tracing")]
pub(crate) mod visits;
pub(crate) mod waits;
