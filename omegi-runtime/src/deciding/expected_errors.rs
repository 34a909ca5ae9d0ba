//! Expected errors: those of a function that often fails, and whose failures are always handled.
//!
//! A parser that lacks input and a scanner that finds no match fail as a part of their work. The
//! share of failing calls must be known for that. Flows without an error are not looked at, so they
//! would be missing in it. So once a kind of error has been met often, its site is *watched*: every
//! segment that ends counts its calls, failed or not, until the share is clear.
//!
//! [`expects`](ExpectedErrors::expects) takes no lock. Learning waits for none: a segment that ends
//! while another thread learns is left out, with all its calls.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::recording::data::error_kinds::ErrorKind;
use crate::recording::data::judged_errors::MetErrors;
use crate::vocabulary::CallSite;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::{Level, say_at};

/// The number of handled errors of a kind before its site is watched.
const BEFORE_WATCHING: u64 = 100;

/// A watched site is judged after this many failures, or this many calls.
const WATCHED_FAILURES: u64 = 20;
const WATCHED_CALLS: u64 = 400;

/// Errors are expected if at least one in this many calls fails.
const CALLS_PER_FAILURE: u64 = 20;

/// A judgement holds for this time. Then the next error has the site watched again.
const VALID: Duration = Duration::from_secs(60);

/// The most kinds that are expected, that are watched at once, and that are known. Of the last, the
/// one that was met least recently is forgotten.
const EXPECTED: usize = 256;
const WATCHED: usize = 16;
const KNOWN: usize = 1024;

/// The kinds of error that are expected, and those that may become so.
#[derive(Debug)]
pub(crate) struct ExpectedErrors {
    /// The expected kinds, as numbers; 0 is a free place.
    expected: [AtomicU64; EXPECTED],
    /// True if there is an expected kind.
    any_expected: AtomicBool,
    /// True if a site is watched.
    watches: AtomicBool,
    known: Mutex<HashMap<ErrorKind, KnownErrors>>,
}

/// The experience with one kind of error.
#[derive(Debug)]
struct KnownErrors {
    site: &'static CallSite,
    error_type: Box<str>,
    /// The number of handled ones since it was judged or one escaped.
    handled: u64,
    latest: Instant,
    judged: Option<Instant>,
    watch: Option<Watch>,
    is_expected: bool,
}

/// The calls of a watched site, and the errors of the kind among them.
#[derive(Clone, Copy, Debug)]
struct Watch {
    since: Instant,
    calls: u64,
    failures: u64,
}

impl ExpectedErrors {
    pub(crate) fn new() -> Self {
        Self {
            expected: [const { AtomicU64::new(0) }; EXPECTED],
            any_expected: AtomicBool::new(false),
            watches: AtomicBool::new(false),
            known: Mutex::default(),
        }
    }

    /// Returns whether errors of this kind are expected.
    pub(crate) fn expects(&self, kind: ErrorKind) -> bool {
        self.any_expected.load(Ordering::Relaxed)
            && self.expected.iter().any(|place| place.load(Ordering::Relaxed) == kind.number())
    }

    /// Returns whether [`learn`](Self::learn) wants every segment, also without an error.
    pub(crate) fn watches(&self) -> bool {
        self.watches.load(Ordering::Relaxed)
    }

