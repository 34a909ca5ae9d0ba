//! What each span has to do with an error.

use std::collections::HashMap;
use std::fmt;

use crate::vocabulary::{ErrorReport, Event, Flow};

/// How an error left a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::exporting) struct Passage<'f> {
    /// The error's type when it left.
    pub(in crate::exporting) error_type: &'f str,
    /// Its message when it left.
    pub(in crate::exporting) message: &'f str,
    /// Whether it began here.
    pub(in crate::exporting) origin: bool,
    /// Whether it became something else here.
    pub(in crate::exporting) changed: bool,
}

impl fmt::Display for Passage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error_type, self.message)
    }
}

/// The spans of a flow that an error passed.
pub(in crate::exporting) struct Passages<'f>(HashMap<usize, Passage<'f>>);

impl<'f> Passages<'f> {
    /// Follows every error of the flow along its path. Where two passed the same span, the later one counts: it is the
    /// one that the span ended with.
    pub(in crate::exporting) fn of(flow: &'f Flow) -> Self {
        Self(flow.errors.iter().flat_map(follow).collect())
    }

    /// How an error left the span at this index, if one did.
    pub(in crate::exporting) fn through(&self, span: usize) -> Option<Passage<'f>> {
        self.0.get(&span).copied()
    }

    /// The events of the span at this index that say something new: the `exception` of an error that began there is
    /// left out, for the error is told with its path.
    pub(in crate::exporting) fn other_events<'a>(
        &self,
        flow: &'a Flow,
        span: usize,
    ) -> impl Iterator<Item = &'a Event> {
        let origin = self.through(span).is_some_and(|passage| passage.origin);
        flow.spans[span].events.iter().filter(move |event| !(origin && event.name == "exception"))
    }
}

fn follow(report: &ErrorReport) -> impl Iterator<Item = (usize, Passage<'_>)> {
    let mut text = (&*report.error_type, &*report.message);
    report.path.iter().enumerate().map(move |(nth, step)| {
        if let Some(became) = &step.became {
            text = (&became.error_type, &became.message);
        }
        let (error_type, message) = text;
        (step.span, Passage { error_type, message, origin: nth == 0, changed: step.became.is_some() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::failing_order;

    #[test]
    fn an_error_is_followed_through_its_changes() {
        let flow = failing_order();
        let passages = Passages::of(&flow);
        let shown = |span| passages.through(span).map(|passage| passage.to_string());
        assert_eq!(shown(3).as_deref(), Some("shop::db::Error: no such item \"x\""));
        assert_eq!(shown(2), shown(3));
        assert_eq!(shown(0).as_deref(), Some("shop::OrderError: cannot place order 12"));
        assert_eq!(shown(1), None);
        assert!(passages.through(3).is_some_and(|passage| passage.origin && !passage.changed));
        assert!(passages.through(0).is_some_and(|passage| !passage.origin && passage.changed));
    }
}
