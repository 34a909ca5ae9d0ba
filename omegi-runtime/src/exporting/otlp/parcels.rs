//! Flows cut into requests that receivers accept.

use crate::exporting::delivered::Delivered;
use crate::exporting::traces_data::{Excerpt, TracesData};
use crate::vocabulary::{Attribute, Flow, Span, Value};

/// How large a request becomes, in bytes, about: gRPC receivers refuse more than 4 MiB unless told otherwise.
const MAX_WEIGHT: usize = 2 << 20;

/// What one request carries: spans of flows with the same resource.
#[derive(Debug)]
pub(super) struct Parcel<'f>(Vec<Share<'f>>);

/// The spans of a flow that a request carries: those from `from` up to `to`.
#[derive(Debug)]
struct Share<'f> {
    flow: &'f Flow,
    from: usize,
    to: usize,
}

/// What has not arrived of these flows yet, in requests of `max_spans` spans at most.
pub(super) fn pack<'f>(flows: &'f [Flow], delivered: &Delivered, max_spans: usize) -> Vec<Parcel<'f>> {
    let mut parcels = Vec::new();
    for flows in flows.chunk_by(|one, next| one.resource == next.resource) {
        let mut packing = Packing { parcels: &mut parcels, shares: Vec::new(), spans: 0, weight: 0 };
        for flow in flows {
            for index in delivered.of(flow)..flow.spans.len() {
                packing.add(flow, index, max_spans.max(1));
            }
        }
        packing.close();
    }
    parcels
}

/// Parcels, and the one that is being packed.
struct Packing<'p, 'f> {
    parcels: &'p mut Vec<Parcel<'f>>,
    shares: Vec<Share<'f>>,
    spans: usize,
    weight: usize,
}

impl<'f> Packing<'_, 'f> {
    fn add(&mut self, flow: &'f Flow, index: usize, max_spans: usize) {
        let weight = weight(&flow.spans[index]);
        if self.spans == max_spans || (self.spans > 0 && self.weight + weight > MAX_WEIGHT) {
            self.close();
        }
        match self.shares.last_mut().filter(|share| std::ptr::eq(share.flow, flow)) {
            Some(share) => share.to = index + 1,
            None => self.shares.push(Share { flow, from: index, to: index + 1 }),
        }
        self.spans += 1;
        self.weight += weight;
    }

    fn close(&mut self) {
        if !self.shares.is_empty() {
            self.parcels.push(Parcel(std::mem::take(&mut self.shares)));
        }
        (self.spans, self.weight) = (0, 0);
    }
}

impl<'f> Parcel<'f> {
    /// What is sent.
    pub(super) fn data(&self) -> TracesData<'f> {
        let excerpt = |share: &Share<'f>| Excerpt {
            trace_id: share.flow.trace_id,
            spans: &share.flow.spans[share.from..share.to],
        };
        TracesData { resource: &self.0[0].flow.resource, excerpts: self.0.iter().map(excerpt).collect() }
    }

    /// How many spans it carries.
    pub(super) fn spans(&self) -> u64 {
        self.0.iter().map(|share| (share.to - share.from) as u64).sum()
    }

    /// Notes that it has arrived.
    pub(super) fn note(&self, delivered: &mut Delivered) {
        self.0.iter().for_each(|share| delivered.note(share.flow, share.to));
    }

    /// Notes that it was refused for good.
    pub(super) fn refuse(&self, delivered: &mut Delivered) {
        self.0.iter().for_each(|share| delivered.refuse(share.flow, share.to));
    }
}

/// About how many bytes a span takes, however it is written.
fn weight(span: &Span) -> usize {
    let events = span.events.iter().map(|event| 16 + event.name.len() + weight_of(&event.attributes));
    let links = span.links.iter().map(|link| 32 + weight_of(&link.attributes));
    80 + span.name.len() + weight_of(&span.attributes) + events.sum::<usize>() + links.sum::<usize>()
}

fn weight_of(attributes: &[Attribute]) -> usize {
    let value = |value: &Value| if let Value::Str(text) = value { text.len() } else { 9 };
    attributes.iter().map(|attribute| 12 + attribute.key.len() + value(&attribute.value)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{flow, span};

    fn sizes(parcels: &[Parcel<'_>]) -> Vec<usize> {
        parcels.iter().map(|it| it.0.iter().map(|share| share.to - share.from).sum()).collect()
    }

    #[test]
    fn what_arrived_is_not_packed_again() {
        let calls = |length: usize| flow((0..length).map(|index| span("f", index.checked_sub(1))));
        let flows = [Flow { trace_id: crate::vocabulary::TraceId::from_u128(1), ..calls(9) }, calls(2)];
        let mut delivered = Delivered::default();
        let parcels = pack(&flows, &delivered, 4);
        assert_eq!(sizes(&parcels), [4, 4, 3]);
        parcels[0].note(&mut delivered);
        assert_eq!(sizes(&pack(&flows, &delivered, 4)), [4, 3]);
        parcels[1..].iter().for_each(|parcel| parcel.note(&mut delivered));
        assert_eq!(sizes(&pack(&flows, &delivered, 4)), [0; 0]);
        delivered.forget(&flows[..1]);
        assert_eq!(sizes(&pack(&flows, &delivered, 40)), [9]);
    }

    #[test]
    fn heavy_spans_make_more_requests() {
        let mut heavy = span("f", None);
        heavy.attributes = vec![Attribute::new("text", "x".repeat(MAX_WEIGHT / 3))];
        let mut too_heavy = span("f", None);
        too_heavy.attributes = vec![Attribute::new("text", "x".repeat(MAX_WEIGHT * 2))];
        let flows = [flow([heavy.clone(), heavy.clone(), heavy.clone(), too_heavy, heavy])];
        assert_eq!(sizes(&pack(&flows, &Delivered::default(), 512)), [2, 1, 1, 1]);
    }
}
