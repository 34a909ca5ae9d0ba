//! Chooses the functions of a profile that get spans.
//!
//! A span costs the same for each call, so a function's spans cost its calls. Those of long calls
//! tell most about a flow, and cost least beside the calls themselves. So spans go to the functions
//! with the longest calls first, until the budget is spent. A tenth of it is set aside for those
//! that are called rarely: their spans cost next to nothing.

use std::collections::BTreeSet;

use omegi_runtime::{CallTimes, Profile, ProfiledFunction};

use super::budget::Budget;

/// The nanoseconds of CPU that a span adds to a call: 8 if its flow is dropped, and 330 with the
/// export if it is kept, as 1 in 5 are (docs/explain/cost.md).
pub(crate) const SPAN_NS: u64 = 72;

/// The part of the budget that is set aside for functions that are called rarely: one in this many.
const FOR_RARE_CALLS: u64 = 10;

/// The functions with spans, and the time of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// The functions.
    pub(crate) spans: BTreeSet<ProfiledFunction>,
    /// The predicted time of their spans, in nanoseconds.
    pub(crate) cost_ns: u64,
}

/// Chooses spans of which the predicted time stays within the budget.
pub(crate) fn choose(profile: &Profile, budget: Budget) -> Chosen {
    let allowed = budget.of(program_ns(profile));
    let mut chosen = Chosen::default();
    let mut functions: Vec<_> = profile.functions.iter().collect();
    functions.sort_by_key(|(_, times)| times.calls);
    functions.iter().for_each(|(function, times)| chosen.add(function, times, allowed / FOR_RARE_CALLS));
    functions.sort_by_key(|(_, times)| std::cmp::Reverse(mean_ns(times)));
    functions.iter().for_each(|(function, times)| chosen.add(function, times, allowed));
    chosen
}

/// Returns the time that the program computed, as far as it is known: else that of its functions,
/// in which they may have waited.
pub(crate) fn program_ns(profile: &Profile) -> u64 {
    if profile.program_ns > 0 {
        return profile.program_ns;
    }
    profile.functions.values().fold(0, |sum, times| sum.saturating_add(times.self_ns))
}

impl Chosen {
    /// Adds a function, if the cost stays within `allowed`.
    fn add(&mut self, function: &ProfiledFunction, times: &CallTimes, allowed: u64) {
        let cost = self.cost_ns.saturating_add(times.calls.saturating_mul(SPAN_NS));
        if cost <= allowed && self.spans.insert(function.clone()) {
            self.cost_ns = cost;
        }
    }
}

fn mean_ns(times: &CallTimes) -> u64 {
    times.inclusive_ns / times.calls.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row has a name, calls, inclusive and self nanoseconds.
    fn profile(program_ns: u64, rows: &[(&str, u64, u64, u64)]) -> Profile {
        let mut profile = Profile { program_ns, ..Profile::default() };
        for (path, calls, inclusive_ns, self_ns) in rows {
            let function = ProfiledFunction { path: (*path).to_owned(), file: "src/lib.rs".to_owned() };
            let times = CallTimes { calls: *calls, inclusive_ns: *inclusive_ns, self_ns: *self_ns };
            profile.add(function, times);
        }
        profile
    }

    #[track_caller]
    fn chosen(program_ns: u64, rows: &[(&str, u64, u64, u64)], expected: &[&str]) {
        let profile = profile(program_ns, rows);
        let chosen = choose(&profile, Budget::default());
        let names: Vec<_> = chosen.spans.iter().map(|function| function.path.as_str()).collect();
        assert_eq!(names, expected);
        assert!(chosen.cost_ns <= Budget::default().of(super::program_ns(&profile)));
    }

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn long_calls_come_first_until_the_budget_is_spent() {
        // 2 % of a second are 277,777 spans.
        let rows = [
            ("main", 1, SECOND, 1_000),
            ("request", 100_000, 900_000_000, 100_000_000),
            ("parse", 177_000, 600_000_000, 300_000_000),
            ("token", 1_000_000, 300_000_000, 300_000_000),
        ];
        chosen(SECOND, &rows, &["main", "parse", "request"]);
    }

    #[test]
    fn a_function_that_is_too_dear_leaves_room_for_those_behind_it() {
        let rows = [("a", 300_000, 500_000_000, 0), ("b", 270_000, 80_000_000, 0)];
        chosen(SECOND, &rows, &["b"]);
    }

    #[test]
    fn rare_calls_get_spans_however_short_they_are() {
        let rows = [("long", 277_000, 900_000_000, 0), ("setup", 3, 30, 30), ("shut", 1, 2, 2)];
        chosen(SECOND, &rows, &["long", "setup", "shut"]);
        let rows = [("long", 277_778, 900_000_000, 0), ("setup", 3, 30, 30)];
        chosen(SECOND, &rows, &["setup"]);
    }

    #[test]
    fn the_time_of_the_functions_stands_for_an_unknown_one_of_the_program() {
        let rows = [("a", 10, 1_000_000, 900_000), ("b", 1_000, 100_000, 100_000)];
        chosen(0, &rows, &["a"]);
        chosen(0, &[], &[]);
        chosen(0, &[("a", 0, 0, 0)], &["a"]);
    }

    #[test]
    fn no_numbers_overflow() {
        let rows = [("a", u64::MAX, u64::MAX, u64::MAX), ("b", u64::MAX, 1, u64::MAX)];
        chosen(0, &rows, &[]);
    }
}
