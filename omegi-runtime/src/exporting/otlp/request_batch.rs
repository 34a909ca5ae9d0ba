//! Flows, packed into requests of a size that receivers accept.

use crate::exporting::delivered::Delivered;
use crate::exporting::traces_data::{Excerpt, TracesData};
use crate::vocabulary::{Attribute, Flow, Span, Value};

/// The estimated size up to which the spans of a flow stay together, in bytes. Every backend takes
/// this much: a refusal of less has another reason, and parts would be refused too.
const WHOLE: usize = 4 << 10;

/// The content of one request: spans of flows with the same resource.
#[derive(Debug)]
pub(super) struct RequestBatch<'f> {
    slices: Vec<FlowSlice<'f>>,
    /// The estimated size.
    bytes: usize,
}

/// The spans of one flow in a request: those from `from` up to `to`.
#[derive(Debug)]
struct FlowSlice<'f> {
    flow: &'f Flow,
    from: usize,
    to: usize,
}

/// Returns the spans of these flows that have not arrived, in requests of `max_export_batch` spans
/// and about `max_bytes` at most. A larger span has a request of its own.
pub(super) fn pack<'f>(
    flows: &'f [Flow],
    delivered: &Delivered,
    max_export_batch: usize,
    max_bytes: usize,
) -> Vec<RequestBatch<'f>> {
    let mut batches = Vec::new();
    for flows in flows.chunk_by(|one, next| one.resource == next.resource) {
        let limits = (max_export_batch.max(1), max_bytes);
        let mut packer = Packer { batches: &mut batches, limits, slices: Vec::new(), spans: 0, bytes: 0 };
        for flow in flows {
            for index in delivered.of(flow)..flow.spans.len() {
                packer.add(flow, index);
            }
        }
        packer.close();
    }
    batches
}

/// The finished batches, and the one that is being packed.
struct Packer<'p, 'f> {
    batches: &'p mut Vec<RequestBatch<'f>>,
    /// The most spans and bytes of a batch.
    limits: (usize, usize),
    slices: Vec<FlowSlice<'f>>,
    spans: usize,
    bytes: usize,
}

impl<'f> Packer<'_, 'f> {
    fn add(&mut self, flow: &'f Flow, index: usize) {
        let (max_spans, max_bytes) = self.limits;
        let size = span_size(&flow.spans[index]);
        let continues = self.slices.last().is_some_and(|slice| std::ptr::eq(slice.flow, flow));
        let max_bytes = if continues && self.slices.len() == 1 { max_bytes.max(WHOLE) } else { max_bytes };
        if self.spans == max_spans || (self.spans > 0 && self.bytes + size > max_bytes) {
            self.close();
        }
        match self.slices.last_mut().filter(|slice| std::ptr::eq(slice.flow, flow)) {
            Some(slice) => slice.to = index + 1,
            None => self.slices.push(FlowSlice { flow, from: index, to: index + 1 }),
        }
        self.spans += 1;
        self.bytes += size;
    }

    fn close(&mut self) {
        if !self.slices.is_empty() {
            let slices = std::mem::take(&mut self.slices);
            self.batches.push(RequestBatch { slices, bytes: self.bytes });
        }
        (self.spans, self.bytes) = (0, 0);
    }
}

impl<'f> RequestBatch<'f> {
    /// Returns the message.
    pub(super) fn data(&self) -> TracesData<'f> {
        let excerpt = |slice: &FlowSlice<'f>| Excerpt {
            trace_id: slice.flow.trace_id,
            spans: &slice.flow.spans[slice.from..slice.to],
        };
        let excerpts = self.slices.iter().map(excerpt).collect();
        TracesData { resource: &self.slices[0].flow.resource, excerpts }
    }

    /// Returns the number of spans.
    pub(super) fn spans(&self) -> u64 {
        self.slices.iter().map(|slice| (slice.to - slice.from) as u64).sum()
    }

    /// Returns the estimated size, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns whether it can be sent in several requests.
    pub(super) fn has_parts(&self) -> bool {
        self.slices.len() > 1 || (self.spans() > 1 && self.bytes > WHOLE)
    }

    /// Notes that the backend took the request.
    pub(super) fn note_arrived(&self, delivered: &mut Delivered) {
        self.slices.iter().for_each(|slice| delivered.note(slice.flow, slice.to));
    }

    /// Notes that the backend refused the request for good.
    pub(super) fn note_refused(&self, delivered: &mut Delivered) {
        self.slices.iter().for_each(|slice| delivered.refuse(slice.flow, slice.to));
    }
}

