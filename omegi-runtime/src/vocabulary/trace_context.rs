//! The trace context that travels between services.

#[cfg(feature = "enable")]
use super::baggage::BaggageEntry;
use super::{Baggage, SpanId, TraceId, TraceState};

/// The trace context of a caller: its trace, its span, and the data that travels along
/// ([OpenTelemetry], `SpanContext`, and baggage).
///
/// Baggage may travel without a trace. [`is_valid`](Self::is_valid) is then `false`.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{SpanId, TraceContext, TraceId};
/// let caller = TraceContext {
///     trace_id: TraceId::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736),
///     span_id: SpanId::from_u64(0x00f0_67aa_0ba9_02b7),
///     sampled: true,
///     ..TraceContext::default()
/// };
/// assert!(caller.is_valid() && !TraceContext::default().is_valid());
/// ```
///
/// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/trace/api/#spancontext
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TraceContext {
    /// The trace; zero if there is none.
    pub trace_id: TraceId,
    /// The calling span; [`SpanId::NONE`] if there is none.
    pub span_id: SpanId,
    /// True if the caller keeps its part of the trace, as far as it knows ([W3C Trace Context],
    /// `sampled`).
    ///
    /// [W3C Trace Context]: https://www.w3.org/TR/trace-context-2/#sampled-flag
    pub sampled: bool,
    /// True if the lower 56 bits of the trace's id are random ([W3C Trace Context],
    /// `random-trace-id`).
    ///
    /// [W3C Trace Context]: https://www.w3.org/TR/trace-context-2/#random-trace-id-flag
    pub random: bool,
    /// The entries of tracing systems about the trace.
    pub state: TraceState,
    /// Names and values of the application.
    pub baggage: Baggage,
}

impl TraceContext {
    /// Returns whether it names a span of a trace.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.trace_id.to_u128() != 0 && self.span_id.is_some()
    }

    /// Returns the memory that it takes, in bytes.
    #[cfg(feature = "enable")]
    pub(crate) fn bytes(&self) -> usize {
        let texts = |entry: &BaggageEntry| entry.key().len() + entry.value().len() + entry.metadata().len();
        let entries = self.baggage.iter().map(|entry| size_of::<BaggageEntry>() + texts(entry));
        size_of::<Self>() + self.state.as_str().len() + entries.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ids_make_a_context_valid() {
        let with = |trace, span| TraceContext {
            trace_id: TraceId::from_u128(trace),
            span_id: SpanId::from_u64(span),
            baggage: Baggage::parse("a=1"),
            ..TraceContext::default()
        };
        assert!(with(1, 1).is_valid());
        assert!(!with(1, 0).is_valid() && !with(0, 1).is_valid() && !with(0, 0).is_valid());
    }
}
