//! Tools for instrumenting a library: a web framework, a client, a queue.
//!
//! A [`LibraryCallSite`] is a static that describes one operation of the library. Starting it opens
//! a span, which is active on this thread. Give the span to the future or body that continues the
//! operation: an [`Instrumented`] value is inside its span whenever it is polled, and ends the span
//! with its last poll. Dropped before that, the operation was cancelled.
//!
//! Traces travel between services by [`propagation`](crate::propagation): [`inject`] writes the
//! active span into a request, and [`tell_kept`] reports in a response that a flow is kept.
//!
//! ```
//! # use omegi_runtime as omegi;
//! use std::collections::HashMap;
//! use std::future::Future;
//!
//! use omegi::SpanKind;
//! use omegi::instrumentation::{Instrumented, LibraryCallSite};
//!
//! static RECEIVE: LibraryCallSite =
//!     LibraryCallSite::new("shop_queue", "Consumer::receive", SpanKind::Consumer);
//!
//! /// Handles a message inside a span that continues the sender's trace.
//! fn handle<F: Future>(
//!     headers: &HashMap<String, String>,
//!     handler: impl FnOnce() -> F,
//! ) -> Instrumented<F> {
//!     let mut span = RECEIVE.start_from_headers(headers);
//!     span.active().set_attribute("messaging.system", "shop_queue");
//!     span.instrument(handler())
//! }
//! # drop(handle(&HashMap::new(), || async {}));
//! ```
//!
//! This module exists with the feature `enable` alone. A crate that instruments a library has a
//! feature of its own that switches it on, and without it passes everything on unchanged.
//!
//! [`inject`]: crate::propagation::inject
//! [`tell_kept`]: crate::propagation::tell_kept

mod active_span;
mod call_site;
mod instrumented;
mod names;
mod started_span;

pub use super::user_code::call_user_code;
pub use active_span::ActiveSpan;
pub use call_site::LibraryCallSite;
pub use instrumented::{AfterPoll, Instrumented};
pub use names::{MASK, is_secret, known_http_method};
pub use started_span::StartedSpan;