/// Estimates the bytes of a span in any encoding.
fn span_size(span: &Span) -> usize {
    let events = span.events.iter().map(|event| 16 + event.name.len() + attributes_size(&event.attributes));
    let links = span.links.iter().map(|link| 32 + attributes_size(&link.attributes));
    80 + span.name.len() + attributes_size(&span.attributes) + events.sum::<usize>() + links.sum::<usize>()
}

fn attributes_size(attributes: &[Attribute]) -> usize {
    let value = |value: &Value| if let Value::Str(text) = value { text.len() } else { 9 };
    attributes.iter().map(|attribute| 12 + attribute.key.len() + value(&attribute.value)).sum()
}

#[cfg(test)]
mod tests {
    use super::super::request_limit::MAX_BYTES;
    use super::*;
    use crate::exporting::fixtures::{flow, span};

    fn sizes(batches: &[RequestBatch<'_>]) -> Vec<usize> {
        batches.iter().map(|it| it.slices.iter().map(|slice| slice.to - slice.from).sum()).collect()
    }

    #[test]
    fn spans_that_arrived_are_not_packed_again() {
        let calls = |length: usize| flow((0..length).map(|index| span("f", index.checked_sub(1))));
        let flows = [Flow { trace_id: crate::vocabulary::TraceId::from_u128(1), ..calls(9) }, calls(2)];
        let mut delivered = Delivered::default();
        let batches = pack(&flows, &delivered, 4, MAX_BYTES);
        assert_eq!(sizes(&batches), [4, 4, 3]);
        batches[0].note_arrived(&mut delivered);
        assert_eq!(sizes(&pack(&flows, &delivered, 4, MAX_BYTES)), [4, 3]);
        batches[1..].iter().for_each(|batch| batch.note_arrived(&mut delivered));
        assert_eq!(sizes(&pack(&flows, &delivered, 4, MAX_BYTES)), [0; 0]);
        delivered.forget(&flows[..1]);
        assert_eq!(sizes(&pack(&flows, &delivered, 40, MAX_BYTES)), [9]);
    }

    #[test]
    fn large_spans_make_more_requests() {
        let mut large = span("f", None);
        large.attributes = vec![Attribute::new("text", "x".repeat(MAX_BYTES / 3))];
        let mut too_large = span("f", None);
        too_large.attributes = vec![Attribute::new("text", "x".repeat(MAX_BYTES * 2))];
        let flows = [flow([large.clone(), large.clone(), large.clone(), too_large, large])];
        assert_eq!(sizes(&pack(&flows, &Delivered::default(), 512, MAX_BYTES)), [2, 1, 1, 1]);
    }

    #[test]
    fn a_small_flow_stays_whole_however_small_requests_are() {
        let calls = |length: usize| flow((0..length).map(|index| span("f", index.checked_sub(1))));
        let flows = [calls(9), calls(3), calls(200)];
        let batches = pack(&flows, &Delivered::default(), 512, 1);
        assert_eq!(sizes(&batches)[..2], [9, 3]);
        assert!(batches[2..].iter().all(|batch| batch.bytes() <= WHOLE), "{batches:?}");
        assert!(batches.iter().all(|batch| !batch.has_parts()));
        assert!(pack(&flows, &Delivered::default(), 512, MAX_BYTES)[0].has_parts());
    }
}