    /// Learns from a segment that has ended `now`.
    pub(crate) fn learn(
        &self,
        met: &[MetErrors<'_>],
        calls: &mut dyn FnMut(&'static CallSite) -> u64,
        now: Instant,
    ) {
        let Ok(mut known) = self.known.try_lock() else { return };
        let mut changes = self.count_watched(&mut known, met, calls, now);
        for errors in met {
            make_room(&mut known, errors.kind);
            let entry = known.entry(errors.kind).or_insert_with(|| KnownErrors::new(errors, now));
            entry.latest = now;
            if errors.escaped {
                changes |= entry.is_expected || entry.watch.is_some();
                entry.escaped();
                continue;
            }
            entry.handled += errors.count;
            let (is_due, is_expected) = (entry.is_to_be_watched(now), entry.is_expected);
            if is_due && has_place(&known, is_expected) {
                known.entry(errors.kind).and_modify(|entry| entry.watch = Some(Watch::new(now)));
                changes = true;
            }
        }
        if changes {
            self.publish(&known);
        }
    }

    /// Counts the segment for the watched sites. Returns whether one was judged.
    fn count_watched(
        &self,
        known: &mut HashMap<ErrorKind, KnownErrors>,
        met: &[MetErrors<'_>],
        calls: &mut dyn FnMut(&'static CallSite) -> u64,
        now: Instant,
    ) -> bool {
        if !self.watches() {
            return false;
        }
        let mut judges = false;
        for (kind, known) in known {
            let Some(watch) = &mut known.watch else { continue };
            let failures = met.iter().find(|met| met.kind == *kind).map_or(0, |met| met.count);
            watch.calls += calls(known.site).max(failures);
            watch.failures += failures;
            if watch.failures >= WATCHED_FAILURES || watch.calls >= WATCHED_CALLS {
                let watch = *watch;
                known.judge(watch, now);
                judges = true;
            } else if now.saturating_duration_since(watch.since) >= VALID {
                known.watch_later(now);
                judges = true;
            }
        }
        judges
    }

    /// Makes the judgements known to [`expects`](Self::expects), and the watched sites to
    /// [`watches`](Self::watches).
    fn publish(&self, known: &HashMap<ErrorKind, KnownErrors>) {
        let expected = known.iter().filter(|(_, known)| known.is_expected).map(|(kind, _)| kind.number());
        let expected: Vec<u64> = expected.collect();
        let numbers = expected.iter().copied().chain(std::iter::repeat(0));
        self.expected.iter().zip(numbers).for_each(|(place, number)| place.store(number, Ordering::Relaxed));
        self.any_expected.store(!expected.is_empty(), Ordering::Relaxed);
        self.watches.store(known.values().any(|known| known.watch.is_some()), Ordering::Relaxed);
        COUNTERS.set_expected_error_kinds(expected.len() as u64);
    }
}

impl Watch {
    const fn new(since: Instant) -> Self {
        Self { since, calls: 0, failures: 0 }
    }
}

impl KnownErrors {
    fn new(met: &MetErrors<'_>, now: Instant) -> Self {
        Self {
            site: met.site,
            error_type: met.error_type.into(),
            handled: 0,
            latest: now,
            judged: None,
            watch: None,
            is_expected: false,
        }
    }

    fn is_to_be_watched(&self, now: Instant) -> bool {
        let is_due = self.judged.is_none_or(|judged| now.saturating_duration_since(judged) >= VALID);
        self.watch.is_none() && is_due && (self.is_expected || self.handled >= BEFORE_WATCHING)
    }

    /// Ends a watch that saw too few calls. The judgement stays.
    fn watch_later(&mut self, now: Instant) {
        (self.judged, self.watch, self.handled) = (Some(now), None, 0);
    }

    /// Judges whether errors of the kind are expected.
    fn judge(&mut self, watch: Watch, now: Instant) {
        let Watch { calls, failures, .. } = watch;
        let is_expected = failures * CALLS_PER_FAILURE >= calls;
        let changed = is_expected != self.is_expected;
        (self.is_expected, self.judged, self.watch, self.handled) = (is_expected, Some(now), None, 0);
        if changed {
            self.report(format_args!("{failures} of {calls} calls failed, and all errors were handled"));
        }
    }

    /// Starts again, because one of these errors escaped.
    fn escaped(&mut self) {
        let was_expected = self.is_expected;
        (self.is_expected, self.judged, self.watch, self.handled) = (false, None, None, 0);
        if was_expected {
            self.report(format_args!("one escaped"));
        }
    }

    fn report(&self, reason: std::fmt::Arguments<'_>) {
        let Self { site, error_type, .. } = self;
        let consequence = if self.is_expected {
            "are expected and keep no flow any more"
        } else {
            "are not expected any more and keep their flows"
        };
        let function = site.function();
        say_at(
            Level::Debug,
            format_args!(
                "errors of the type {error_type:?} that begin in {function} {consequence}: {reason} \
                 (OMEGI_ERRORS=auto)"
            ),
        );
    }
}

/// Returns whether one more site can be watched, and become expected if it is not.
fn has_place(known: &HashMap<ErrorKind, KnownErrors>, is_expected: bool) -> bool {
    let watched = known.values().filter(|known| known.watch.is_some()).count();
    let expected = known.values().filter(|known| known.is_expected).count();
    watched < WATCHED && (is_expected || watched + expected < EXPECTED)
}

/// Forgets the kind that was met least recently, if `kind` is new and there is no room for it. An
/// expected kind stays: it would have to be learned again.
fn make_room(known: &mut HashMap<ErrorKind, KnownErrors>, kind: ErrorKind) {
    if known.len() < KNOWN || known.contains_key(&kind) {
        return;
    }
    let forgotten = known.iter().filter(|(_, known)| !known.is_expected);
    let oldest = forgotten.min_by_key(|(_, known)| known.latest).map(|(kind, _)| *kind);
    oldest.map(|kind| known.remove(&kind));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::call_site::FunctionPath;

    static PARSE: CallSite = CallSite::new("shop", FunctionPath::Written("parse"));

    fn met(number: u64, count: u64, escaped: bool) -> MetErrors<'static> {
        MetErrors { kind: ErrorKind::numbered(number), site: &PARSE, error_type: "E", count, escaped }
    }

    /// Ends `segments` segments of one call each, of which one in `every` fails and is handled.
    fn run(errors: &ExpectedErrors, segments: u64, every: u64, now: Instant) {
        for nth in 0..segments {
            if nth.is_multiple_of(every) {
                errors.learn(&[met(1, 1, false)], &mut |_| 1, now);
            } else if errors.watches() {
                errors.learn(&[], &mut |_| 1, now);
            }
        }
    }

    fn expects(errors: &ExpectedErrors) -> bool {
        errors.expects(ErrorKind::numbered(1))
    }

    #[test]
    fn frequent_errors_that_are_handled_become_expected() {
        for every in [1, 2, 10, 15] {
            let errors = ExpectedErrors::new();
            let now = Instant::now();
            run(&errors, 99 * every, every, now);
            assert!(!expects(&errors) && !errors.watches(), "1 in {every}: too few are known");
            run(&errors, 100 * every, every, now);
            assert!(expects(&errors) && !errors.watches(), "1 in {every}");
            assert!(!errors.expects(ErrorKind::numbered(2)));
        }
    }

    #[test]
    fn rare_errors_are_never_expected_though_flows_without_one_are_not_looked_at() {
        let errors = ExpectedErrors::new();
        let now = Instant::now();
        run(&errors, 40_000, 40, now);
        assert!(!expects(&errors));
        run(&errors, 400_000, 40, now + VALID);
        assert!(!expects(&errors));
    }

    #[test]
    fn many_calls_in_one_segment_count_each() {
        let errors = ExpectedErrors::new();
        let now = Instant::now();
        errors.learn(&[met(1, 5_000, false)], &mut |_| 10_000, now);
        assert!(errors.watches() && !expects(&errors));
        errors.learn(&[met(1, 5_000, false)], &mut |_| 10_000, now);
        assert!(expects(&errors));
    }

    #[test]
    fn one_that_escapes_ends_the_expectation_at_once() {
        let errors = ExpectedErrors::new();
        let now = Instant::now();
        run(&errors, 1_000, 2, now);
        assert!(expects(&errors));
        errors.learn(&[met(1, 1, true)], &mut |_| 1, now);
        assert!(!expects(&errors));
        run(&errors, 1_000, 2, now);
        assert!(expects(&errors), "it is learned again");
    }

    #[test]
    fn errors_that_became_rare_are_not_expected_any_more() {
        let errors = ExpectedErrors::new();
        let now = Instant::now();
        run(&errors, 1_000, 2, now);
        run(&errors, 10_000, 1_000, now);
        assert!(expects(&errors), "the judgement holds for a minute");
        run(&errors, 10_000, 1_000, now + VALID);
        assert!(!expects(&errors));
    }

    #[test]
    fn a_watch_that_sees_too_few_calls_ends() {
        let errors = ExpectedErrors::new();
        let now = Instant::now();
        errors.learn(&[met(1, 200, false)], &mut |_| 200, now);
        assert!(errors.watches());
        errors.learn(&[], &mut |_| 1, now + VALID);
        assert!(!errors.watches() && !expects(&errors));
        run(&errors, 1_000, 2, now + 2 * VALID);
        assert!(expects(&errors));
    }

    #[test]
    fn the_numbers_of_kinds_are_bounded() {
        let errors = ExpectedErrors::new();
        let now = Instant::now();
        for number in 1..4 * KNOWN as u64 {
            for _ in 0..2 {
                errors.learn(&[met(number, 200, false)], &mut |_| 200, now);
            }
        }
        let known = errors.known.lock().unwrap();
        assert_eq!(known.len(), KNOWN);
        let published = errors.expected.iter().filter(|it| it.load(Ordering::Relaxed) != 0).count();
        assert_eq!(published, EXPECTED);
    }
}
