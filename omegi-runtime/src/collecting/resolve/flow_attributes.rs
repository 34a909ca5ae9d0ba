//! Attributes of the flow as a whole, which stand on its local root.

use crate::recording::data::recorded::RecordedFlow;
use crate::recording::data::updates::SpanUpdate;
use crate::settings::Limits;
use crate::vocabulary::{Attribute, Span};

use super::limits::KEPT_BY;
use super::tags;

/// Adds the reason to keep the flow, its counts and its tags to its local root, the first span.
pub(super) fn add(spans: &mut [Span], flow: &RecordedFlow, limits: &Limits) {
    let Some(root) = spans.first_mut() else { return };
    if !flow.kept_by.is_empty() {
        limits.add_important_attribute(root, Attribute::new(KEPT_BY, flow.kept_by));
    }
    let dropped_spans: u64 = flow.parts().map(|part| part.dropped_spans).sum();
    if dropped_spans > 0 {
        root.attributes.push(Attribute::new("omegi.flow.dropped_spans", dropped_spans));
    }
    let dropped_errors: u64 = flow.parts().map(|part| part.dropped_errors).sum();
    if dropped_errors > 0 {
        root.attributes.push(Attribute::new("omegi.flow.dropped_errors", dropped_errors));
    }
    if flow.open_at.is_some() || flow.was_told {
        root.attributes.push(Attribute::new("omegi.flow.open", flow.open_at.is_some()));
    }
    if flow.suppressed > 0 {
        root.attributes.push(Attribute::new("omegi.flow.suppressed", flow.suppressed));
    }
    if flow.parts().flat_map(|part| &part.records).any(|record| record.meta.is_sparse()) {
        root.attributes.push(Attribute::new("omegi.flow.times", "sparse"));
    }
    for recorded in flow.parts().flat_map(|part| part.updates.as_slice()) {
        if let SpanUpdate::FlowTag(tag) = &recorded.update {
            tags::add(root, tag, limits);
        }
    }
}
