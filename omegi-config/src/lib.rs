//! The types that configure omegi's exporters for OTLP and Kafka, and the rules that mask their
//! secrets.
//!
//! Programs depend on the crate `omegi`, which re-exports these types. They stand in a crate of
//! their own because the settings, the exporters and the transports (`omegi-otlp`, `omegi-kafka`)
//! share them, with any set of features. This crate has no dependencies and no features.
//!
//! ```
//! use omegi_config::{OtlpConfig, OtlpProtocol};
//!
//! let config = OtlpConfig::new(OtlpProtocol::Grpc, "http://me:hunter2@collector:4317");
//! let shown = format!("{config:?}");
//! assert!(!shown.contains("hunter2"));
//! ```

mod kafka;
mod masking;
mod otlp;
mod url;

pub use kafka::{
    KafkaConfig, KafkaEncoding, KafkaLogin, KafkaSecurity, RESERVED_KAFKA_PROPERTIES, SaslMechanism,
};
pub use masking::{MASK, mask_secrets};
pub use otlp::{Compression, OtlpConfig, OtlpProtocol};
pub use url::{UrlParts, is_host_and_port, is_loopback, without_credentials};
