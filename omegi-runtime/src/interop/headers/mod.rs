//! Traces between services: headers to a [`TraceContext`](crate::vocabulary::TraceContext), and
//! back.
//!
//! [`carrier`] defines headers, of requests, messages or anything else. [`propagators`] runs the
//! formats that `OTEL_PROPAGATORS` names, each in a file of its own. All of them read headers by
//! [`read`], which bounds their size and counts those that it ignores. A [`response`] reports that
//! a flow is kept.

mod carrier;
mod text_map;

#[cfg(feature = "enable")]
mod b3;
#[cfg(feature = "enable")]
mod baggage;
#[cfg(feature = "enable")]
mod ids;
#[cfg(feature = "enable")]
mod jaeger;
#[cfg(feature = "enable")]
mod propagators;
#[cfg(feature = "enable")]
mod read;
#[cfg(feature = "enable")]
mod response;
#[cfg(all(test, feature = "enable"))]
mod testing;
#[cfg(feature = "enable")]
mod trace_context;
#[cfg(feature = "enable")]
mod traceparent;

pub use carrier::{Headers, HeadersMut};
#[cfg(feature = "enable")]
pub use propagators::{extract_with, fields, inject_with};
#[cfg(feature = "enable")]
pub use response::{kept_response, says_kept};
