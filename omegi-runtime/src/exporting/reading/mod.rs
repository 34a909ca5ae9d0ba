//! What the exporters that write for people read out of a flow before they write it.

mod attributes;
mod children;
mod kind;
mod passages;
mod summary;
mod waiting;

pub(super) use attributes::{named, returned};
pub(super) use children::Children;
pub(super) use kind::kind_suffix;
pub(super) use passages::{Passage, Passages};
pub(super) use summary::Summary;
pub(super) use waiting::{cancelled_at, idle_ns};
