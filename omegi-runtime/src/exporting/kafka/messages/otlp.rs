//! OTLP's `TracesData` as protobuf. On the wire it is the same as the `ExportTraceServiceRequest` of a collector's receiver.

use opentelemetry_proto::tonic::trace::v1::TracesData;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource as OtelResource;
use opentelemetry_sdk::trace::SpanData;
use prost::Message as _;

use crate::exporting::span_data::{otel_resource, span_data};
use crate::vocabulary::Flow;

/// The spans of a flow with their resource, in as many pieces as it takes for each to fit.
pub(super) fn payloads(flow: &Flow, room: usize) -> Vec<Vec<u8>> {
    let resource = otel_resource(&flow.resource);
    let mut payloads = Vec::new();
    let mut pending = vec![span_data(flow).collect::<Vec<_>>()];
    while let Some(mut spans) = pending.pop() {
        let payload = encoded(spans.clone(), &resource);
        if payload.len() <= room || spans.len() == 1 {
            payloads.push(payload);
        } else {
            pending.push(spans.split_off(spans.len() / 2));
            pending.push(spans);
        }
    }
    payloads
}

fn encoded(spans: Vec<SpanData>, resource: &OtelResource) -> Vec<u8> {
    TracesData { resource_spans: group_spans_by_resource_and_scope(spans, &resource.into()) }.encode_to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{failing_order, flow, span};

    fn names(payload: &[u8]) -> Vec<String> {
        let data = TracesData::decode(payload).unwrap();
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
