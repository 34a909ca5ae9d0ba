//! The error rate limit: of each kind of error, the first flows in a minute are kept whole, and the
//! others are counted. In a run that nobody watches the rate falls: later flows become rare.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::recording::data::error_kinds::{ErrorKind, ErrorKinds};

/// The time after which the count of a kind starts again.
const WINDOW: Duration = Duration::from_secs(60);

/// The most kinds that are counted separately. Beyond it, the kind whose latest flow is oldest is
/// forgotten: more of its flows are kept, never fewer.
const KINDS: usize = 1024;

/// Limits the number of flows kept for one kind of error.
#[derive(Debug)]
pub(crate) struct ErrorRateLimit {
    /// The number of flows kept for one kind in its first window; `None` is no limit.
    limit: Option<u64>,
    later: Later,
    kinds: Mutex<HashMap<ErrorKind, Count>>,
}

/// The flows that are kept after the first ones.
#[derive(Clone, Copy, Debug)]
enum Later {
    /// As many in each later window.
    InWindow(u64),
    /// One whenever the number of flows has doubled.
    Doubled,
}

/// The decision about a flow with errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LimitDecision {
    /// The flow is kept for its errors. It reports the flows of these kinds suppressed since the
    /// latest kept one.
    Keep { suppressed: u64 },
    /// The flow is kept only for another reason, and reports the same.
    KeepAnyway { suppressed: u64 },
    /// The flow is dropped and counted.
    Suppress,
}

/// The counts of a kind.
#[derive(Clone, Copy, Debug)]
struct Count {
    since: Instant,
    latest: Instant,
    /// The number of flows that may be kept since then.
    limit: u64,
    /// The number of flows that have been judged.
    judged: u64,
    /// The number of flows kept since then.
    kept: u64,
    /// The number of suppressed flows that no kept flow has reported.
    suppressed: u64,
}

impl ErrorRateLimit {
    pub(crate) fn new(limit: Option<u64>) -> Self {
        Self { limit, later: Later::InWindow(limit.unwrap_or_default()), kinds: Mutex::default() }
    }

    /// Keeps the first `flows` flows of a kind, and one whenever their number has doubled.
    pub(crate) fn falling(flows: u64) -> Self {
        Self { later: Later::Doubled, ..Self::new(Some(flows)) }
    }

    /// Keeps the first `examples` flows of a kind, and one in each later window.
    pub(crate) fn of_examples(examples: u64) -> Self {
        Self { later: Later::InWindow(1), ..Self::new(Some(examples)) }
    }

    /// Decides about a flow with errors of these kinds that ended `now`.
    ///
    /// `has_other_reason`: whether the flow is kept anyway.
    pub(crate) fn judge(&self, kinds: &ErrorKinds, has_other_reason: bool, now: Instant) -> LimitDecision {
        let Some(limit) = self.limit else {
            return LimitDecision::Keep { suppressed: 0 };
        };
        let kinds = match kinds.as_slice() {
            [] => &[ErrorKind::UNKNOWN],
            known => known,
        };
        let mut counts = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        // One kind below its limit is enough.
        let is_wanted = kinds.iter().fold(false, |is_wanted, kind| {
            make_room(&mut counts, *kind);
            let count = counts.entry(*kind).or_insert_with(|| Count::new(limit, now));
            is_wanted | count.wants_next(self.later, now)
        });
        if !is_wanted && !has_other_reason {
            // The flow counts under one kind only: a flow that reports several kinds would report
            // it several times.
            kinds
                .first()
                .and_then(|kind| counts.get_mut(kind))
                .into_iter()
                .for_each(|count| count.suppressed += 1);
            return LimitDecision::Suppress;
        }
        let suppressed = kinds.iter().filter_map(|kind| counts.get_mut(kind).map(Count::keep)).sum();
        if is_wanted { LimitDecision::Keep { suppressed } } else { LimitDecision::KeepAnyway { suppressed } }
    }
}

fn make_room(counts: &mut HashMap<ErrorKind, Count>, kind: ErrorKind) {
    if counts.len() < KINDS || counts.contains_key(&kind) {
        return;
    }
    let quietest = counts.iter().min_by_key(|(_, count)| count.latest).map(|(kind, _)| *kind);
    quietest.map(|kind| counts.remove(&kind));
}

impl Count {
    const fn new(limit: u64, now: Instant) -> Self {
        Self { since: now, latest: now, limit, judged: 0, kept: 0, suppressed: 0 }
    }

    /// Returns whether the next flow is to be kept.
    fn wants_next(&mut self, later: Later, now: Instant) -> bool {
        self.latest = now;
        self.judged += 1;
        match later {
            // A window starts again when it has passed.
            Later::InWindow(limit) if now.saturating_duration_since(self.since) >= WINDOW => {
                (self.since, self.limit, self.kept) = (now, limit, 0);
            }
            Later::Doubled => {
                let doublings = self.judged.checked_div(self.limit).unwrap_or_default();
                let has_doubled = self.judged.is_multiple_of(self.limit) && doublings.is_power_of_two();
                return self.judged <= self.limit || has_doubled;
            }
            Later::InWindow(_) => {}
        }
        self.kept < self.limit
    }

