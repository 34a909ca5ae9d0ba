//! The vocabulary that every other group of the runtime uses.
//!
//! It does not depend on recording, deciding and exporting. [`CallSite`] describes an instrumented
//! function, and [`Outcome`] the end of one of its calls. [`TraceId`] and [`SpanId`] are names. An
//! exporter receives a [`Flow`]: all the spans of one trace in this process, resolved. A
//! [`TraceContext`] travels from one service to the next.

#[cfg(feature = "enable")]
pub(crate) mod attribute_names;
mod baggage;
#[cfg(feature = "enable")]
pub(crate) mod call_site;
#[cfg(feature = "enable")]
pub(crate) mod call_speed;
#[cfg(feature = "enable")]
pub(crate) mod clock;
#[cfg(feature = "enable")]
pub(crate) mod counters;
#[cfg(feature = "enable")]
pub(crate) mod decision;
#[cfg(feature = "enable")]
mod error_allowance;
mod error_report;
mod error_seen;
#[cfg(feature = "enable")]
pub(crate) mod file_lock;
mod flow;
mod health;
mod id;
#[cfg(feature = "enable")]
pub(crate) mod invisible;
mod kind;
mod location;
mod outcome;
#[cfg(feature = "enable")]
pub(crate) mod per_process;
pub(crate) mod percent;
#[cfg(feature = "enable")]
pub(crate) mod private_files;
#[cfg(feature = "enable")]
pub(crate) mod profile;
#[cfg(feature = "enable")]
pub(crate) mod say;
#[cfg(feature = "enable")]
pub(crate) mod signal_handler;
mod trace_context;
mod trace_state;
#[cfg(feature = "enable")]
mod type_path;
#[cfg(feature = "enable")]
pub(crate) mod unlocked;
mod value;

pub use baggage::{Baggage, BaggageEntry};
#[cfg(feature = "enable")]
pub use call_site::CallSite;
#[cfg(feature = "enable")]
pub(crate) use error_report::ErrorTextRef;
pub use error_report::{ErrorReport, ErrorText, PathStep};
pub use error_seen::ErrorSeen;
pub use flow::{Event, Flow, Link, Resource, Span, Status};
pub use health::{ExporterHealth, Health};
pub use id::{SpanId, TraceId};
pub use kind::SpanKind;
pub use location::Location;
pub use outcome::Outcome;
pub use trace_context::TraceContext;
pub use trace_state::TraceState;
pub use value::{Attribute, Value};
