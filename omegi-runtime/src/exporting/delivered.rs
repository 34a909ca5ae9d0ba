//! What is done with of an export that failed for now.

use std::collections::HashMap;
use std::mem;

use crate::vocabulary::{Flow, SpanId, TraceId};

/// After so many flows, those that were noted as many earlier are forgotten.
const GENERATION: usize = 16_384;

/// A flow, by its trace and local root.
type Identity = (TraceId, SpanId);

/// What arrived, or was refused for good, of an export that failed for now: the same flows will come again, perhaps together
/// with others, and nothing shall be written twice.
///
/// A flow that does not come again, because all of it has arrived or memory ran out while it waited, is forgotten with its
/// generation.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    recent: HashMap<Identity, Progress>,
    earlier: HashMap<Identity, Progress>,
}

/// How far a flow is.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// How many of its spans, from its first on, are done with.
    done: usize,
    /// How many of those were refused.
    #[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "a file refuses nothing for good"))]
    refused: usize,
}

impl Delivered {
    /// How many of the flow's spans, from the first on, are done with: they have arrived, or were refused.
    pub(super) fn of(&self, flow: &Flow) -> usize {
        self.progress(flow).done
    }

    /// How many of the flow's spans were refused.
    #[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "a file refuses nothing for good"))]
    pub(super) fn refused(&self, flow: &Flow) -> usize {
        self.progress(flow).refused
    }

    /// So many of the flow's spans have arrived now.
    pub(super) fn note(&mut self, flow: &Flow, spans: usize) {
        self.advance(flow, Progress { done: spans, ..self.progress(flow) });
    }

    /// The flow's spans up to this number, as far as they had not arrived, are refused.
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

    /// Forgets what it knows of these flows, which are done with.
    pub(super) fn forget(&mut self, flows: &[Flow]) {
        for flow in flows.iter().map(identity) {
            self.recent.remove(&flow);
            self.earlier.remove(&flow);
        }
    }
}

fn identity(flow: &Flow) -> Identity {
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
    fn what_arrived_is_known_until_the_flow_is_done_with() {
        let mut delivered = Delivered::default();
        let (first, other) = (numbered(1), numbered(2));
        delivered.note(&first, 1);
        delivered.forget(std::slice::from_ref(&other));
        assert_eq!((delivered.of(&first), delivered.of(&other)), (1, 0));
        delivered.forget(std::slice::from_ref(&first));
        assert_eq!(delivered.of(&first), 0);
    }

    #[test]
    fn what_was_refused_is_done_with_and_told_apart() {
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
    fn what_does_not_come_again_does_not_stay_for_ever() {
        let mut delivered = Delivered::default();
        (0..10 * GENERATION as u128).for_each(|id| delivered.note(&numbered(id), 1));
        assert_eq!(delivered.of(&numbered(0)), 0);
        assert_eq!(delivered.of(&numbered(10 * GENERATION as u128 - 1)), 1);
        assert!(delivered.recent.len() + delivered.earlier.len() <= 2 * GENERATION);
    }
}
