//! The error that left each span.

use std::collections::HashMap;

use crate::vocabulary::{ErrorTextRef, Event, Flow, PathStep};

/// An error that left a span.
#[derive(Clone, Copy, Debug)]
pub(in crate::exporting) struct SpanError<'f> {
    /// The step of the error's path through the span.
    pub(in crate::exporting) step: &'f PathStep,
    /// The error's type and message when it left.
    pub(in crate::exporting) text: ErrorTextRef<'f>,
    /// True if the error began in the span.
    pub(in crate::exporting) is_origin: bool,
}

/// An index of a flow's errors by span.
pub(in crate::exporting) struct SpanErrors<'f>(HashMap<usize, SpanError<'f>>);

impl<'f> SpanErrors<'f> {
    /// Indexes the errors of a flow. If two errors left one span, the later one counts: the span
    /// ended with it.
    pub(in crate::exporting) fn of(flow: &'f Flow) -> Self {
        let steps = flow.errors.iter().flat_map(|report| {
            let numbered = report.texts().enumerate();
            let recorded = numbered.filter(|(_, (step, _))| step.recorded);
            recorded.map(|(nth, (step, text))| (step.span, SpanError { step, text, is_origin: nth == 0 }))
        });
        Self(steps.collect())
    }

    /// The error that left the span at this index, if one did.
    pub(in crate::exporting) fn get(&self, span: usize) -> Option<SpanError<'f>> {
        self.0.get(&span).copied()
    }

    /// The events of the span at this index, without the `exception` of an error that began there.
    ///
    /// The error is shown with its path instead.
    pub(in crate::exporting) fn other_events<'a>(
        &self,
        flow: &'a Flow,
        span: usize,
    ) -> impl Iterator<Item = &'a Event> {
        let is_origin = self.get(span).is_some_and(|error| error.is_origin);
        flow.spans[span].events.iter().filter(move |event| !(is_origin && event.name == "exception"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::failing_order;

    #[test]
    fn an_error_is_followed_through_its_changes() {
        let flow = failing_order();
        let errors = SpanErrors::of(&flow);
        let text = |span| errors.get(span).map(|error| error.text.to_string());
        assert_eq!(text(3).as_deref(), Some("shop::db::Error: no such item \"x\""));
        assert_eq!(text(2), text(3));
        assert_eq!(text(0).as_deref(), Some("shop::OrderError: cannot place order 12"));
        assert_eq!(text(1), None);
        assert!(errors.get(3).is_some_and(|error| error.is_origin && error.step.became.is_none()));
        assert!(errors.get(0).is_some_and(|error| !error.is_origin && error.step.became.is_some()));
    }
}
