//! OTLP's `TracesData` as protobuf. On the wire it is the same as the `ExportTraceServiceRequest` of a collector's receiver.

use crate::exporting::envelope::OtlpMessage as _;
use crate::exporting::traces_data::{Excerpt, TracesData};
use crate::vocabulary::{Flow, Span};

/// The spans of a flow with their resource, in as many pieces as it takes for each to fit.
pub(super) fn payloads(flow: &Flow, room: usize) -> Vec<Vec<u8>> {
    let mut payloads = Vec::new();
    let mut pending = vec![&*flow.spans];
    while let Some(spans) = pending.pop() {
        let payload = encoded(flow, spans);
        if payload.len() <= room || spans.len() == 1 {
            payloads.push(payload);
        } else {
            let (first, rest) = spans.split_at(spans.len() / 2);
            pending.extend([rest, first]);
        }
    }
    payloads
}

fn encoded(flow: &Flow, spans: &[Span]) -> Vec<u8> {
    let excerpt = Excerpt { trace_id: flow.trace_id, spans };
    TracesData { resource: &flow.resource, excerpts: vec![excerpt] }.to_protobuf()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{failing_order, flow, span};
    use opentelemetry_proto::tonic::trace::v1::TracesData as Decoded;
    use prost::Message as _;

    fn names(payload: &[u8]) -> Vec<String> {
        let data = Decoded::decode(payload).unwrap();
        let [resource_spans] = &data.resource_spans[..] else { panic!("one resource: {data:?}") };
        assert_eq!(resource_spans.resource.as_ref().unwrap().attributes.len(), 2);
        let scopes = resource_spans.scope_spans.iter();
        scopes.flat_map(|scope| &scope.spans).map(|span| span.name.clone()).collect()
    }

    #[test]
    fn a_flow_is_one_message() {
        let [payload] = &payloads(&failing_order(), 1_000_000)[..] else { panic!("one message") };
        assert_eq!(names(payload), ["orders::run", "cart::load", "orders::place", "db::find"]);
    }

    #[test]
    fn a_large_flow_is_sent_in_pieces_and_none_of_it_is_lost() {
        let spans = (0..1_000_usize).map(|index| span("f", index.checked_sub(1)));
        let payloads = payloads(&flow(spans), 10_000);
        assert!(payloads.len() > 1 && payloads.iter().all(|payload| payload.len() <= 10_000));
        assert_eq!(payloads.iter().map(|payload| names(payload).len()).sum::<usize>(), 1_000);
    }
}
