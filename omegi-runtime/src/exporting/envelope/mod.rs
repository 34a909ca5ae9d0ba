//! The envelope of OTLP's messages: resource, scope and attributes, in each encoding.

pub(super) mod json;
#[cfg(any(feature = "otlp", feature = "kafka"))]
pub(super) mod protobuf;

/// The name and version of the instrumentation scope.
const SCOPE: [&str; 2] = ["omegi", env!("CARGO_PKG_VERSION")];

/// A message to send. Displays as JSON on one line.
#[cfg(any(feature = "otlp", feature = "kafka"))]
pub(super) trait OtlpMessage: std::fmt::Display {
    /// The message in protobuf.
    fn to_protobuf(&self) -> Vec<u8>;
}
