//! The data of a flow: records of its spans, and everything else that is known of them.

pub(crate) mod answers;
pub(crate) mod attributes;
pub(crate) mod error_kinds;
pub(crate) mod error_paths;
pub(crate) mod error_query;
pub(crate) mod errors;
pub(crate) mod judged_errors;
pub(crate) mod parting;
pub(crate) mod record;
pub(crate) mod recorded;
pub(crate) mod records;
pub(crate) mod scalar;
pub(crate) mod spare_records;
pub(crate) mod summary;
pub(crate) mod tags;
#[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "some of it is for bridges to other libraries"))]
pub(crate) mod updates;
pub(crate) mod waits;
