//! The order of a flow's spans, where they come from several segments.

use crate::recording::data::record::SpanRef;
use crate::recording::data::recorded::RecordedFlow;
use crate::vocabulary::{ErrorReport, Span};

/// Where the spans of each part of a flow stand: first all of the first part, then all of the next.
#[derive(Debug)]
pub(super) struct Layout {
    /// For each part its seed, and where its first span stands.
    parts: Vec<(u64, usize)>,
}

impl Layout {
    pub(super) fn of(parts: &[&RecordedFlow]) -> Self {
        let mut next = 0;
        let begins = parts.iter().map(|part| {
            let begin = next;
            next += part.records.len();
            (part.seed, begin)
        });
        Self { parts: begins.collect() }
    }

    /// Where the span at `index` of part `nth` stands.
    pub(super) fn place(&self, nth: usize, index: SpanRef) -> usize {
        self.parts[nth].1 + index as usize
    }

    /// The part that a segment with this seed is.
    pub(super) fn part(&self, seed: u64) -> Option<usize> {
        self.parts.iter().position(|(known, _)| *known == seed)
    }

    /// Where the span stands that a branch belongs under. That of a part which is lost, or which was exported by itself, is
    /// unknown: then the flow's root has to do.
    pub(super) fn parent(&self, branch: &RecordedFlow) -> usize {
        self.attached(branch).unwrap_or(0)
    }

    /// Where the span stands that a branch belongs under, if that is in the flow.
    pub(super) fn attached(&self, branch: &RecordedFlow) -> Option<usize> {
        branch.attached.and_then(|at| Some(self.place(self.part(at.seed)?, at.span)))
    }
}

/// Puts spans in the order in which they began, each behind its parent, whatever the clocks of two processors say.
pub(super) fn sort(spans: &mut Vec<Span>, errors: &mut [ErrorReport]) {
    let order = order(spans);
    let mut places = vec![0; order.len()];
    for (place, index) in order.iter().enumerate() {
        places[*index] = place;
    }
    let mut unsorted: Vec<Option<Span>> = std::mem::take(spans).into_iter().map(Some).collect();
    spans.extend(order.iter().filter_map(|index| unsorted[*index].take()));
    for span in spans {
        span.parent = span.parent.map(|parent| places[parent]);
    }
    for step in errors.iter_mut().flat_map(|error| &mut error.path) {
        step.span = places[step.span];
    }
}

fn order(spans: &[Span]) -> Vec<usize> {
    // No earlier than the parent, which stands before it: parts and their records do.
    let mut begins: Vec<u64> = Vec::with_capacity(spans.len());
    for span in spans {
        let parent = span.parent.and_then(|parent| begins.get(parent)).copied().unwrap_or(0);
        begins.push(span.start_ns.max(parent));
    }
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|index| begins[*index]);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{flow, span};

    #[test]
    fn spans_are_sorted_by_their_begin_but_never_before_their_parent() {
        let at = |name, parent, start_ns| Span { start_ns, ..span(name, parent) };
        let unsorted = [
            at("root", None, 10),
            at("late", Some(0), 30),
            at("branch", Some(0), 20),
            at("early", Some(1), 5),
        ];
        let mut spans = flow(unsorted).spans;
        sort(&mut spans, &mut []);
        let shown: Vec<_> = spans.iter().map(|span| (&*span.name, span.parent)).collect();
        assert_eq!(shown, [("root", None), ("branch", Some(0)), ("late", Some(0)), ("early", Some(2))]);
    }
}