    /// Counts a kept flow. Returns the number of suppressed flows that it reports.
    fn keep(&mut self) -> u64 {
        self.kept += 1;
        std::mem::take(&mut self.suppressed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: LimitDecision = LimitDecision::Keep { suppressed: 0 };

    fn kinds<const N: usize>(numbers: [u64; N]) -> ErrorKinds {
        let mut kinds = ErrorKinds::default();
        numbers.into_iter().for_each(|number| kinds.add(ErrorKind::numbered(number)));
        kinds
    }

    #[test]
    fn the_first_flows_of_a_kind_are_kept_and_the_next_window_reports_the_others() {
        let limit = ErrorRateLimit::new(Some(3));
        let begin = Instant::now();
        let at = |nth: u32| begin + Duration::from_micros(nth.into());
        let judged: Vec<_> = (0..100_000).map(|nth| limit.judge(&kinds([1]), false, at(nth))).collect();
        assert_eq!(judged[..3], [KEPT; 3]);
        assert!(judged[3..].iter().all(|judged| *judged == LimitDecision::Suppress));
        assert_eq!(
            limit.judge(&kinds([1]), false, begin + WINDOW),
            LimitDecision::Keep { suppressed: 99_997 }
        );
        assert_eq!(limit.judge(&kinds([1]), false, begin + WINDOW), KEPT);
    }

    #[test]
    fn examples_are_the_first_flows_of_a_kind_and_one_in_each_later_window() {
        let limit = ErrorRateLimit::of_examples(3);
        let begin = Instant::now();
        let kept = |window: u32| {
            let now = begin + window * WINDOW;
            (0..10).filter(|_| limit.judge(&kinds([1]), false, now) != LimitDecision::Suppress).count()
        };
        assert_eq!([kept(0), kept(1), kept(2)], [3, 1, 1]);
    }

    #[test]
    fn a_falling_rate_keeps_the_first_flows_and_one_whenever_their_number_has_doubled() {
        let limit = ErrorRateLimit::falling(20);
        let begin = Instant::now();
        // Time changes nothing.
        let at = |nth: u32| begin + WINDOW * nth;
        let kept: Vec<_> = (1..=1_000_u32)
            .filter(|nth| limit.judge(&kinds([1]), false, at(*nth)) != LimitDecision::Suppress)
            .collect();
        assert_eq!(kept[..20], (1..=20).collect::<Vec<_>>());
        assert_eq!(kept[20..], [40, 80, 160, 320, 640]);
        assert_eq!(limit.judge(&kinds([2]), false, begin), KEPT, "another kind has its own");
        assert_eq!(limit.judge(&kinds([1]), true, begin), LimitDecision::KeepAnyway { suppressed: 360 });
    }

    #[test]
    fn a_suppressed_kind_hides_no_other() {
        let (limit, now) = (ErrorRateLimit::new(Some(1)), Instant::now());
        assert_eq!(limit.judge(&kinds([1]), false, now), KEPT);
        assert_eq!(limit.judge(&kinds([1]), false, now), LimitDecision::Suppress);
        assert_eq!(limit.judge(&kinds([2]), false, now), KEPT);
        assert_eq!(
            limit.judge(&kinds([1, 3]), false, now),
            LimitDecision::Keep { suppressed: 1 },
            "kept for the third, reports the first"
        );
        assert_eq!(limit.judge(&kinds([1, 2, 3]), false, now), LimitDecision::Suppress);
    }

    #[test]
    fn a_flow_kept_anyway_reports_suppressed_flows() {
        let (limit, now) = (ErrorRateLimit::new(Some(0)), Instant::now());
        assert_eq!(limit.judge(&kinds([1]), false, now), LimitDecision::Suppress);
        assert_eq!(limit.judge(&kinds([1]), true, now), LimitDecision::KeepAnyway { suppressed: 1 });
        assert_eq!(ErrorRateLimit::new(None).judge(&kinds([1]), false, now), KEPT);
    }

    #[test]
    fn a_suppressed_flow_of_several_kinds_is_reported_once() {
        let (limit, now) = (ErrorRateLimit::new(Some(1)), Instant::now());
        assert_eq!(limit.judge(&kinds([1, 2]), false, now), KEPT);
        for _ in 0..99 {
            assert_eq!(limit.judge(&kinds([1, 2]), false, now), LimitDecision::Suppress);
        }
        assert_eq!(limit.judge(&kinds([2, 1]), false, now + WINDOW), LimitDecision::Keep { suppressed: 99 });
    }

    #[test]
    fn unknown_errors_are_a_kind() {
        let (limit, now) = (ErrorRateLimit::new(Some(1)), Instant::now());
        assert_eq!(limit.judge(&kinds([]), false, now), KEPT);
        assert_eq!(limit.judge(&kinds([]), false, now), LimitDecision::Suppress);
    }

    #[test]
    fn the_number_of_kinds_is_bounded_and_the_oldest_is_forgotten() {
        let (limit, now) = (ErrorRateLimit::new(Some(1)), Instant::now());
        let at = |second: u64| now + Duration::from_millis(second);
        for number in 0..10 * KINDS as u64 {
            assert_eq!(limit.judge(&kinds([number]), false, at(number)), KEPT);
            assert_eq!(
                limit.judge(&kinds([0]), false, at(number)),
                LimitDecision::Suppress,
                "a kind that goes on is not forgotten"
            );
        }
        assert_eq!(limit.kinds.lock().unwrap().len(), KINDS);
    }
}
