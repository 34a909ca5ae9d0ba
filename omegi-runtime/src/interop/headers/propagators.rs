//! The formats that `OTEL_PROPAGATORS` names, one after the other.

use crate::settings::Propagator;
use crate::vocabulary::TraceContext;

use super::carrier::{Headers, HeadersMut};
use super::{b3, baggage, jaeger, trace_context};

/// Reads the caller's span and its baggage from headers. Returns `None` where they have neither.
///
/// All propagators read, in their order: where two find a caller, the later one wins
/// ([OpenTelemetry], composite propagator). Malformed and overlong headers are ignored and counted
/// ([`Health::headers_ignored`]).
///
/// ```
/// # use omegi_runtime as omegi;
/// use std::collections::HashMap;
/// use omegi::{Propagator, propagation};
///
/// let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let headers = HashMap::from([("traceparent".to_owned(), parent.to_owned())]);
/// let caller = propagation::extract_with(&[Propagator::TraceContext], &headers);
/// # #[cfg(feature = "enable")]
/// assert!(caller.is_some_and(|caller| caller.sampled));
/// ```
///
/// [`Health::headers_ignored`]: crate::vocabulary::Health::headers_ignored
/// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/context/api-propagators/#composite-propagator
pub fn extract_with(propagators: &[Propagator], headers: &dyn Headers) -> Option<TraceContext> {
    let context = propagators
        .iter()
        .fold(TraceContext::default(), |context, propagator| extract_one(*propagator, context, headers));
    (context.is_valid() || !context.baggage.is_empty()).then_some(context)
}

/// Adds to `context` the findings of one propagator.
fn extract_one(propagator: Propagator, context: TraceContext, headers: &dyn Headers) -> TraceContext {
    let caller = match propagator {
        Propagator::TraceContext => trace_context::extract(headers),
        Propagator::Baggage => return TraceContext { baggage: baggage::extract(headers), ..context },
        Propagator::B3 | Propagator::B3Multi => b3::extract(headers),
        Propagator::Jaeger => jaeger::extract(headers),
    };
    match caller {
        Some(caller) => TraceContext { baggage: context.baggage, ..caller },
        None => context,
    }
}

/// Writes the calling span and its baggage into headers. A context without a trace has baggage
/// alone.
///
/// ```
/// # use omegi_runtime as omegi;
/// use std::collections::HashMap;
/// use omegi::{Propagator, SpanId, TraceContext, TraceId, propagation};
///
/// let caller = TraceContext {
///     trace_id: TraceId::from_u128(1),
///     span_id: SpanId::from_u64(2),
///     ..TraceContext::default()
/// };
/// let mut headers = HashMap::new();
/// propagation::inject_with(&[Propagator::B3], &caller, &mut headers);
/// # #[cfg(feature = "enable")]
/// assert_eq!(headers["b3"], "00000000000000000000000000000001-0000000000000002-0");
/// ```
pub fn inject_with(propagators: &[Propagator], context: &TraceContext, headers: &mut dyn HeadersMut) {
    for propagator in propagators {
        match propagator {
            Propagator::Baggage => baggage::inject(&context.baggage, headers),
            _ if !context.is_valid() => {}
            Propagator::TraceContext => trace_context::inject(context, headers),
            Propagator::B3 => b3::inject_single(context, headers),
            Propagator::B3Multi => b3::inject_multi(context, headers),
            Propagator::Jaeger => jaeger::inject(context, headers),
        }
    }
}

/// Returns the names of the headers that [`inject_with`] may write, in lower case.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{Propagator, propagation};
/// # #[cfg(feature = "enable")]
/// assert_eq!(propagation::fields(&[Propagator::TraceContext]), ["traceparent", "tracestate"]);
/// ```
#[must_use]
pub fn fields(propagators: &[Propagator]) -> Vec<&'static str> {
    let fields = |propagator: &Propagator| match propagator {
        Propagator::TraceContext => trace_context::FIELDS,
        Propagator::Baggage => baggage::FIELDS,
        Propagator::B3 => b3::SINGLE_FIELDS,
        Propagator::B3Multi => b3::MULTI_FIELDS,
        Propagator::Jaeger => jaeger::FIELDS,
    };
    propagators.iter().flat_map(fields).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{example, headers};
    use super::*;
    use crate::vocabulary::{Baggage, TraceState};
    use Propagator::{B3, B3Multi, Jaeger};

    const ALL: [Propagator; 5] = [Propagator::TraceContext, Propagator::Baggage, B3, B3Multi, Jaeger];

    #[test]
    fn the_later_caller_wins_and_baggage_stays() {
        let carrier = headers([
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            ("tracestate", "a=1"),
            ("baggage", "b=2"),
            ("uber-trace-id", "4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:0:0"),
        ]);
        let baggage = Baggage::parse("b=2");
        let w3c = TraceContext { state: TraceState::parse("a=1"), baggage, ..example(true) };
        let jaeger = TraceContext { baggage: Baggage::parse("b=2"), ..example(false) };
        assert_eq!(
            extract_with(&[Jaeger, Propagator::Baggage, Propagator::TraceContext], &carrier),
            Some(w3c.clone())
        );
        assert_eq!(
            extract_with(&[Propagator::Baggage, Propagator::TraceContext, Jaeger], &carrier),
            Some(jaeger)
        );
        assert_eq!(extract_with(&[Propagator::TraceContext, Propagator::Baggage, B3], &carrier), Some(w3c));
        assert_eq!(extract_with(&[B3], &carrier), None);
        assert_eq!(extract_with(&[], &carrier), None);
    }

    #[test]
    fn baggage_travels_without_a_trace() {
        let context = TraceContext { baggage: Baggage::parse("b=2"), ..TraceContext::default() };
        let mut carrier = headers([]);
        inject_with(&ALL, &context, &mut carrier);
        assert_eq!(carrier, headers([("baggage", "b=2")]));
        assert_eq!(extract_with(&ALL, &carrier), Some(context));
    }

    #[test]
    fn the_fields_are_the_written_headers() {
        let state = TraceState::parse("a=1");
        let context = TraceContext { state, baggage: Baggage::parse("b=2"), ..example(true) };
        let mut carrier = headers([]);
        inject_with(&ALL, &context, &mut carrier);
        let written: Vec<_> = carrier.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(written, fields(&ALL));
    }
}
