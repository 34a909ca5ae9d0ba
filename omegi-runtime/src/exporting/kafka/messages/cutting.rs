//! Cuts a flow with an error to the size of a message, so that the error itself arrives.
//!
//! Long values go first, then attributes and spans. The root stays: the collect server joins
//! messages by it. The spans between the root and the error's origin stay too, from the root on.
//! The rest of the room goes to their attributes, and then to the other spans in the order of their
//! start. No span comes without its parent. The root holds the number of spans that were left out.

use crate::exporting::json::{Text, compact};
use crate::vocabulary::{Attribute, Flow};

use super::cut::{Cut, SpanSlice};
use super::omegi::{CutSpan, FailedFlowMessage, first_to_fail};

/// The size of the number of left out spans on the root, in bytes.
const NUMBER: usize = 64;

/// The message of a flow with an error.
pub(super) struct Fitted {
    pub(super) text: String,
    /// True if a part was left out.
    pub(super) is_cut: bool,
    pub(super) dropped_spans: usize,
}

/// Returns the message of a flow with an error, in at most `room` bytes.
pub(super) fn fitted(flow: &Flow, token: &str, room: usize) -> Fitted {
    let write = |cut: &Cut| compact(&FailedFlowMessage { flow, token, cut });
    let text = write(&Cut::whole(flow));
    if text.len() <= room {
        return Fitted { text, is_cut: false, dropped_spans: 0 };
    }
    let cut = Cut::texts(flow, room);
    let text = write(&cut);
    if text.len() <= room {
        return Fitted { text, is_cut: true, dropped_spans: 0 };
    }
    let (cut, rest) = with_the_root(flow, cut, |cut| room.checked_sub(write(cut).len() + NUMBER));
    let cut = cut.with_spans(flow, chosen(flow, &cut, rest));
    Fitted { text: write(&cut), is_cut: true, dropped_spans: cut.dropped_spans }
}

/// Returns a cut whose texts are so short that the error and the root without attributes fit, and
/// the remaining room. It is 0 if a token or a service's name is larger than any message.
fn with_the_root(flow: &Flow, cut: Cut, rest: impl Fn(&Cut) -> Option<usize>) -> (Cut, usize) {
    let mut cut = cut.with_spans(flow, vec![SpanSlice::without_attributes(0)]);
    loop {
        if let Some(rest) = rest(&cut) {
            return (cut, rest);
        }
        match cut.halved() {
            Some(half) => cut = half,
            None => return (cut, 0),
        }
    }
}

/// Returns the root and the other spans that fit, by their importance for the error.
fn chosen(flow: &Flow, cut: &Cut, room: usize) -> Vec<SpanSlice> {
    let path: Vec<_> =
        first_to_fail(flow).into_iter().flat_map(|origin| path_to_root(flow, origin)).collect();
    let mut choice = Choice { flow, cut, room, slices: vec![None; flow.spans.len()] };
    choice.slices[0] = Some(SpanSlice::without_attributes(0));
    path.iter().rev().for_each(|span| choice.add(SpanSlice::without_attributes(*span)));
    path.iter().chain([&0]).for_each(|span| choice.complete(*span));
    (0..flow.spans.len()).for_each(|span| choice.add(SpanSlice::whole(span)));
    choice.slices.into_iter().flatten().collect()
}

/// Returns the span and its ancestors, outwards. A parent that does not precede its child is none.
fn path_to_root(flow: &Flow, span: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(span), |span| flow.spans[*span].parent.filter(|parent| parent < span))
}

/// The chosen spans, and the remaining room.
struct Choice<'f> {
    flow: &'f Flow,
    cut: &'f Cut,
    room: usize,
    /// The part of each span of the flow.
    slices: Vec<Option<SpanSlice>>,
}

impl Choice<'_> {
    /// Adds a span, unless it is there already, its parent is missing, or it does not fit.
    fn add(&mut self, slice: SpanSlice) {
        if self.slices[slice.span].is_some() || self.is_orphan(slice.span) {
            return;
        }
        let (Self { flow, cut, .. }, separator) = (&*self, 1);
        let size = compact(&CutSpan { flow, slice, cut }).len() + separator;
        if let Some(rest) = self.room.checked_sub(size) {
            self.room = rest;
            self.slices[slice.span] = Some(slice);
        }
    }

    fn is_orphan(&self, span: usize) -> bool {
        self.flow.spans[span].parent.is_some_and(|parent| self.slices.get(parent).is_none_or(Option::is_none))
    }

    /// Adds attributes to a chosen span, from the first on, as far as they fit.
    fn complete(&mut self, span: usize) {
        let Some(slice) = &mut self.slices[span] else { return };
        for attribute in self.flow.spans[span].attributes.iter().skip(slice.attributes) {
            let Some(rest) = self.room.checked_sub(size(attribute, self.cut)) else { return };
            self.room = rest;
            slice.attributes += 1;
        }
    }
}

