//! What a user of the builder chooses between.
//!
//! Imports nothing, and is there also where the cargo feature `enable` is off: a program that names these
//! words has to compile either way.

/// Whether arguments and return values are recorded where a function does not say for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ArgumentMode {
    /// They are not.
    #[default]
    Off,
    /// In flows that are kept whatever happens: which flows those are is known when they begin, so the others
    /// pay nothing.
    Sampled,
    /// In every flow.
    Always,
}

impl ArgumentMode {
    /// Whether the arguments of a flow are recorded that is kept whatever happens, or is not.
    #[cfg(feature = "enable")]
    pub(crate) const fn wants(self, sampled: bool) -> bool {
        match self {
            Self::Off => false,
            Self::Sampled => sampled,
            Self::Always => true,
        }
    }
}

/// When the clock is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ClockMode {
    /// At every call in flows that are kept whatever happens, sparsely in the others: there, structure,
    /// outcomes and order are exact, times are not.
    #[default]
    Adaptive,
    /// At the beginning and end of every call.
    Exact,
}

/// For which errors a flow is kept in spite of sampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CountedErrors {
    /// For any that a function returned, or panicked with.
    #[default]
    Any,
    /// For those that nobody handled: they left the root of the flow, or of a task or thread of it.
    Escaped,
}

/// An exporter that can be asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExporterKind {
    /// To the terminal, or to whatever stdout or stderr is.
    Console,
    /// To an OpenTelemetry backend. Needs the cargo feature `otlp`.
    Otlp,
    /// To a file of lines in OTLP's JSON.
    File,
    /// To Kafka. Needs the cargo feature `kafka`.
    Kafka,
}

#[cfg(feature = "enable")]
impl ExporterKind {
    /// The word that asks for it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Otlp => "otlp",
            Self::File => "file",
            Self::Kafka => "kafka",
        }
    }
}

/// A way in which a trace is handed from service to service ([OpenTelemetry], propagators).
///
/// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/context/api-propagators/#propagators-distribution
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagator {
    /// [W3C Trace Context](https://www.w3.org/TR/trace-context-2/): `traceparent` and `tracestate`.
    TraceContext,
    /// [W3C Baggage](https://www.w3.org/TR/baggage/): `baggage`. The trace is another's business.
    Baggage,
    /// [B3](https://github.com/openzipkin/b3-propagation) in the one header `b3`. Both forms are read.
    B3,
    /// [B3](https://github.com/openzipkin/b3-propagation) in `x-b3-traceid` and others. Both forms are read.
    B3Multi,
    /// [Jaeger](https://www.jaegertracing.io/docs/latest/client-libraries/#propagation-format): `uber-trace-id`.
    Jaeger,
}

impl Propagator {
    /// The word that asks for it.
    #[cfg(feature = "enable")]
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::TraceContext => "tracecontext",
            Self::Baggage => "baggage",
            Self::B3 => "b3",
            Self::B3Multi => "b3multi",
            Self::Jaeger => "jaeger",
        }
    }
}

/// Which flows without an error are kept ([OpenTelemetry], built-in samplers). Those with an error always are.
///
/// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/trace/sdk/#built-in-samplers
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sampler {
    /// All.
    AlwaysOn,
    /// None.
    AlwaysOff,
    /// This share of them, from 0 to 1, by their trace id.
    TraceIdRatio(f64),
    /// What the calling service keeps; all of those that begin here.
    ParentBasedAlwaysOn,
    /// What the calling service keeps; none of those that begin here.
    ParentBasedAlwaysOff,
    /// What the calling service keeps; this share of those that begin here.
    ParentBasedTraceIdRatio(f64),
}

#[cfg(feature = "enable")]
impl Sampler {
    /// The word that asks for it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::AlwaysOn => "always_on",
            Self::AlwaysOff => "always_off",
            Self::TraceIdRatio(_) => "traceidratio",
            Self::ParentBasedAlwaysOn => "parentbased_always_on",
            Self::ParentBasedAlwaysOff => "parentbased_always_off",
            Self::ParentBasedTraceIdRatio(_) => "parentbased_traceidratio",
        }
    }

    /// The share that it keeps by trace id, if it does.
    pub(crate) const fn ratio(self) -> Option<f64> {
        match self {
            Self::TraceIdRatio(ratio) | Self::ParentBasedTraceIdRatio(ratio) => Some(ratio),
            _ => None,
        }
    }
}

/// What the console exporter prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleFormat {
    /// Each flow as an indented tree, for people.
    Tree,
    /// One JSON object a span and line, for programs.
    Json,
}

/// Where the console exporter prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleStream {
    /// The standard output.
    Stdout,
    /// The standard error.
    Stderr,
}

/// How flows are written for an OpenTelemetry backend ([OTLP]).
///
/// [OTLP]: https://opentelemetry.io/docs/specs/otlp/
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtlpProtocol {
    /// Protobuf over HTTP: `http/protobuf`.
    HttpProtobuf,
    /// JSON over HTTP: `http/json`.
    HttpJson,
    /// gRPC: `grpc`.
    Grpc,
}

/// When the file exporter asks the system to write down what it has been given (`fsync`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FileSync {
    /// Never: what the system has not written yet is lost with the machine, not with the process.
    #[default]
    Never,
    /// After each batch of flows.
    Batch,
}

/// How OTLP requests are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// With gzip.
    Gzip,
}

/// What Kafka messages hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KafkaEncoding {
    /// JSON as Omegi's collect server reads it, flows with an error and others to topics of their own: `omegi`.
    Omegi,
    /// OTLP's `TracesData` as protobuf, which the OpenTelemetry Collector's Kafka receiver reads: `otlp_proto`.
    OtlpProto,
}

/// How connections to Kafka are protected (librdkafka's `security.protocol`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KafkaSecurity {
    /// Not at all: `plaintext`.
    Plaintext,
    /// By TLS: `ssl`.
    Ssl,
    /// By a login that travels in the open: `sasl_plaintext`.
    SaslPlaintext,
    /// By TLS and a login: `sasl_ssl`.
    SaslSsl,
}

/// How one logs in to Kafka ([IANA's SASL mechanisms]).
///
/// [IANA's SASL mechanisms]: https://www.iana.org/assignments/sasl-mechanisms/sasl-mechanisms.xhtml
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaslMechanism {
    /// The password as it is: `PLAIN`.
    Plain,
    /// A proof that one knows the password: `SCRAM-SHA-256`.
    ScramSha256,
    /// A proof that one knows the password: `SCRAM-SHA-512`.
    ScramSha512,
}
