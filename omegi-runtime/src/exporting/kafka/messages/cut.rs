//! What of a flow with an error its message holds.

use std::cmp::Reverse;

use crate::vocabulary::Flow;

use super::shortening::Lengths;

/// What of a flow is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// The spans, in the order in which they ended.
    pub(super) spans: Vec<Kept>,
    /// How many others there are.
    pub(super) dropped_spans: usize,
    /// How many steps of the error's path.
    pub(super) steps: usize,
    /// How much of texts.
    pub(super) lengths: Lengths,
}

/// What of a span is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// Its index in the flow.
    pub(super) span: usize,
    /// How many of its attributes, from the first on.
    pub(super) attributes: usize,
}

impl Kept {
    /// All of it.
    pub(super) const fn whole(span: usize) -> Self {
        Self { span, attributes: usize::MAX }
    }

    /// The span without its attributes.
    pub(super) const fn bare(span: usize) -> Self {
        Self { span, attributes: 0 }
    }
}

impl Cut {
    /// All of the flow.
    pub(super) fn nothing(flow: &Flow) -> Self {
        let cut = Self { spans: Vec::new(), dropped_spans: 0, steps: usize::MAX, lengths: Lengths::ALL };
        cut.with_spans(flow, (0..flow.spans.len()).map(Kept::whole).collect())
    }

    /// All spans, and of texts what takes no more than the room that there is.
    pub(super) fn texts(flow: &Flow, room: usize) -> Self {
        Self { lengths: Lengths::within(room), steps: room / 512, ..Self::nothing(flow) }
    }

    /// The same with these spans of the flow. The root is last: a task that it spawned may have ended after it.
    pub(super) fn with_spans(&self, flow: &Flow, mut spans: Vec<Kept>) -> Self {
        let place = |span: usize| (span == 0, flow.spans[span].end_order, Reverse(span));
        spans.sort_by_key(|kept| place(kept.span));
        Self { dropped_spans: flow.spans.len() - spans.len(), spans, ..*self }
    }

    /// The same with half of every text and of the error's path, unless nothing is left of them.
    pub(super) fn halved(&self) -> Option<Self> {
        let lengths = self.lengths.halved()?;
        Some(Self { lengths, steps: self.steps / 2, ..self.clone() })
    }
}
