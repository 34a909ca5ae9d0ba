//! The part of a flow with an error that its message holds.

use std::cmp::Reverse;

use crate::vocabulary::Flow;

use super::shortening::Lengths;

/// The part of a flow that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// The spans, in the order in which they ended.
    pub(super) spans: Vec<SpanSlice>,
    /// The number of other spans.
    pub(super) dropped_spans: usize,
    /// The number of steps of the error path.
    pub(super) steps: usize,
    /// The lengths of texts.
    pub(super) lengths: Lengths,
}

/// The part of a span that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SpanSlice {
    /// The index in the flow.
    pub(super) span: usize,
    /// The number of its attributes, from the first on.
    pub(super) attributes: usize,
}

impl SpanSlice {
    /// Returns the whole span.
    pub(super) const fn whole(span: usize) -> Self {
        Self { span, attributes: usize::MAX }
    }

    /// Returns the span without its attributes.
    pub(super) const fn without_attributes(span: usize) -> Self {
        Self { span, attributes: 0 }
    }
}

impl Cut {
    /// Returns the whole flow.
    pub(super) fn whole(flow: &Flow) -> Self {
        let cut = Self { spans: Vec::new(), dropped_spans: 0, steps: usize::MAX, lengths: Lengths::ALL };
        cut.with_spans(flow, (0..flow.spans.len()).map(SpanSlice::whole).collect())
    }

    /// Returns all spans, with texts that take no more than the room.
    pub(super) fn texts(flow: &Flow, room: usize) -> Self {
        Self { lengths: Lengths::within(room), steps: room / 512, ..Self::whole(flow) }
    }

    /// Returns the same with these spans. The root is last, although a task that it spawned may end
    /// after it.
    pub(super) fn with_spans(&self, flow: &Flow, mut spans: Vec<SpanSlice>) -> Self {
        let order = |span: usize| (span == 0, flow.spans[span].end_order, Reverse(span));
        spans.sort_by_key(|slice| order(slice.span));
        Self { dropped_spans: flow.spans.len() - spans.len(), spans, ..*self }
    }

    /// Returns the same with half of every text and of the error path, unless both are empty.
    pub(super) fn halved(&self) -> Option<Self> {
        let lengths = self.lengths.halved()?;
        Some(Self { lengths, steps: self.steps / 2, ..self.clone() })
    }
}
