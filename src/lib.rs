//! Automatic instrumentation for Rust: one attribute on a module, and omegi records every call of
//! its functions.
//!
//! Each call becomes a *span*: a name, a beginning and an end. All spans of one request or one job
//! are a *flow*, which other tools call a trace. If a function returns an error, omegi keeps the
//! whole flow, with the lines that the error passed; `OMEGI_ERRORS` knows exceptions. Of the flows
//! without an error, it keeps 1 in 5. Kept flows go to the console, to a file, or to any
//! OpenTelemetry backend.
//!
//! # First steps
//!
//! Depend on omegi, and switch it on by a feature of your own:
//!
//! ```toml
//! [dependencies]
//! omegi = "0.1"
//!
//! [features]
//! trace = ["omegi/enable"]
//! ```
//!
//! Put the attribute on a module, and call [`init`] at the beginning of `main`:
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
//! fn main() {
//!     let _omegi = omegi::init(); // reads OMEGI_* and OTEL_*; dropping it exports the rest
//!     assert_eq!(orders::place(&[1, 2]).unwrap(), 9);
//!     assert!(orders::place(&[1, 200]).is_err());
//! }
//! ```
//!
//! Run it with the feature, and keep all flows for now:
//!
//! ```text
//! OMEGI_FLOW_RATE=1 cargo run --features trace
//! ```
//!
//! A terminal shows each flow as a tree. The tree of the second call ends with the error, the
//! function that it began in, and the line of the `?`.
//!
//! A test can look at the flows themselves:
//!
//! ```
//! # #[cfg(feature = "enable")]
//! # fn main() {
//! #[omegi::traced]
//! fn half(number: u32) -> Result<u32, String> {
//!     if number % 2 == 0 { Ok(number / 2) } else { Err(format!("{number} is odd")) }
//! }
//!
//! let memory = omegi::MemoryExporter::new();
//! let guard = omegi::builder().exporter(memory.clone()).init();
//! assert!(half(7).is_err());
//! drop(guard); // exports the flow
//!
//! let error = &memory.flows()[0].errors[0];
//! assert_eq!(error.message, "7 is odd");
//! assert!(error.path[0].function.ends_with("half"));
//! # }
//! # #[cfg(not(feature = "enable"))]
//! # fn main() {}
//! ```
//!
//! | to instrument | use |
//! |---|---|
//! | a module in its braces | [`instrument_crate`](macro@instrument_crate) |
//! | modules in files | [`instrument_modules!`] |
//! | a function, an `impl` or a trait | [`traced`](macro@traced) |
//! | all but one function | [`untraced`](macro@untraced) on that function |
//! | a whole program, without a change | the command `cargo omegi`, a crate of its own |
//!
//! # With and without `enable`
//!
//! The feature `enable` is off by default. Libraries and programs can depend on omegi always:
//!
//! | | off | on |
//! |---|---|---|
//! | attributes | return their item as it is | weave spans into the functions |
//! | [`init`], [`current`], [`tag`] and others | the same signatures, empty | record and export |
//! | exporters, `instrumentation`, `otel` | are not there | are there |
//! | packages built | omegi's own, and those that `otel`, `tracing`, `stream` and `signals` name | those of the chosen features |
//!
//! Off, the machine code is that of the program as it is written. This documentation shows the
//! crate with all features on.
//!
//! # Features
//!
//! | feature | effect, together with `enable` |
//! |---|---|
//! | `enable` | records; exports to the console, to files, and to exporters of your own |
//! | `otlp` | exports to any OpenTelemetry backend over OTLP, and sends metrics |
//! | `kafka` | exports to Kafka; builds librdkafka from its sources |
//! | `otel` | records the spans that libraries make through OpenTelemetry's API |
//! | `tracing` | records the spans and events of `tracing` |
//! | `signals` | exports at SIGTERM and SIGINT, on request |
//! | `stream` | lets [`in_flow`] take streams |
//! | `autostart` | starts omegi at the first call; for `cargo omegi` |
//!
//! # A call
//!
//! The attribute makes one `static` for each function, its *call site*, and puts a guard into its
//! body. The guard is all that a call costs: it takes the next record of the thread's buffer,
//! writes 32 bytes, and completes them when it is dropped. It makes no allocation, lock, id or
//! text.
//!
//! A call outside of all others is the *root* of a *flow*; all calls until it ends belong to that
//! flow. When the last part of the flow has ended (usually that is the root), the same thread
//! decides whether the flow is kept: 1 in N by the trace id (`OMEGI_FLOW_RATE`), and every flow in
//! which an error or panic counts (`OMEGI_ERRORS`). The buffer of a dropped flow is used again at
//! once. A kept flow goes to a thread of omegi, which looks up names, derives ids, converts clock
//! ticks to time, and calls an exporter.
//!
//! # The path of an error
//!
//! The function that first returns an error is its *origin*. Every function that passes the error
//! on adds a step, with the file and line of the `?`. The origin has the event of the error, with
//! its message and its causes, as it was before a `?` converted it; the spans that the error passed
//! have the status ERROR. Where it became another error (`map_err`, `From`), the step names that.
//!
//! # OpenTelemetry
//!
//! With the feature `otel`, [`init`] makes omegi the program's OpenTelemetry tracer provider. A
//! span that a library makes through the API is part of the flow: it nests below the function that
//! made it, and the functions that it calls nest below it. A status of *error* keeps the flow, as
//! an error does that a function returns. `otel_context` and the module `otel` are for programs
//! that pass contexts on by hand.
//!
//! # `tracing`
//!
//! With the feature `tracing`, `omegi::tracing_layer()` is a layer for a `tracing_subscriber`
//! registry: spans of `tracing` become spans of the flow, below the function that makes them and
//! above those that are called in them, and events become events. Filters and other layers work
//! beside it.
//!
//! # Frameworks
//!
//! Integrations are crates of their own, with the version of their framework: `omegi-axum`,
//! `omegi-tower`, `omegi-tonic`, `omegi-actix-web`, `omegi-reqwest`. They are built on the module
//! `instrumentation`, by which any other library can be instrumented.
//!
//! # The guide
//!
//! The [book](https://github.com/omegi/omegi-rust/tree/main/docs) goes on from here: exporters,
//! sampling, secrets, asynchronous code, tests, and all settings.

#![cfg_attr(docsrs, feature(doc_cfg))]

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
