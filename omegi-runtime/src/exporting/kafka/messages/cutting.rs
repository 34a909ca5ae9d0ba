//! A flow with an error that is larger than a message may be: what is left out of it, so that the error itself arrives.
//!
//! Long values go first. If that is not enough, attributes and spans do. The root stays, by which the collect server joins this
//! message to others, and those between it and the error's origin, from the root on; then as many of their attributes as there
//! is room for, and as many of the other spans, in the order in which they began. No span comes without its parent. How many
//! were left out stands on the root.

use crate::exporting::json::{Text, compact};
use crate::vocabulary::{Attribute, Flow};

use super::cut::{Cut, Kept};
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
    let (cut, rest) = with_the_root(flow, cut, |cut| room.checked_sub(write(cut).len() + NUMBER));
    let cut = cut.with_spans(flow, chosen(flow, &cut, rest));
    Fitted { text: write(&cut), is_cut: true, dropped_spans: cut.dropped_spans }
}

/// Texts so short that the error and the bare root fit, and the room that is left then. A token or a service's name may be larger
/// than any message: then there is none.
fn with_the_root(flow: &Flow, cut: Cut, rest: impl Fn(&Cut) -> Option<usize>) -> (Cut, usize) {
    let mut cut = cut.with_spans(flow, vec![Kept::bare(0)]);
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

/// The root and the spans that there is room for besides it, the most telling first.
fn chosen(flow: &Flow, cut: &Cut, room: usize) -> Vec<Kept> {
    let way: Vec<_> = first_to_fail(flow).into_iter().flat_map(|origin| way_out(flow, origin)).collect();
    let mut choice = Choice { flow, cut, room, kept: vec![None; flow.spans.len()] };
    choice.kept[0] = Some(Kept::bare(0));
    way.iter().rev().for_each(|span| choice.add(Kept::bare(*span)));
    way.iter().chain([&0]).for_each(|span| choice.complete(*span));
    (0..flow.spans.len()).for_each(|span| choice.add(Kept::whole(span)));
    choice.kept.into_iter().flatten().collect()
}

/// The span and those around it, outwards. A parent that does not precede it is none.
fn way_out(flow: &Flow, span: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(span), |span| flow.spans[*span].parent.filter(|parent| parent < span))
}

/// The spans that are chosen, and the room that is left for others.
struct Choice<'f> {
    flow: &'f Flow,
    cut: &'f Cut,
    room: usize,
    /// What of each span of the flow.
    kept: Vec<Option<Kept>>,
}

impl Choice<'_> {
    /// Adds a span, unless it was added before, its parent was not, or there is no room for it.
    fn add(&mut self, kept: Kept) {
        if self.kept[kept.span].is_some() || self.is_orphan(kept.span) {
            return;
        }
        let (Self { flow, cut, .. }, separator) = (&*self, 1);
        let size = compact(&WrittenSpan { flow, kept, cut }).len() + separator;
        if let Some(rest) = self.room.checked_sub(size) {
            self.room = rest;
            self.kept[kept.span] = Some(kept);
        }
    }

    fn is_orphan(&self, span: usize) -> bool {
        self.flow.spans[span].parent.is_some_and(|parent| self.kept.get(parent).is_none_or(Option::is_none))
    }

    /// Adds attributes to a span that was added without, from the first on, as many as there is room for.
    fn complete(&mut self, span: usize) {
        let Some(kept) = &mut self.kept[span] else { return };
        for attribute in self.flow.spans[span].attributes.iter().skip(kept.attributes) {
            let Some(rest) = self.room.checked_sub(size(attribute, self.cut)) else { return };
            self.room = rest;
            kept.attributes += 1;
        }
    }
}

/// What an attribute takes, in bytes.
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

    const DROPPED: &str = "omegi.flow.dropped_spans";

    fn attributes(count: usize) -> Vec<Attribute> {
        (0..count).map(|nth| Attribute::new(format!("omegi.tag.{nth}"), "x".repeat(2_000))).collect()
    }

    #[test]
    fn a_root_with_more_than_there_is_room_for_comes_with_what_fits() {
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
    fn a_way_that_is_too_long_is_told_from_the_root_on() {
        let flow = flow((0..300_usize).map(|index| failing("f", index.checked_sub(1), "x")));
        let fitted = fitted(&flow, "t", 16 << 10);
        let message = json(&fitted);
        let spans = message["spans"].as_array().unwrap();
        assert!(spans.len() > 60, "{}", spans.len());
        assert!(spans.windows(2).all(|pair| pair[0]["parentSpanId"] == pair[1]["spanId"]), "{message}");
    }

    /// What every message is, whatever its flow holds.
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
