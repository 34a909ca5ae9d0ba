//! Traces between services: headers to a [`TraceContext`](crate::vocabulary::TraceContext), and back.
//!
//! [`carrier`] says what headers are, to whom they belong is all the same. [`propagators`] runs what `OTEL_PROPAGATORS`
//! names, one file for each format. What others send is read through [`reading`] only, which bounds it and counts what is
//! not read. A response goes the other way ([`response`]): it says that a flow is kept.

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
mod reading;
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
