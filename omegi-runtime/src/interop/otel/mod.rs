//! OpenTelemetry's API, recorded straight into the flow: spans that any library makes through it
//! nest below the functions that call it, and the functions that it calls below them.
//!
//! [`init`](crate::init) makes omegi the program's tracer provider: libraries need nothing of this
//! module. It is for programs that build a provider, a propagator or a logger by hand.
//!
//! ```
//! # use omegi_runtime as omegi;
//! use opentelemetry::global;
//! use opentelemetry::trace::Tracer as _;
//!
//! let _omegi = omegi::init();
//! global::tracer("shop").in_span("checkout", |_| {
//!     // Functions called here are below the span `checkout`; their own spans are below them.
//! });
//! ```
//!
//! omegi uses the API alone, not OpenTelemetry's SDK: a span is recorded once, is kept if its flow
//! is, and is exported with it. An error is its status (`Status::error`), which keeps the flow.
//! Lists among its attributes become text. [`flush`](crate::flush) exports everything that is
//! decided.

mod context;
mod logs;
mod propagator;
mod provider;
mod span;
mod values;

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::global;

pub use context::otel_context;
pub use logs::{Logger, LoggerProvider};
pub use propagator::Propagator;
pub use provider::{Tracer, TracerProvider, tracer_provider};
pub use span::Span;

/// Watches OpenTelemetry's current span from now on. If `install`, makes omegi the program's tracer
/// provider.
pub(crate) fn start(install: bool) {
    static INSTALLED: AtomicBool = AtomicBool::new(false);
    context::watch();
    // A forked process has the provider of the other one. OpenTelemetry's lock may be stuck there.
    if install && !INSTALLED.swap(true, Ordering::Relaxed) {
        global::set_tracer_provider(tracer_provider());
    }
}
