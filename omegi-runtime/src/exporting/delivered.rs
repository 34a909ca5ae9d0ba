//! The progress of flows whose export failed for now.

use std::collections::HashMap;
use std::mem;

use crate::vocabulary::{Flow, SpanId, TraceId};

/// The number of flows in a generation. A new generation forgets the last but one.
const GENERATION: usize = 16_384;

/// The identity of a flow: its trace and local root.
type FlowIdentity = (TraceId, SpanId);

/// The spans that a failed export delivered, or that were refused for good. The same flows come
/// again, perhaps with others, and no span may be written twice.
///
/// A flow that does not come again is forgotten with its generation: it was delivered, or dropped
/// for lack of memory.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    recent: HashMap<FlowIdentity, Progress>,
    earlier: HashMap<FlowIdentity, Progress>,
}

/// The progress of a flow.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// The number of its first spans that are done.
    done: usize,
    /// The number of those that were refused.
    #[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "a file refuses nothing for good"))]
    refused: usize,
}

impl Delivered {
    /// The number of the flow's first spans that are done: delivered or refused.
    pub(super) fn of(&self, flow: &Flow) -> usize {
        self.progress(flow).done
    }

    /// The number of the flow's spans that were refused.
    #[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "a file refuses nothing for good"))]
    pub(super) fn refused(&self, flow: &Flow) -> usize {
        self.progress(flow).refused
    }

    /// Notes that the flow's first `spans` spans are delivered.
    pub(super) fn note(&mut self, flow: &Flow, spans: usize) {
        self.advance(flow, Progress { done: spans, ..self.progress(flow) });
    }

    /// Notes that those of the flow's first `spans` spans that are not delivered were refused.
    #[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "a file refuses nothing for good"))]
    pub(super) fn refuse(&mut self, flow: &Flow, spans: usize) {
        let Progress { done, refused } = self.progress(flow);
        self.advance(flow, Progress { done: spans, refused: refused + spans.saturating_sub(done) });
    }

    fn progress(&self, flow: &Flow) -> Progress {
        if self.recent.is_empty() && self.earlier.is_empty() {
            return Progress::default();
        }
        let known = identity(flow);
        self.recent.get(&known).or_else(|| self.earlier.get(&known)).copied().unwrap_or_default()
    }

    fn advance(&mut self, flow: &Flow, progress: Progress) {
        if self.recent.len() >= GENERATION {
            self.earlier = mem::take(&mut self.recent);
        }
        self.recent.insert(identity(flow), progress);
    }

    /// Forgets flows that are done.
    pub(super) fn forget(&mut self, flows: &[Flow]) {
        for flow in flows.iter().map(identity) {
            self.recent.remove(&flow);
            self.earlier.remove(&flow);
        }
    }
}

fn identity(flow: &Flow) -> FlowIdentity {
    (flow.trace_id, flow.root().map_or(SpanId::NONE, |root| root.span_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{flow, span};

    fn numbered(id: u128) -> Flow {
        Flow { trace_id: TraceId::from_u128(id), ..flow([span("f", None)]) }
    }

    #[test]
    fn delivered_spans_are_known_until_the_flow_is_done() {
        let mut delivered = Delivered::default();
        let (first, other) = (numbered(1), numbered(2));
        delivered.note(&first, 1);
        delivered.forget(std::slice::from_ref(&other));
        assert_eq!((delivered.of(&first), delivered.of(&other)), (1, 0));
        delivered.forget(std::slice::from_ref(&first));
        assert_eq!(delivered.of(&first), 0);
    }

    #[test]
    fn refused_spans_are_done_and_counted_separately() {
        let mut delivered = Delivered::default();
        let flow = numbered(1);
        for (refused, up_to) in [(false, 2), (true, 5), (false, 6), (true, 7)] {
            if refused {
                delivered.refuse(&flow, up_to)
            } else {
                delivered.note(&flow, up_to)
            }
            assert_eq!(delivered.of(&flow), up_to);
        }
        assert_eq!(delivered.refused(&flow), 4);
        delivered.forget(std::slice::from_ref(&flow));
        assert_eq!(delivered.refused(&flow), 0);
    }

    #[test]
    fn flows_that_do_not_come_again_are_forgotten() {
        let mut delivered = Delivered::default();
        (0..10 * GENERATION as u128).for_each(|id| delivered.note(&numbered(id), 1));
        assert_eq!(delivered.of(&numbered(0)), 0);
        assert_eq!(delivered.of(&numbered(10 * GENERATION as u128 - 1)), 1);
        assert!(delivered.recent.len() + delivered.earlier.len() <= 2 * GENERATION);
    }
}
