//! Calls that were counted instead of recorded.

use crate::vocabulary::{Attribute, Event, Value};

/// The content of an event `omegi.calls`: the calls of one function that have no records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::exporting) struct CallSummary<'e> {
    /// The function's path without its crate, like a span's name.
    pub(in crate::exporting) name: &'e str,
    /// The number of calls.
    pub(in crate::exporting) count: u64,
    /// The number of calls that ended with an error.
    pub(in crate::exporting) errors: u64,
    /// Their total duration, in nanoseconds.
    pub(in crate::exporting) total_ns: u64,
    /// The longest duration, in nanoseconds.
    pub(in crate::exporting) longest_ns: u64,
    /// True if the durations are estimated, because not all calls were timed.
    pub(in crate::exporting) is_estimated: bool,
}

impl<'e> CallSummary<'e> {
    /// Reads a summary, if the event is one.
    pub(in crate::exporting) fn of(event: &'e Event) -> Option<Self> {
        (event.name == "omegi.calls").then(|| Self {
            name: without_crate(text(event, "code.function.name")),
            count: number(event, "omegi.calls.count"),
            errors: number(event, "omegi.calls.errors"),
            total_ns: number(event, "omegi.calls.total_ns"),
            longest_ns: number(event, "omegi.calls.longest_ns"),
            is_estimated: value(event, "omegi.calls.timed").is_some(),
        })
    }
}

pub(super) fn without_crate(path: &str) -> &str {
    path.split_once("::").map_or(path, |(_, rest)| rest)
}

pub(super) fn text<'e>(event: &'e Event, key: &str) -> &'e str {
    match value(event, key) {
        Some(Value::Str(text)) => text,
        _ => "",
    }
}

fn number(event: &Event, key: &str) -> u64 {
    match value(event, key) {
        Some(Value::I64(number)) => u64::try_from(*number).unwrap_or(0),
        _ => 0,
    }
}

fn value<'e>(event: &'e Event, key: &str) -> Option<&'e Value> {
    event.attributes.iter().find(|attribute| attribute.key == key).map(|Attribute { value, .. }| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{calls, event};

    #[test]
    fn only_omegi_calls_is_a_summary() {
        let expected = CallSummary {
            name: "csv::parse_row",
            count: 9,
            errors: 2,
            total_ns: 3_000,
            longest_ns: 2_000,
            is_estimated: false,
        };
        assert_eq!(CallSummary::of(&calls("shop::csv::parse_row", 9, 2, 3_000, 2_000)), Some(expected));
        assert_eq!(CallSummary::of(&event("exception", [])), None);
    }
}
