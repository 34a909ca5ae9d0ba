//! Collects spans as flows, and completes these by facts that files leave implicit.

use std::collections::HashMap;
use std::sync::Arc;

use omegi_runtime::{Flow, Resource, Span, TraceId};

use super::errors;

/// The flows of one resource, in the order of their first spans.
pub(super) struct Flows {
    resource: Arc<Resource>,
    flows: Vec<Flow>,
    indices: HashMap<TraceId, usize>,
}

impl Flows {
    pub(super) fn of(resource: Resource) -> Self {
        Self { resource: Arc::new(resource), flows: Vec::new(), indices: HashMap::new() }
    }

    pub(super) fn add(&mut self, trace_id: TraceId, span: Span) {
        let Self { resource, flows, indices } = self;
        let index = *indices.entry(trace_id).or_insert_with(|| {
            let resource = Arc::clone(resource);
            flows.push(Flow { trace_id, spans: Vec::new(), errors: Vec::new(), resource });
            flows.len() - 1
        });
        flows[index].spans.push(span);
    }

    pub(super) fn complete(mut self) -> Vec<Flow> {
        self.flows.iter_mut().for_each(complete);
        self.flows
    }
}

/// Completes a flow by the index of each parent, and the error paths.
pub(super) fn complete(flow: &mut Flow) {
    let mut indices = HashMap::new();
    for (index, span) in flow.spans.iter_mut().enumerate() {
        // Other programs may write a parent after its child: such a child is shown as a root.
        span.parent = indices.get(&span.parent_span_id).copied();
        indices.insert(span.span_id, index);
    }
    flow.errors = errors::of(&mut flow.spans);
}
