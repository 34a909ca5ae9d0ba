//! The order of a flow's spans, where they come from several segments.

use crate::recording::data::record::SpanRef;
use crate::recording::data::recorded::{self, RecordedFlow};
use crate::vocabulary::{ErrorReport, Span};

/// The index of each part's first span: the spans of the first part come first, then those of the
/// next.
#[derive(Debug)]
pub(super) struct Layout {
    parts: Vec<PartLayout>,
}

/// The place of a part.
#[derive(Debug)]
struct PartLayout {
    seed: u64,
    /// The index of its first span.
    begin: usize,
    /// The numbers of its records in their segment, if some of those are missing.
    numbers: Option<Box<[SpanRef]>>,
}

impl Layout {
    /// Lays out parts one behind the other.
    pub(super) fn of(parts: &[&RecordedFlow]) -> Self {
        let mut next = 0;
        let begins = parts.iter().map(|part| {
            let begin = next;
            next += part.records.len();
            PartLayout { seed: part.seed, begin, numbers: part.numbers.clone() }
        });
        Self { parts: begins.collect() }
    }

    /// The index of a part's span.
    pub(super) fn index(&self, part: usize, span: SpanRef) -> usize {
        self.parts[part].begin + span as usize
    }

    /// The number of the part with this seed.
    pub(super) fn part(&self, seed: u64) -> Option<usize> {
        self.parts.iter().position(|part| part.seed == seed)
    }

    /// The index of the span that a branch belongs to; the flow's root where that is unknown.
    ///
    /// It is unknown where its part is lost, or was exported by itself.
    pub(super) fn parent(&self, branch: &RecordedFlow) -> usize {
        self.attached(branch).unwrap_or(0)
    }

    /// The index of the span that a branch belongs to, if that is in the flow.
    pub(super) fn attached(&self, branch: &RecordedFlow) -> Option<usize> {
        branch.attached.and_then(|at| {
            let part = self.part(at.seed)?;
            Some(self.index(part, recorded::place_of(self.parts[part].numbers.as_deref(), at.span)?))
        })
    }
}

/// Sorts spans by their beginning, each behind its parent even where the clocks of two processors
/// differ.
pub(super) fn sort(spans: &mut Vec<Span>, errors: &mut [ErrorReport]) {
    let order = order(spans);
    let mut new_index = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        new_index[*old] = new;
    }
    let mut unsorted: Vec<Option<Span>> = std::mem::take(spans).into_iter().map(Some).collect();
    spans.extend(order.iter().filter_map(|index| unsorted[*index].take()));
    for span in spans {
        span.parent = span.parent.map(|parent| new_index[parent]);
    }
    for step in errors.iter_mut().flat_map(|error| &mut error.path) {
        step.span = new_index.get(step.span).copied().unwrap_or(step.span);
    }
}

fn order(spans: &[Span]) -> Vec<usize> {
    // A span counts as begun no earlier than its parent, which precedes it in `spans`.
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
