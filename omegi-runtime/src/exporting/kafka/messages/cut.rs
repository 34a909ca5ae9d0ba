//! What of a flow with an error its message holds.

use std::cmp::Reverse;

use crate::vocabulary::Flow;

use super::shortening::Lengths;

/// What of a flow is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// The spans, in the order in which they ended.
    pub(super) spans: Vec<usize>,
    /// How many others there are.
    pub(super) dropped_spans: usize,
    /// How many steps of the error's path.
    pub(super) steps: usize,
    /// How much of texts.
    pub(super) lengths: Lengths,
}

impl Cut {
    /// All of the flow.
    pub(super) fn nothing(flow: &Flow) -> Self {
        let cut = Self { spans: Vec::new(), dropped_spans: 0, steps: usize::MAX, lengths: Lengths::ALL };
        cut.with_spans(flow, (0..flow.spans.len()).collect())
    }

    /// All spans, and of texts what takes no more than the room that there is.
    pub(super) fn texts(flow: &Flow, room: usize) -> Self {
        Self { lengths: Lengths::within(room), steps: room / 512, ..Self::nothing(flow) }
    }

    /// The same with these spans of the flow. The root is last: a task that it spawned may have ended after it.
    pub(super) fn with_spans(self, flow: &Flow, mut spans: Vec<usize>) -> Self {
        spans.sort_by_key(|index| (*index == 0, flow.spans[*index].end_order, Reverse(*index)));
        Self { dropped_spans: flow.spans.len() - spans.len(), spans, ..self }
    }
}
