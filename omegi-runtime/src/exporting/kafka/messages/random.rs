//! Random flows, for tests.

use crate::exporting::fixtures::{event, failing, flow, span, step};
use crate::recording::ids::IdSource;
use crate::vocabulary::{Attribute, ErrorReport, Flow, PathStep, Span, SpanKind};

/// Draws the same numbers for the same seed.
pub(super) struct Random(IdSource);

impl Random {
    pub(super) const fn seeded(seed: u64) -> Self {
        Self(IdSource::seeded(seed, 0))
    }

    /// Draws a number below the limit.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.0.segment_seed() % limit as u64).unwrap()
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Draws a text, short as a rule, of letters with encodings of different lengths.
    fn text(&mut self) -> String {
        let letter = ["x", "\"", "\u{1}", "é", "😀"][self.below(5)];
        let length = if self.one_in(20) { 3_000 } else { 20 };
        letter.repeat(self.below(length))
    }

    fn attributes(&mut self) -> Vec<Attribute> {
        let count = if self.one_in(8) { 130 } else { 4 };
        (0..self.below(count))
            .map(|nth| Attribute::new(format!("{nth}{}", self.text()), self.text()))
            .collect()
    }

    fn span(&mut self, parent: Option<usize>) -> Span {
        let mut span = if self.one_in(2) { failing("f", parent, "torn") } else { span("f", parent) };
        span.attributes = self.attributes();
        if self.one_in(4) {
            span.name = self.text().into();
            span.kind = [SpanKind::Server, SpanKind::Client][self.below(2)];
            span.events = vec![event("exception", [("exception.stacktrace", self.text().into())])];
        }
        span
    }

    /// Draws a flow with an error: a deep or broad tree, whose spans end in any order.
    pub(super) fn failed_flow(&mut self) -> Flow {
        let is_deep = self.one_in(2);
        let others = [0, 3, 40, 400][self.below(4)];
        let mut spans = vec![Span { attributes: self.attributes(), ..failing("root", None, "torn") }];
        for index in 1..=others {
            let parent = if is_deep && !self.one_in(10) { index - 1 } else { self.below(index) };
            spans.push(self.span(Some(parent)));
        }
        let mut flow = flow(spans);
        flow.spans
            .iter_mut()
            .skip(1)
            .for_each(|span| span.end_order = self.below(others).try_into().unwrap());
        flow.errors = vec![self.report(&flow)];
        flow
    }

    /// Draws an error that passes all spans from a failed one outwards.
    fn report(&mut self, flow: &Flow) -> ErrorReport {
        let origin = Some(self.below(flow.spans.len()));
        let path = std::iter::successors(origin, |span| flow.spans[*span].parent);
        let function = self.text();
        let step = |span| PathStep { function: function.clone().into(), ..step(span, "", "src/main.rs", 1) };
        let path = path.map(step).collect();
        ErrorReport { error_type: self.text().into(), message: self.text(), causes: Vec::new(), path }
    }
}
