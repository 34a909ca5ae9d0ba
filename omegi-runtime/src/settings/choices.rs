//! The enumerations of the public settings.
//!
//! They import nothing of this crate and are compiled without the cargo feature `enable` too: a
//! program that names them compiles either way.

pub use omegi_config::{Compression, KafkaEncoding, KafkaSecurity, OtlpProtocol, SaslMechanism};

/// The recording of arguments and return values of functions whose attribute does not set it.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::ArgumentMode;
///
/// // Functions record their arguments in 1 of 10 flows.
/// let builder = omegi::builder().flow_rate(10).arguments(ArgumentMode::Sampled);
/// # let _ = builder;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ArgumentMode {
    /// Not recorded.
    #[default]
    Off,
    /// Recorded in flows that sampling keeps. Those are known when they begin, so the others cost
    /// nothing.
    Sampled,
    /// Recorded in every flow.
    Always,
}

impl ArgumentMode {
    /// Returns whether arguments are recorded in a flow that is `sampled` or is not.
    #[cfg(feature = "enable")]
    pub(crate) const fn wants(self, sampled: bool) -> bool {
        match self {
            Self::Off => false,
            Self::Sampled => sampled,
            Self::Always => true,
        }
    }
}

/// The times at which the clock is read.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::ClockMode;
///
/// // A test compares durations, so none may be estimated.
/// let builder = omegi::builder().clock(ClockMode::Exact);
/// # let _ = builder;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ClockMode {
    /// At every call in flows that sampling keeps, sparsely in the others: their structure,
    /// outcomes and order are exact, the times of their fast calls are estimated.
    #[default]
    Adaptive,
    /// At the beginning and end of every call.
    Exact,
}

/// The errors for which a flow is kept in spite of sampling.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::CountedErrors;
///
/// // Errors that the program handles are no reason to keep a flow.
/// let builder = omegi::builder().counted_errors(CountedErrors::Escaped);
/// # let _ = builder;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CountedErrors {
    /// All errors, except one that ends as an answer that blames the caller (HTTP 4xx, the client
    /// codes of gRPC), and expected ones: they begin in a function that often fails, and were
    /// always handled. The first flows of each such kind are kept, and then one a minute.
    #[default]
    Auto,
    /// All errors that a function returned or panicked with.
    Any,
    /// Unhandled errors: they left the root of the flow, or of a task or thread of it.
    Escaped,
}

/// An exporter of omegi's own.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::ExporterKind;
///
/// // Flows go to the console and to the file of `OMEGI_FILE_PATH`.
/// let builder = omegi::builder().export_to(&[ExporterKind::Console, ExporterKind::File]);
/// # let _ = builder;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExporterKind {
    /// To stdout, stderr or a file, for people or as JSON.
    Console,
    /// To an OpenTelemetry backend. Needs the cargo feature `otlp`.
    Otlp,
    /// To a file of lines in OTLP's JSON.
    File,
    /// To Kafka. Needs the cargo feature `kafka`.
    Kafka,
}

/// A format of the headers that carry a trace from service to service ([OpenTelemetry],
/// propagators).
///
/// ```
/// # use omegi_runtime as omegi;
/// use std::collections::HashMap;
///
/// use omegi::propagation::extract_with;
/// use omegi::{Propagator, SpanId};
///
/// let mut headers = HashMap::new();
/// headers.insert("b3".to_owned(), "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1".to_owned());
/// let caller = extract_with(&[Propagator::B3], &headers);
/// # #[cfg(feature = "enable")]
/// assert_eq!(caller.unwrap().span_id, SpanId::from_u64(0xe457_b5a2_e4d8_6bd1));
/// ```
///
/// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/context/api-propagators/#propagators-distribution
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagator {
    /// [W3C Trace Context](https://www.w3.org/TR/trace-context-2/): `traceparent` and `tracestate`.
    TraceContext,
    /// [W3C Baggage](https://www.w3.org/TR/baggage/): `baggage`. It carries no trace.
    Baggage,
    /// [B3](https://github.com/openzipkin/b3-propagation) in the one header `b3`. Both forms are
    /// read.
    B3,
    /// [B3](https://github.com/openzipkin/b3-propagation) in `x-b3-traceid` and others. Both forms
    /// are read.
    B3Multi,
    /// [Jaeger](https://www.jaegertracing.io/docs/latest/client-libraries/#propagation-format):
    /// `uber-trace-id`.
    Jaeger,
}

/// The sampling of flows without an error ([OpenTelemetry], built-in samplers). Flows with an error
/// are kept always.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::Sampler;
///
/// // Follows the decision of the calling service, and keeps 1 % of the flows that begin here.
/// let builder = omegi::builder().sampler(Sampler::ParentBasedTraceIdRatio(0.01));
/// # let _ = builder;
/// ```
///
/// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/trace/sdk/#built-in-samplers
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sampler {
    /// Keeps all.
    AlwaysOn,
    /// Keeps none.
    AlwaysOff,
    /// Keeps this share of them, from 0 to 1, by their trace id.
    TraceIdRatio(f64),
    /// Keeps those that the calling service keeps, and all that begin here.
    ParentBasedAlwaysOn,
    /// Keeps those that the calling service keeps, and none that begin here.
    ParentBasedAlwaysOff,
    /// Keeps those that the calling service keeps, and this share of those that begin here.
    ParentBasedTraceIdRatio(f64),
}

/// The format of the console exporter.
///
/// ```
/// # #[cfg(feature = "enable")] {
/// # use omegi_runtime as omegi;
/// use omegi::{ConsoleExporter, ConsoleFormat, ConsoleStream};
///
/// // A coloured tree of each flow on stderr, whatever `OMEGI_CONSOLE_FORMAT` says.
/// let console = ConsoleExporter::new(ConsoleFormat::Tree, ConsoleStream::Stderr, true);
/// let _omegi = omegi::builder().exporter(console).init();
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleFormat {
    /// Each flow as an indented tree, for people.
    Tree,
    /// Each span as one JSON object on a line, for programs.
    Json,
    /// Each flow as one JSON object on a line that repeats neither the resource nor facts of call
    /// sites, for `cargo omegi show`.
    Compact,
}

/// The stream of the console exporter.
///
/// ```
/// # #[cfg(feature = "enable")] {
/// # use omegi_runtime as omegi;
/// use omegi::{ConsoleExporter, ConsoleFormat, ConsoleStream};
///
/// // The output of the program stays alone on stdout.
/// let console = ConsoleExporter::new(ConsoleFormat::Json, ConsoleStream::Stderr, false);
/// let _omegi = omegi::builder().exporter(console).init();
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleStream {
    /// The standard output.
    Stdout,
    /// The standard error.
    Stderr,
}

/// The times at which the file exporter requests a write of its file to the disk (`fsync`).
///
/// ```
/// # #[cfg(feature = "enable")] {
/// # use omegi_runtime as omegi;
/// use omegi::{FileConfig, FileSync};
///
/// // No exported flow is lost when the machine loses its power.
/// let config = FileConfig { sync: FileSync::Batch, ..FileConfig::new("flows.jsonl") };
/// assert_ne!(config.sync, FileSync::default());
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FileSync {
    /// Never: a crash of the machine loses recent flows, a crash of the process loses none.
    #[default]
    Never,
    /// After each batch of flows.
    Batch,
}
