//! omegi's client for [OTLP]: gRPC, or HTTP with protobuf or JSON, with or without TLS.
//!
//! A [`Client`] sends the bytes of a request until the backend answers for good, and returns the
//! answer or a [`SendError`] with the delay that the backend asks for. It knows neither omegi's
//! flows nor its settings: the exporters in `omegi-runtime` write the messages and explain the
//! errors. `opentelemetry-otlp` is not used (ADR 10).
//!
//! Without the feature `enable`, only the types of its configuration are here.
//!
//! [OTLP]: https://opentelemetry.io/docs/specs/otlp/

#[cfg(feature = "enable")]
mod client;
#[cfg(feature = "enable")]
mod config_error;
#[cfg(feature = "enable")]
mod connection;
#[cfg(feature = "enable")]
mod connector;
#[cfg(feature = "enable")]
mod credentials;
#[cfg(feature = "enable")]
mod endpoint;
#[cfg(feature = "enable")]
mod json;
#[cfg(feature = "enable")]
mod over_grpc;
#[cfg(feature = "enable")]
mod over_http;
#[cfg(feature = "enable")]
mod partial_success;
#[cfg(feature = "enable")]
mod protobuf;
#[cfg(feature = "enable")]
mod proxy;
#[cfg(feature = "enable")]
mod reactor;
#[cfg(feature = "enable")]
mod retries;
#[cfg(feature = "enable")]
mod send_error;
#[cfg(feature = "enable")]
mod sender;
#[cfg(feature = "enable")]
mod signal;
#[cfg(feature = "enable")]
mod size_errors;
#[cfg(feature = "enable")]
mod tls;
#[cfg(feature = "enable")]
mod transport;

pub use omegi_config::{Compression, OtlpConfig, OtlpProtocol};

#[cfg(feature = "enable")]
pub use {
    client::Client,
    config_error::{ConfigError, HeaderPart, TlsFile},
    credentials::mask_credentials,
    send_error::SendError,
    signal::Signal,
};
