//! Hand-made records of timed and untimed calls.

use super::*;
use crate::collecting::fixtures::recorded_flow;
use crate::recording::data::record::{Meta, NO_SPAN, SpanRecord};
use crate::recording::data::recorded::Attached;
use crate::vocabulary::call_site::FunctionPath;
use crate::vocabulary::call_speed::CallSpeed;
use crate::vocabulary::{CallSite, Outcome};

/// The usual ticks of a call of [`fast`].
const USUAL: u64 = 100;

/// Half a second, in ticks.
const WAIT: u64 = 1_500_000_000;

/// A site whose calls usually take [`USUAL`] ticks.
fn fast() -> &'static CallSite {
    static SITE: CallSite = CallSite::new("shop", FunctionPath::Written("check"));
    (0..16).for_each(|_| SITE.call_speed().learn(USUAL));
    &SITE
}

/// Records events as a segment does.
struct Recorder {
    records: Vec<SpanRecord>,
    open: Vec<SpanRef>,
    now: u64,
    latest: u64,
    timed_from: u64,
}

impl Recorder {
    /// A segment with a timed root.
    fn new() -> Self {
        let mut recorder =
            Self { records: Vec::new(), open: Vec::new(), now: 1_000_000, latest: 0, timed_from: u64::MAX };
        recorder.open(true);
        recorder
    }

    /// Time passes.
    fn pass(&mut self, ticks: u64) {
        self.now += ticks;
    }

    fn event(&mut self, timed: bool) -> u64 {
        self.now += 10;
        self.latest = if timed { self.now } else { self.latest + 1 };
        self.latest
    }

    fn open(&mut self, timed: bool) -> usize {
        let span = self.records.len();
        let parent = self.open.last().copied().unwrap_or(NO_SPAN);
        let start = self.event(timed);
        let meta = Meta::default().with_sparse(!timed);
        self.records.push(SpanRecord { site: fast(), start, end: 0, parent, meta });
        self.open.push(SpanRef::try_from(span).unwrap());
        span
    }

    fn close(&mut self) {
        let span = self.open.pop().unwrap() as usize;
        let timed = self.timed_from != u64::MAX || !self.records[span].meta.is_sparse();
        self.records[span].end = self.event(timed);
        self.records[span].meta = self.records[span].meta.with_outcome(Outcome::Returned);
    }

    /// An untimed call without calls.
    fn call(&mut self) -> usize {
        let span = self.open(false);
        self.close();
        span
    }

    fn calls(&mut self, number: usize) -> Vec<usize> {
        (0..number).map(|_| self.call()).collect()
    }

    /// The active call fails: all events are timed from now on.
    fn fail(&mut self) {
        self.timed_from = self.event(true);
    }

    fn flow(mut self) -> RecordedFlow {
        while !self.open.is_empty() {
            self.close();
        }
        let mut flow = recorded_flow(self.records.into(), 1, true);
        flow.timed_from = self.timed_from;
        flow
    }
}

/// Returns the times of a flow without branches, after checks that hold for every flow: the events
/// keep their order, and calls contain their calls.
fn checked(flow: &RecordedFlow) -> Vec<SpanTimes> {
    let times = of(&[flow]).remove(0);
    for (index, record) in flow.records.iter().enumerate().skip(1) {
        let (parent, child) = (times[record.parent as usize], times[index]);
        assert!(child.start <= child.end, "{index}: {child:?}");
        assert!(parent.start <= child.start && child.end <= parent.end, "{index}: {child:?} in {parent:?}");
        assert!(times[index - 1].start <= child.start, "{index} begins before {}", index - 1);
    }
    times
}

fn duration(times: SpanTimes) -> u64 {
    times.end - times.start
}

#[test]
fn a_call_that_fails_has_nothing_of_the_wait_before_it() {
    let mut recorder = Recorder::new();
    recorder.pass(WAIT);
    let check = recorder.open(false);
    recorder.fail();
    recorder.close();
    let flow = recorder.flow();
    let times = checked(&flow);
    assert!(duration(times[check]) <= 2 * USUAL, "{times:?}");
    assert_eq!(times[check].end, flow.records[check].end, "the end of a failed call is read");
}

#[test]
fn whole_calls_have_their_usual_time_and_end_where_the_next_reading_proves() {
    let mut recorder = Recorder::new();
    let first = recorder.call();
    recorder.pass(WAIT);
    let second = recorder.call();
    let timed = recorder.open(true);
    let times = checked(&recorder.flow());
    assert_eq!([first, second].map(|call| duration(times[call])), [USUAL; 2]);
    assert_eq!(times[second].end, times[timed].start);
}

#[test]
fn a_call_around_a_timed_one_contains_it_and_no_wait() {
    let mut recorder = Recorder::new();
    recorder.pass(WAIT);
    let outer = recorder.open(false);
    recorder.call();
    let inner = recorder.open(true);
    recorder.pass(WAIT);
    recorder.call();
    recorder.pass(WAIT);
    recorder.close();
    recorder.call();
    recorder.close();
    recorder.pass(WAIT);
    recorder.call();
    let flow = recorder.flow();
    let times = checked(&flow);
    assert_eq!(times[inner], SpanTimes { start: flow.records[inner].start, end: flow.records[inner].end });
    assert!(duration(times[outer]) <= duration(times[inner]) + 2 * USUAL, "{times:?}");
}

