//! What OTLP's messages have in common, whatever they carry: the resource, the scope and the attributes, and that they can be
//! written in each form.

pub(super) mod json;
#[cfg(any(feature = "otlp", feature = "kafka"))]
pub(super) mod protobuf;

/// Who made what is carried: the name and version of the instrumentation scope.
const SCOPE: [&str; 2] = ["omegi", env!("CARGO_PKG_VERSION")];

/// A message that can be sent. Displays as JSON on one line.
#[cfg(any(feature = "otlp", feature = "kafka"))]
pub(super) trait OtlpMessage: std::fmt::Display {
    /// The message in protobuf.
    fn to_protobuf(&self) -> Vec<u8>;
}
