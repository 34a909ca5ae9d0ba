//! OTLP's `TracesData` as protobuf. The bytes are those of an `ExportTraceServiceRequest` to a
//! collector.

use crate::exporting::envelope::OtlpMessage as _;
use crate::exporting::traces_data::{Excerpt, TracesData};
use crate::vocabulary::{Flow, Span};

use super::trimming::trimmed;

/// One message, with the number of its spans.
pub(super) struct Piece {
    pub(super) payload: Vec<u8>,
    pub(super) spans: usize,
    /// True if a part of its only span was left out.
    pub(super) is_cut: bool,
}

/// Returns the spans of a flow with their resource, in pieces that fit.
pub(super) fn pieces(flow: &Flow, room: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut pending = vec![&*flow.spans];
    while let Some(spans) = pending.pop() {
        let payload = encoded(flow, spans);
        match spans {
            _ if payload.len() <= room => {
                pieces.push(Piece { payload, spans: spans.len(), is_cut: false });
            }
            [span] => pieces.push(cut_to_size(flow, span, room)),
            _ => {
                let (first, rest) = spans.split_at(spans.len() / 2);
                pending.extend([rest, first]);
            }
        }
    }
    pieces
}

/// Returns a piece with one span that is too large, cut to the room.
fn cut_to_size(flow: &Flow, span: &Span, room: usize) -> Piece {
    let encoded = |span: &Span| encoded(flow, std::slice::from_ref(span));
    let trimmed = trimmed(span, room, |span| encoded(span).len() <= room);
    Piece { payload: encoded(&trimmed), spans: 1, is_cut: true }
}

fn encoded(flow: &Flow, spans: &[Span]) -> Vec<u8> {
    let excerpt = Excerpt { trace_id: flow.trace_id, spans };
    TracesData { resource: &flow.resource, excerpts: vec![excerpt] }.to_protobuf()
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::super::shortening::SHORT;
    use super::*;
    use crate::exporting::fixtures::{failing_order, flow, span};
    use crate::vocabulary::Attribute;
    use opentelemetry_proto::tonic::common::v1::any_value::Value::StringValue;
    use opentelemetry_proto::tonic::trace::v1::{Span as Decoded, TracesData as DecodedData};
    use prost::Message as _;

    fn spans(payload: &[u8]) -> Vec<Decoded> {
        let data = DecodedData::decode(payload).unwrap();
        let [resource_spans] = &data.resource_spans[..] else { panic!("one resource: {data:?}") };
        assert_eq!(resource_spans.resource.as_ref().unwrap().attributes.len(), 2);
        resource_spans.scope_spans.iter().flat_map(|scope| scope.spans.clone()).collect()
    }

    #[test]
    fn a_flow_is_one_message() {
        let [piece] = &pieces(&failing_order(), 1_000_000)[..] else { panic!("one message") };
        assert!(!piece.is_cut);
        let names: Vec<_> = spans(&piece.payload).into_iter().map(|span| span.name).collect();
        assert_eq!(names, ["orders::run", "cart::load", "orders::place", "db::find"]);
    }

    #[test]
    fn a_large_flow_is_sent_in_pieces_and_none_of_it_is_lost() {
        let deep = (0..1_000_usize).map(|index| span("f", index.checked_sub(1)));
        let pieces = pieces(&flow(deep), 10_000);
        assert!(pieces.len() > 1 && pieces.iter().all(|it| it.payload.len() <= 10_000 && !it.is_cut));
        assert_eq!(pieces.iter().map(|piece| spans(&piece.payload).len()).sum::<usize>(), 1_000);
    }

    #[test]
    fn a_span_larger_than_a_message_arrives_with_short_values() {
        let long = |nth| Attribute::new(format!("omegi.tag.{nth}"), "x".repeat(2_048));
        let root = Span { attributes: (0..60).map(long).collect(), ..span("root", None) };
        let [root, child] = &pieces(&flow([root, span("child", Some(0))]), 16_256)[..] else { panic!("two") };
        assert_eq!([(root.spans, root.is_cut), (child.spans, child.is_cut)], [(1, true), (1, false)]);
        let [root] = &spans(&root.payload)[..] else { panic!("one span") };
        assert_eq!((root.attributes.len(), root.dropped_attributes_count), (60, 0));
        let value = root.attributes[59].value.clone().unwrap().value.unwrap();
        assert_eq!(value, StringValue("x".repeat(SHORT) + "…"));
    }

    #[test]
    fn every_span_of_any_flow_comes_once_in_order_and_counts_its_lost_parts() {
        let mut random = Random::seeded(2);
        for _ in 0..60 {
            let flow = random.failed_flow();
            let room = (16 << 10) - 128 + random.below(10_000);
            let pieces = pieces(&flow, room);
            assert!(pieces.iter().all(|piece| piece.payload.len() <= room));
            let all: Vec<_> = pieces.iter().flat_map(|piece| spans(&piece.payload)).collect();
            assert_eq!(all.len(), flow.spans.len());
            assert_eq!(pieces.iter().map(|piece| piece.spans).sum::<usize>(), flow.spans.len());
            for (read, span) in all.iter().zip(&flow.spans) {
                assert_eq!(read.span_id, span.span_id.to_u64().to_be_bytes());
                assert_eq!(
                    read.attributes.len() + read.dropped_attributes_count as usize,
                    span.attributes.len()
                );
                assert_eq!(read.events.len() + read.dropped_events_count as usize, span.events.len());
            }
        }
    }
}
