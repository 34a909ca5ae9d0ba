//! Flows of several segments: their origins, their parts, and the slots in which segments are
//! parked.

pub(crate) mod gathering;
pub(crate) mod opener;
pub(crate) mod origin;
pub(crate) mod shared_flow;
#[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "some of it is for bridges to other libraries"))]
pub(crate) mod slot;
pub(crate) mod sync;
pub(crate) mod watched;
