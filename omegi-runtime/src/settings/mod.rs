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
mod endpoint;
#[cfg(feature = "enable")]
pub(crate) mod env;
#[cfg(feature = "enable")]
mod exporters;
#[cfg(feature = "enable")]
mod json_list;
#[cfg(feature = "enable")]
#[cfg_attr(not(any(feature = "kafka", test)), expect(dead_code, reason = "read by the Kafka exporter alone"))]
mod kafka;
#[cfg(feature = "enable")]
mod masking;
#[cfg(feature = "enable")]
mod modes;
#[cfg(feature = "enable")]
#[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "read by the OTLP exporter alone"))]
mod otlp;
#[cfg(feature = "enable")]
mod pairs;
#[cfg(feature = "enable")]
mod parsing;
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
mod secret;
#[cfg(feature = "enable")]
mod suggestion;
#[cfg(all(test, feature = "enable"))]
mod tests;
#[cfg(feature = "enable")]
mod variables;

pub use choices::{
    ArgumentMode, ClockMode, Compression, ConsoleFormat, ConsoleStream, ExporterKind, KafkaEncoding,
    KafkaSecurity, OtlpProtocol, Propagator, SaslMechanism,
};
#[cfg(all(feature = "enable", feature = "otlp"))]
pub(crate) use otlp::OtlpSettings;
pub use problem::{Problem, SettingsError};
#[cfg(feature = "enable")]
pub use variables::markdown_table;
#[cfg(feature = "enable")]
pub(crate) use {
    config::Settings,
    console::{ConsoleSettings, Destination},
    masking::Masking,
    modes::FlowRate,
    secret::MASK,
};
#[cfg(all(feature = "enable", feature = "kafka"))]
pub(crate) use {kafka::KafkaSettings, secret::SecretText};