/// Returns the size of an attribute, in bytes.
fn size(Attribute { key, value }: &Attribute, cut: &Cut) -> usize {
    let text = |text: &str| compact(&Text(text)).len();
    let (colon, separator) = (1, 1);
    text(key) + colon + text(&cut.lengths.value(&value.to_string())) + separator
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::super::shortening::SHORT;
    use super::*;
    use crate::exporting::fixtures::{failing, failing_order, flow, span};
    use crate::vocabulary::{Attribute, Span};
    use serde_json::Value as Json;
    use std::collections::HashSet;

    fn json(fitted: &Fitted) -> Json {
        serde_json::from_str(&fitted.text).unwrap()
    }

    fn wordy(span: Span) -> Span {
        Span { attributes: vec![Attribute::new("omegi.arg.text", "é".repeat(2048))], ..span }
    }

    #[test]
    fn a_flow_that_fits_is_not_cut() {
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
    fn the_error_path_and_whole_branches_stay() {
        // The root makes many calls. The last one and its callee fail.
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
    fn the_smallest_message_holds_any_flow() {
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

    const DROPPED: &str = "omegi.flow.dropped_spans";

    fn attributes(count: usize) -> Vec<Attribute> {
        (0..count).map(|nth| Attribute::new(format!("omegi.tag.{nth}"), "x".repeat(2_000))).collect()
    }

    #[test]
    fn a_root_that_is_too_large_keeps_the_attributes_that_fit() {
        let before = Attribute::new(DROPPED, 7);
        let root = Span {
            attributes: attributes(126).into_iter().chain([before]).collect(),
            ..failing("root", None, "x")
        };
        let fitted = fitted(&flow([root, failing("origin", Some(0), "x")]), "t", 16 << 10);
        assert!((15_000..=16 << 10).contains(&fitted.text.len()), "{}", fitted.text.len());
        assert_eq!(fitted.dropped_spans, 0);
        let message = json(&fitted);
        let [origin, root] = &message["spans"].as_array().unwrap()[..] else { panic!("two: {message}") };
        assert_eq!([&origin["name"], &root["name"]], ["origin", "root"]);
        assert_eq!(root["attributes"][DROPPED], "7");
        assert_eq!(root["attributes"]["omegi.tag.0"], "x".repeat(SHORT) + "…");
    }

    #[test]
    fn a_span_that_does_not_fit_leaves_its_room_to_others() {
        let large = Span { attributes: attributes(120), ..span("large", Some(0)) };
        let calls = [large, span("below", Some(1)), span("small", Some(0))];
        let flow = flow(std::iter::once(failing("root", None, "x")).chain(calls));
        let message = json(&fitted(&flow, "t", 16 << 10));
        let names: Vec<_> = message["spans"].as_array().unwrap().iter().map(|span| &span["name"]).collect();
        assert_eq!(names, ["small", "root"]);
    }

    #[test]
    fn an_error_path_that_is_too_long_is_kept_from_the_root_on() {
        let flow = flow((0..300_usize).map(|index| failing("f", index.checked_sub(1), "x")));
        let fitted = fitted(&flow, "t", 16 << 10);
        let message = json(&fitted);
        let spans = message["spans"].as_array().unwrap();
        assert!(spans.len() > 60, "{}", spans.len());
        assert!(spans.windows(2).all(|pair| pair[0]["parentSpanId"] == pair[1]["spanId"]), "{message}");
    }

    /// Asserts the rules of every message.
    fn check(flow: &Flow, room: usize) {
        let fitted = fitted(flow, "t", room);
        assert!(fitted.text.len() <= room, "{} > {room}", fitted.text.len());
        let message = json(&fitted);
        let spans = message["spans"].as_array().unwrap();
        assert_eq!(spans.last().unwrap()["spanId"], flow.spans[0].span_id.to_string());
        let ids: HashSet<_> = spans.iter().map(|span| &span["spanId"]).collect();
        assert_eq!(ids.len(), spans.len());
        let (root, others) = spans.split_last().unwrap();
        others.iter().for_each(|span| assert!(ids.contains(&span["parentSpanId"]), "an orphan: {span}"));
        assert_eq!(spans.len() + fitted.dropped_spans, flow.spans.len());
        let dropped = root["attributes"].get(DROPPED).map_or("0", |number| number.as_str().unwrap());
        assert_eq!(dropped, fitted.dropped_spans.to_string());
    }

    #[test]
    fn any_flow_fits_with_its_root_and_without_orphans() {
        let mut random = Random::seeded(1);
        for _ in 0..60 {
            let flow = random.failed_flow();
            check(&flow, (16 << 10) - 128 + random.below(100_000));
        }
    }
}
