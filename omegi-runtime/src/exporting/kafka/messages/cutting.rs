//! A flow with an error that is larger than a message may be: what is left out of it, so that the error itself arrives.
//!
//! Long values go first. If that is not enough, spans do: the root and those between it and the error's origin stay, then
//! as many of the others as there is room for, in the order in which they began, so that no span loses its parent. How many
//! were left out stands on the root.

use crate::exporting::json::compact;
use crate::vocabulary::Flow;

use super::cut::Cut;
use super::omegi::{ErrorMessage, WrittenSpan, first_to_fail};

/// What the number of spans that were left out takes on the root, in bytes.
const NUMBER: usize = 64;

/// The message of a flow with an error.
pub(super) struct Fitted {
    pub(super) text: String,
    /// Whether anything was left out.
    pub(super) is_cut: bool,
    pub(super) dropped_spans: usize,
}

/// The message of a flow with an error, in no more bytes than there is room for.
pub(super) fn fitted(flow: &Flow, token: &str, room: usize) -> Fitted {
    let write = |cut: &Cut| compact(&ErrorMessage { flow, token, cut });
    let text = write(&Cut::nothing(flow));
    if text.len() <= room {
        return Fitted { text, is_cut: false, dropped_spans: 0 };
    }
    let cut = Cut::texts(flow, room);
    let text = write(&cut);
    if text.len() <= room {
        return Fitted { text, is_cut: true, dropped_spans: 0 };
    }
    let bare = write(&Cut { spans: Vec::new(), ..cut.clone() }).len();
    let spans = chosen(flow, &cut, room.saturating_sub(bare + NUMBER));
    let cut = cut.with_spans(flow, spans);
    Fitted { text: write(&cut), is_cut: true, dropped_spans: cut.dropped_spans }
}

/// The spans that there is room for, the most telling first.
fn chosen(flow: &Flow, cut: &Cut, mut room: usize) -> Vec<usize> {
    let ways = first_to_fail(flow).into_iter().flat_map(|origin| way_out(flow, origin));
    let mut is_chosen = vec![false; flow.spans.len()];
    for index in std::iter::once(0).chain(ways).chain(0..flow.spans.len()) {
        if is_chosen[index] {
            continue;
        }
        let separator = 1;
        let size = compact(&WrittenSpan { flow, index, cut }).len() + separator;
        let Some(rest) = room.checked_sub(size) else { break };
        (room, is_chosen[index]) = (rest, true);
    }
    (0..flow.spans.len()).filter(|index| is_chosen[*index]).collect()
}

/// The span and those around it, outwards. A parent that does not precede it is none.
fn way_out(flow: &Flow, span: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(span), |span| flow.spans[*span].parent.filter(|parent| parent < span))
}

#[cfg(test)]
mod tests {
    use super::super::shortening::SHORT;
    use super::*;
    use crate::exporting::fixtures::{failing, failing_order, flow, span};
    use crate::vocabulary::{Attribute, Span};
    use serde_json::Value as Json;

    fn json(fitted: &Fitted) -> Json {
        serde_json::from_str(&fitted.text).unwrap()
    }

    fn wordy(span: Span) -> Span {
        Span { attributes: vec![Attribute::new("omegi.arg.text", "é".repeat(2048))], ..span }
    }

    #[test]
    fn what_fits_is_not_touched() {
        let order = failing_order();
        let whole = fitted(&order, "t", usize::MAX);
        assert!(!whole.is_cut);
        assert_eq!(fitted(&order, "t", whole.text.len()).text, whole.text);
        assert!(fitted(&order, "t", whole.text.len() - 1).is_cut);
    }

    #[test]
    fn long_values_are_cut_before_a_span_is_left_out() {
        let fitted =
            fitted(&flow([wordy(failing("a", None, "x")), wordy(failing("b", Some(0), "x"))]), "t", 16_000);
        assert_eq!((fitted.is_cut, fitted.dropped_spans), (true, 0));
        let message = json(&fitted);
        assert_eq!(message["spans"][0]["attributes"]["omegi.arg.text"], "é".repeat(SHORT) + "…");
    }

    #[test]
    fn the_error_its_way_out_and_whole_branches_stay() {
        // The root calls many; the last one, and what that calls, fails.
        let calls = (0..10_000).map(|_| span("loop", Some(0)));
        let spans = std::iter::once(failing("root", None, "x")).chain(calls);
        let flow = flow(spans.chain([failing("last", Some(0), "x"), failing("origin", Some(10_001), "x")]));
        let fitted = fitted(&flow, "t", 100_000);
        assert!(fitted.text.len() <= 100_000 && fitted.text.len() > 99_000, "{}", fitted.text.len());
        let message = json(&fitted);
        let spans = message["spans"].as_array().unwrap();
        assert_eq!([&spans[0]["name"], &spans[1]["name"]], ["origin", "last"]);
        let root = spans.last().unwrap();
        assert_eq!(root["name"], "root");
        assert_eq!(spans.len() + fitted.dropped_spans, flow.spans.len());
        assert_eq!(root["attributes"]["omegi.flow.dropped_spans"], fitted.dropped_spans.to_string());
        assert_eq!(message["error"]["exception.message"], "x");
    }

    #[test]
    fn whatever_a_flow_holds_it_fits_into_the_smallest_message() {
        let deep = (0..5_000_usize).map(|index| wordy(failing("recursive", index.checked_sub(1), "x")));
        let mut flow = flow(deep);
        let mut report = failing_order().errors.remove(0);
        report.message = "\u{1f600}".repeat(100_000);
        let step = report.path.remove(0);
        report.path =
            (0..5_000).rev().map(|span| crate::vocabulary::PathStep { span, ..step.clone() }).collect();
        flow.errors = vec![report];
        let fitted = fitted(&flow, "t", 16 << 10);
        assert!(fitted.text.len() <= 16 << 10, "{}", fitted.text.len());
        let message = json(&fitted);
        assert_eq!(message["error"]["exception.flow"]["step.33"], "… 4968 more");
        assert_eq!(message["spans"].as_array().unwrap().last().unwrap()["parentSpanId"], "0000000000000000");
    }
}
