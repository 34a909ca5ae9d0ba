//! The runtime of omegi: records spans, keeps the flows that matter, exports them. Knows no macro.
//!
//! Programs depend on the crate `omegi`, which re-exports this one. Each group uses only those
//! above it:
//!
//! | group | purpose |
//! |---|---|
//! | `vocabulary` | ids, time, call sites, outcomes, flows |
//! | `settings` | settings of the deployer, read once and checked |
//! | `recording` | recording on the user's threads |
//! | `deciding` | the decision about flows |
//! | `exporting` | exporters |
//! | `collecting` | omegi's own threads |
//! | `interop` | tasks, other services, other libraries |
//! | `starting` | functions that a program calls once |
//!
//! Without the cargo feature `enable` the same functions exist, and do nothing.

mod exporting;
mod interop;
pub mod propagation;
mod secret;
mod settings;
mod vocabulary;

#[cfg(feature = "enable")]
mod collecting;
#[cfg(feature = "enable")]
mod deciding;
#[cfg(feature = "enable")]
#[doc(hidden)]
pub mod private;
#[cfg(feature = "enable")]
mod recording;
#[cfg(feature = "enable")]
mod starting;

#[cfg(not(feature = "enable"))]
mod off;

#[cfg(all(feature = "enable", feature = "otlp"))]
#[doc(hidden)]
pub use collecting::metering::markdown_table_of_metrics;
#[cfg(feature = "enable")]
#[doc(hidden)]
pub use collecting::spool::read_spool_file;
#[cfg(feature = "enable")]
pub use exporting::{ConsoleExporter, FileExporter, MemoryExporter};
pub use exporting::{ExportError, Exporter, Refusal, Retry};
#[cfg(all(feature = "enable", feature = "kafka"))]
pub use exporting::{KafkaConfig, KafkaExporter, KafkaLogin};
#[cfg(all(feature = "enable", feature = "otlp"))]
pub use exporting::{OtlpConfig, OtlpExporter};
pub use secret::Secret;
#[cfg(feature = "enable")]
pub use settings::FileConfig;
pub use settings::{
    ArgumentMode, ClockMode, Compression, ConsoleFormat, ConsoleStream, CountedErrors, ExporterKind,
    FileSync, InitError, KafkaEncoding, KafkaSecurity, OtlpProtocol, Problem, Propagator, Sampler,
    SaslMechanism, SettingsError,
};
#[cfg(feature = "enable")]
#[doc(hidden)]
pub use settings::{exporters_by, markdown_table, markdown_table_of_unsupported, trimmed};
#[cfg(feature = "enable")]
#[doc(hidden)]
pub use vocabulary::profile::{CallTimes, Profile, ProfileError, ProfiledFunction};
pub use vocabulary::{
    Attribute, Baggage, BaggageEntry, ErrorReport, ErrorSeen, ErrorText, Event, Flow, Link, Location,
    Outcome, PathStep, Resource, Span, SpanId, SpanKind, Status, TraceContext, TraceId, TraceState, Value,
};
pub use vocabulary::{ExporterHealth, Health};

#[cfg(feature = "enable")]
pub use interop::current::{Current, current, tag};
#[cfg(feature = "enable")]
pub use interop::in_flow::{InFlow, Work, in_flow, in_trace};
#[cfg(feature = "enable")]
pub use interop::instrumentation;
#[cfg(all(feature = "enable", feature = "otel"))]
pub use interop::otel::{self, otel_context};
#[cfg(all(feature = "enable", feature = "tracing"))]
pub use interop::tracing::{TracingLayer, tracing_layer};
#[cfg(all(not(feature = "enable"), feature = "otel"))]
pub use off::otel_context;
#[cfg(not(feature = "enable"))]
pub use off::{Builder, Current, Guard, builder, current, flush, health, in_flow, in_trace, init, tag};
#[cfg(all(not(feature = "enable"), feature = "tracing"))]
pub use off::{TracingLayer, tracing_layer};
#[cfg(feature = "enable")]
pub use starting::builder::{Builder, builder, init};
#[cfg(feature = "enable")]
pub use starting::guard::{Guard, flush, health};
