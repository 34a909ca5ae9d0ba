//! Settings: read once, checked, and resolved to one plain value.
//!
//! A value takes one path. A file for each group of settings declares its [`variable`]s, each with
//! the type of its value, its parser and its check; the [`table`] lists all of them. A [`reader`]
//! looks a variable up under each of its names, in the environment and in [`code`], and returns a
//! value of its type or reports a [`Problem`]. [`config`] puts the values together as [`Settings`].
//! A bad value never stops the program.
//!
//! `starting/launch.rs` calls [`mod@env`], which resolves all settings once. `starting/start.rs`
//! hands them on, by groups where they have one: to the recorder, to the decision, to the pipelines
//! and exporters. No other part of the runtime reads a setting.
//!
//! All of that is pure: it sees a lookup function, not the process. Only [`mod@env`] reads the
//! process's environment.
//!
//! Without the cargo feature `enable`, only the types remain that a user's program may name.

mod choices;
#[cfg(feature = "enable")]
mod code;
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
mod errors;
#[cfg(feature = "enable")]
mod exceptions;
#[cfg(feature = "enable")]
mod exporters;
#[cfg(feature = "enable")]
mod file;
#[cfg(feature = "enable")]
mod general;
mod init_error;
#[cfg(feature = "enable")]
mod json;
#[cfg(feature = "enable")]
mod kafka;
#[cfg(feature = "enable")]
mod limits;
#[cfg(feature = "enable")]
mod lists;
#[cfg(feature = "enable")]
mod masking;
#[cfg(feature = "enable")]
#[cfg_attr(not(any(feature = "otlp", test)), expect(dead_code, reason = "sent over OTLP alone"))]
mod metrics;
#[cfg(feature = "enable")]
mod origins;
#[cfg(feature = "enable")]
mod otlp;
#[cfg(feature = "enable")]
mod pairs;
#[cfg(feature = "enable")]
mod parsed;
#[cfg(feature = "enable")]
mod parsing;
#[cfg(feature = "enable")]
mod patterns;
#[cfg(feature = "enable")]
mod printing;
mod problem;
#[cfg(feature = "enable")]
mod program;
#[cfg(feature = "enable")]
mod propagators;
#[cfg(feature = "enable")]
mod proxies;
#[cfg(feature = "enable")]
mod reader;
#[cfg(feature = "enable")]
mod recording;
#[cfg(feature = "enable")]
mod resource;
#[cfg(feature = "enable")]
mod run_bounds;
#[cfg(feature = "enable")]
mod sampling;
#[cfg(feature = "enable")]
mod secret;
#[cfg(feature = "enable")]
mod suggestion;
#[cfg(feature = "enable")]
mod table;
#[cfg(all(test, feature = "enable"))]
mod tests;
#[cfg(feature = "enable")]
mod trimming;
#[cfg(feature = "enable")]
mod unknown;
#[cfg(feature = "enable")]
mod unsupported;
#[cfg(feature = "enable")]
mod variable;
#[cfg(feature = "enable")]
mod words;
#[cfg(feature = "enable")]
mod woven;

pub use choices::{
    ArgumentMode, ClockMode, Compression, ConsoleFormat, ConsoleStream, CountedErrors, ExporterKind,
    FileSync, KafkaEncoding, KafkaSecurity, OtlpProtocol, Propagator, Sampler, SaslMechanism,
};
#[cfg(all(feature = "enable", not(feature = "kafka")))]
pub(crate) use exporters::KAFKA_IS_NOT_BUILT_IN;
#[cfg(all(feature = "enable", not(feature = "otlp")))]
pub(crate) use exporters::OTLP_IS_NOT_BUILT_IN;
#[cfg(feature = "enable")]
pub use file::FileConfig;
pub use init_error::InitError;
#[cfg(all(feature = "enable", feature = "otlp"))]
pub(crate) use metrics::Temporality;
pub use problem::{Problem, SettingsError};
#[cfg(feature = "enable")]
pub(crate) use {
    code::{CodeSettable, CodeValues},
    config::Settings,
    console::{ConsoleSettings, Destination},
    errors::{ERROR_LIMIT, ERRORS, IgnoredErrors},
    exporters::EXPORTER_KIND,
    general::{
        ARGS, DEFAULT_MEMORY, FLOW_OPEN, FLOW_WAIT, FLUSH_TIMEOUT, MEMORY, SIGNALS, SPOOL, SPOOL_SIZE, TOKEN,
    },
    json::text_members,
    limits::Limits,
    masking::Masking,
    metrics::{METRICS_EXPORTER, MetricExporter},
    printing::MASK,
    propagators::PROPAGATORS,
    recording::RecordingSettings,
    resource::{Detector, ResourceSettings, SERVICE_NAME},
    run_bounds::RunBounds,
    sampling::{FLOW_RATE, FlowRate, HeadSampling, SAMPLER, SAMPLER_ARG},
    secret::SecretText,
    variable::Variable,
    words::Word,
};
#[cfg(feature = "enable")]
pub use {
    exporters::exporters_by, table::markdown_table, trimming::trimmed,
    unsupported::markdown_table_of_unsupported, woven::describe_program,
};
