//! The role of a span.

/// A span's role in a trace
/// ([OpenTelemetry](https://opentelemetry.io/docs/specs/otel/trace/api/#spankind)).
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{Flow, SpanKind};
///
/// /// Returns whether the flow began with a request.
/// fn is_request(flow: &Flow) -> bool {
///     flow.root().is_some_and(|root| root.kind == SpanKind::Server)
/// }
/// assert_eq!(SpanKind::default(), SpanKind::Internal);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum SpanKind {
    /// An operation inside the process.
    #[default]
    Internal,
    /// The handling of a request.
    Server,
    /// A request to another service.
    Client,
    /// The sending of a message.
    Producer,
    /// The handling of a message.
    Consumer,
}