#[test]
fn many_calls_below_an_untimed_one_do_not_make_it_longer_than_usual() {
    let mut recorder = Recorder::new();
    recorder.pass(WAIT);
    let whole = recorder.open(false);
    recorder.calls(1000);
    recorder.close();
    let around = recorder.open(false);
    recorder.calls(1000);
    recorder.open(true);
    recorder.close();
    recorder.calls(1000);
    recorder.close();
    recorder.pass(WAIT);
    let times = checked(&recorder.flow());
    assert_eq!(duration(times[whole]), USUAL);
    assert!(duration(times[around]) <= CallSpeed::SLOW_TICKS + 10, "{:?}", times[around]);
}

#[test]
fn calls_without_time_for_their_usual_durations_share_the_time_that_there_is() {
    let mut recorder = Recorder::new();
    let calls = recorder.calls(10);
    let timed = recorder.open(true);
    let times = checked(&recorder.flow());
    let room = times[timed].start - times[0].start;
    let total: u64 = calls.iter().map(|call| duration(times[*call])).sum();
    assert!(room < 10 * USUAL && total <= room, "{total} of {room}");
}

#[test]
fn a_reading_without_a_span_shows_in_the_ticks_of_the_next_call() {
    let mut recorder = Recorder::new();
    recorder.call();
    let around = recorder.open(false);
    let first = recorder.call();
    let reading = recorder.event(true);
    recorder.pass(WAIT);
    recorder.call();
    recorder.close();
    let times = checked(&recorder.flow());
    assert_eq!(times[first].end, reading);
    assert!((times[around].start..=times[around].end).contains(&reading));
}

#[test]
fn an_open_flow_has_no_reading_after_its_last_calls() {
    let mut recorder = Recorder::new();
    let call = recorder.call();
    let open = recorder.open(false);
    let flow = recorded_flow(recorder.records.into(), 1, true);
    let times = of(&[&flow]).remove(0);
    assert_eq!((times[0].end, times[open].end), (0, 0));
    assert_eq!(duration(times[call]), USUAL);
    assert!(times[call].end <= times[open].start && times[open].start <= times[call].end + USUAL);
}

#[test]
fn the_end_of_another_thread_proves_nothing_about_the_calls_beside_it() {
    let mut recorder = Recorder::new();
    let handle = recorder.open(true);
    recorder.open.pop();
    let ended = recorder.now + 1000;
    let check = recorder.open(false);
    recorder.pass(WAIT);
    recorder.fail();
    recorder.records[handle].end = ended;
    recorder.records[handle].meta = recorder.records[handle].meta.with_queued_end();
    let times = checked(&recorder.flow());
    assert!(duration(times[check]) <= 2 * USUAL, "{times:?}");
}

#[test]
fn a_branch_begins_inside_of_its_untimed_origin() {
    let mut recorder = Recorder::new();
    recorder.call();
    let origin = recorder.open(false);
    let inside = recorder.call();
    recorder.close();
    let branch_begins = recorder.now + 1000;
    recorder.call();
    recorder.pass(WAIT);
    let around = recorder.open(false);
    let mut flow = recorder.flow();
    flow.seed = 7;
    let start = branch_begins;
    let branch = |span, start| {
        let meta = Meta::default();
        let root = SpanRecord { site: fast(), start, end: start + WAIT, parent: NO_SPAN, meta };
        let attached = Some(Attached { seed: 7, span: SpanRef::try_from(span).unwrap() });
        RecordedFlow { seed: start, attached, ..recorded_flow([root].into(), 1, true) }
    };
    let [first, second] = [branch(origin, start), branch(around, start + WAIT / 2)];
    let times = of(&[&flow, &first, &second]).remove(0);
    assert!(times[origin].start <= branch_begins, "{times:?}");
    assert!(duration(times[origin]) <= USUAL, "{times:?}");
    assert!(times[origin].start <= times[inside].start && times[inside].end <= times[origin].end);
    assert!(times[around].start <= start + WAIT / 2);
    assert!(times.windows(2).all(|pair| pair[0].start <= pair[1].start), "{times:?}");
}

/// Random flows, with the true time of each event: no span is longer than it was, but for the usual
/// time of a fast call on each side.
#[test]
fn no_call_of_a_random_flow_is_longer_than_it_was() {
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    for round in 0..2_000 {
        let mut recorder = Recorder::new();
        let mut truth = vec![(recorder.now, 0)];
        for _ in 0..next(60) {
            match next(9) {
                0..4 => {
                    let timed = recorder.timed_from != u64::MAX || next(3) == 0;
                    recorder.open(timed);
                    truth.push((recorder.now, 0));
                }
                4..7 if recorder.open.len() > 1 => {
                    let span = *recorder.open.last().unwrap() as usize;
                    recorder.close();
                    truth[span].1 = recorder.now;
                }
                7 => recorder.pass(next(WAIT)),
                _ if next(8) == 0 && recorder.timed_from == u64::MAX => recorder.fail(),
                // The clock is read as a wait begins or ends.
                _ => _ = recorder.event(true),
            }
        }
        while let Some(&span) = recorder.open.last() {
            recorder.close();
            truth[span as usize].1 = recorder.now;
        }
        for (span, (times, (start, end))) in checked(&recorder.flow()).into_iter().zip(truth).enumerate() {
            let most = (end - start) + CallSpeed::SLOW_TICKS;
            assert!(duration(times) <= most, "round {round}, span {span}: {} of {most}", duration(times));
        }
    }
}
