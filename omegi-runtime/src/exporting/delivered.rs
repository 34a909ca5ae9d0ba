//! What arrived of an export that failed for now.

use std::collections::HashMap;

use crate::vocabulary::{Flow, SpanId, TraceId};

/// What arrived of an export that failed for now: the same flows may come again, and nothing shall be written twice.
///
/// Holds no more than the flows of one export.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    /// How many spans of a flow arrived, from its first on; the flow by its trace and local root.
    spans: HashMap<(TraceId, SpanId), usize>,
}

impl Delivered {
    /// How many of the flow's spans, from the first on, have arrived.
    pub(super) fn of(&self, flow: &Flow) -> usize {
        self.spans.get(&identity(flow)).copied().unwrap_or(0)
    }

    /// So many of the flow's spans have arrived now.
    pub(super) fn note(&mut self, flow: &Flow, spans: usize) {
        self.spans.insert(identity(flow), spans);
    }

    /// Forgets all but what it knows of these flows: no others can come again.
    pub(super) fn retain(&mut self, flows: &[Flow]) {
        if !self.spans.is_empty() {
            let known = flows.iter().map(|flow| (identity(flow), self.of(flow)));
            self.spans = known.filter(|(_, spans)| *spans > 0).collect();
        }
    }

    /// Forgets all: the export is done with.
    pub(super) fn clear(&mut self) {
        self.spans.clear();
    }
}

fn identity(flow: &Flow) -> (TraceId, SpanId) {
    (flow.trace_id, flow.root().map_or(SpanId::NONE, |root| root.span_id))
}
