//! A view of a flow for the exporters that people read.

mod attributes;
mod children;
mod kind;
mod span_errors;
mod summary;
mod unrecorded_error;
mod waiting;

pub(super) use attributes::{named, returned};
pub(super) use children::Children;
pub(super) use kind::kind_suffix;
pub(super) use span_errors::{SpanError, SpanErrors};
pub(super) use summary::CallSummary;
pub(super) use unrecorded_error::UnrecordedError;
pub(super) use waiting::{cancelled_at, idle_ns};
