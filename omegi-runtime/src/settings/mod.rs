//! What a deployer sets: read once, checked, and turned into one plain value.
//!
//! A value goes one way. [`variables`] is the table of everything that can be set. A [`reader`] looks a
//! variable up under each of its names and hands the text to a parser; the parsers ([`parsing`], [`pairs`],
//! [`endpoint`] …) turn text into a value or say in one phrase what is wrong with it. [`config`] puts the
//! values together as [`Settings`], and what was wrong comes back beside them as a list of [`Problem`]s: a
//! bad value never stops the program.
//!
//! All of that is pure: it sees a lookup function, not the process. Only [`mod@env`] reads the process's
//! environment.
//!
//! Where the cargo feature `enable` is off, only the words are left that a user's program may name.

mod choices;
#[cfg(feature = "enable")]
mod config;
#[cfg(feature = "enable")]
mod console;
#[cfg(feature = "enable")]
mod diagnostics;
#[cfg(feature = "enable")]
mod endpoint;
#[cfg(feature = "enable")]
pub(crate) mod env;
#[cfg(feature = "enable")]
mod exceptions;
#[cfg(feature = "enable")]
mod exporters;
#[cfg(feature = "enable")]
mod file;
#[cfg(feature = "enable")]
mod ignored_errors;
mod init_error;
#[cfg(feature = "enable")]
mod json;
#[cfg(feature = "enable")]
#[cfg_attr(not(feature = "kafka"), expect(dead_code, reason = "read by the Kafka exporter alone"))]
mod kafka;
#[cfg(feature = "enable")]
mod limits;
#[cfg(feature = "enable")]
mod masking;
#[cfg(feature = "enable")]
#[cfg_attr(not(any(feature = "otlp", test)), expect(dead_code, reason = "sent over OTLP alone"))]
mod metrics;
#[cfg(feature = "enable")]
mod modes;
#[cfg(feature = "enable")]
mod origins;
#[cfg(feature = "enable")]
#[cfg_attr(not(any(feature = "otlp", test)), expect(dead_code, reason = "read by the OTLP exporter alone"))]
mod otlp;
#[cfg(feature = "enable")]
mod pairs;
#[cfg(feature = "enable")]
mod parsing;
#[cfg(feature = "enable")]
mod patterns;
mod problem;
#[cfg(feature = "enable")]
mod program;
#[cfg(feature = "enable")]
mod propagators;
#[cfg(feature = "enable")]
mod reader;
#[cfg(feature = "enable")]
mod rejection;
#[cfg(feature = "enable")]
mod resource;
#[cfg(feature = "enable")]
mod sampling;
#[cfg(feature = "enable")]
mod secret;
#[cfg(feature = "enable")]
mod suggestion;
#[cfg(all(test, feature = "enable"))]
mod tests;
#[cfg(feature = "enable")]
mod unheeded;
#[cfg(feature = "enable")]
mod unknown;
#[cfg(feature = "enable")]
mod url;
#[cfg(feature = "enable")]
mod variables;

pub use choices::{
    ArgumentMode, ClockMode, Compression, ConsoleFormat, ConsoleStream, CountedErrors, ExporterKind,
    FileSync, KafkaEncoding, KafkaSecurity, OtlpProtocol, Propagator, Sampler, SaslMechanism,
};
pub use init_error::InitError;
#[cfg(all(feature = "enable", feature = "kafka"))]
pub(crate) use kafka::{KafkaSettings, OWN_PROPERTIES};
#[cfg(all(test, feature = "enable"))]
pub(crate) use modes::FlowRate;
pub use problem::{Problem, SettingsError};
#[cfg(feature = "enable")]
pub(crate) use {
    config::Settings,
    console::{ConsoleSettings, Destination},
    file::FileSettings,
    ignored_errors::IgnoredErrors,
    json::text_members,
    limits::Limits,
    masking::Masking,
    resource::{Detector, ResourceSettings},
    sampling::HeadSampling,
    secret::{MASK, SecretText},
};
#[cfg(all(feature = "enable", feature = "otlp"))]
pub(crate) use {
    json::list_of_texts as json_texts,
    metrics::{MetricSettings, Temporality},
    otlp::OtlpSettings,
    parsing::NO_LIMIT,
    url::without_credentials,
};
#[cfg(feature = "enable")]
pub use {unheeded::markdown_table_of_unheeded, variables::markdown_table};
