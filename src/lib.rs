//! **omegi**: automatic instrumentation for Rust. One attribute on a module, and every function in it opens a span and
//! records its errors; every flow that fails is kept whole, with the way its error took.
//!
//! ```
//! #[omegi::instrument_crate]
//! mod orders {
//!     #[derive(Debug)]
//!     pub struct NoSuchItem(u32);
//!
//!     pub fn place(items: &[u32]) -> Result<u32, NoSuchItem> {
//!         let mut total = 0;
//!         for item in items {
//!             total += price(*item)?;
//!         }
//!         Ok(total)
//!     }
//!
//!     fn price(item: u32) -> Result<u32, NoSuchItem> {
//!         if item < 100 { Ok(item * 3) } else { Err(NoSuchItem(item)) }
//!     }
//! }
//!
//! let _omegi = omegi::init(); // reads OMEGI_* and OTEL_*; exports what is left when it is dropped
//! assert_eq!(orders::place(&[1, 2]).unwrap(), 9);
//! assert!(orders::place(&[1, 200]).is_err());
//! ```
//!
//! Modules in files are woven by [`instrument_modules!`], any function, `impl` or trait by [`traced`](macro@traced).
//!
//! # What happens in a call
//!
//! The attribute makes one `static` for each function, its *call site*, and puts a guard into its body. What the guard
//! does when it is made and when it is dropped is all that a call costs: it takes the next slot of a buffer that
//! belongs to the thread, writes 32 bytes, and completes them at the end. No allocation, no lock, no id, no text.
//!
//! A call made outside of all others is the *root* of a *flow*; all calls until it ends belong to that flow. At its
//! root's end it is decided, on the same thread, whether anybody will want to see it: 1 in N flows is kept by its trace
//! id (`OMEGI_FLOW_RATE`), and every flow in which a function returned an error or panicked. The buffer of a flow that
//! is not kept is used again at once. A kept flow goes to omegi's one thread, which looks up names, derives ids, turns
//! clock ticks into time, and calls the exporters.
//!
//! # What an error's path is
//!
//! The function that first returns an error is its *origin*; every function that passes the error on adds a step, with
//! the file and line of the `?`. The error is told once, at its origin, with its message and its causes; the spans that
//! it passed have the status ERROR. Where it turned into another error on its way (`map_err`, `From`), the path says
//! what it became.
//!
//! # OpenTelemetry
//!
//! With the feature `otel`, [`init`] makes omegi the program's OpenTelemetry tracer provider. A span that a library makes through
//! the API is recorded where the functions are: it nests below the function that made it, the functions that it calls nest below
//! it, and it is kept and exported with the flow. A status that says *error* has the flow kept, as an error does that a function
//! returns. Nothing has to be called for that; `otel_context` and the module `otel` are for who hands contexts on by hand.
//! # Beside `tracing`
//!
//! With the feature `tracing`, `omegi::tracing_layer()` is a layer for a `tracing_subscriber` registry: spans of `tracing` become
//! spans of the flow, below the function that makes them and above those that are called in them, and events become
//! events. Filters and other layers work beside it as beside any.
//!
//! # The cargo feature `enable`
//!
//! Off, the attributes return their item untouched and everything in this crate is an empty function: the program is
//! the one that was written, to the machine code. So depend on omegi always, and switch it on by a feature of your own:
//!
//! ```toml
//! [dependencies]
//! omegi = "0.1"
//!
//! [features]
//! trace = ["omegi/enable"]
//! ```

pub use omegi_macros::{instrument_crate, instrument_modules, traced, untraced};
pub use omegi_runtime::{
    ArgumentMode, Attribute, Baggage, BaggageEntry, Builder, ClockMode, Compression, ConsoleFormat,
    ConsoleStream, CountedErrors, Current, ErrorReport, ErrorSeen, ErrorText, Event, ExportError, Exporter,
    ExporterHealth, ExporterKind, FileSync, Flow, Guard, Health, InitError, KafkaEncoding, KafkaSecurity,
    Link, Location, OtlpProtocol, Outcome, PathStep, Problem, Propagator, Refusal, Resource, Retry, Sampler,
    SaslMechanism, Secret, SettingsError, Span, SpanId, SpanKind, Status, TraceContext, TraceId, TraceState,
    Value, builder, current, flush, health, in_flow, in_trace, init, propagation, tag,
};

#[cfg(all(feature = "enable", feature = "otel"))]
pub use omegi_runtime::otel;
#[cfg(feature = "otel")]
pub use omegi_runtime::otel_context;
#[cfg(feature = "enable")]
pub use omegi_runtime::{
    ConsoleExporter, FileConfig, FileExporter, InFlow, MemoryExporter, Work, instrumentation,
};
#[cfg(all(feature = "enable", feature = "kafka"))]
pub use omegi_runtime::{KafkaConfig, KafkaExporter, KafkaLogin};
#[cfg(all(feature = "enable", feature = "otlp"))]
pub use omegi_runtime::{OtlpConfig, OtlpExporter};

#[cfg(feature = "tracing")]
pub use omegi_runtime::{TracingLayer, tracing_layer};

#[cfg(all(feature = "enable", feature = "otlp"))]
#[doc(hidden)]
pub use omegi_runtime::markdown_table_of_metrics;
#[cfg(feature = "enable")]
#[doc(hidden)]
pub use omegi_runtime::{markdown_table, markdown_table_of_unsupported, private};
