//! Which [shared spans](super::shared_span) this thread has entered, and what it worked on before each.
//!
//! Who enters spans by hand may leave them in any order. They are taken back in the order in which calls would be: a span that
//! is left while something else is at work inside it is done with when that is.

use std::cell::RefCell;

use super::current;
use super::record::SpanRef;
use super::root;
use super::segment::Segment;

/// So many spans may be entered at a time on one thread; more are entered by a program that forgets to leave.
const MOST: usize = 1 << 16;

thread_local! {
    static VISITS: RefCell<Vec<Visit>> = const { RefCell::new(Vec::new()) };
}

/// A span that this thread has entered.
#[derive(Debug)]
struct Visit {
    /// What the span is called by who enters it.
    key: u64,
    /// The segment that it is in.
    seed: u64,
    span: SpanRef,
    /// Who was at work before, in the same segment.
    caller: SpanRef,
    /// If the thread turned to another segment for it: what it worked on before.
    turned: Option<Turn>,
    left: bool,
}

#[derive(Debug)]
struct Turn {
    before: Option<&'static mut Segment>,
}

/// Enters `span` of `segment`, which this thread has taken out of its cell, or, if it `turns` to it, out of its slot.
pub(crate) fn enter(key: u64, segment: &'static mut Segment, span: SpanRef, turns: bool) {
    let mut segment = Some(segment);
    with(|visits| {
        if let Some(segment) = segment.take_if(|_| visits.len() < MOST) {
            let (seed, caller) = (segment.identity().seed, segment.cursor());
            segment.move_to(span);
            let before = current::replace(Some(segment));
            let turned = turns.then_some(Turn { before });
            visits.push(Visit { key, seed, span, caller, turned, left: false });
        }
    });
    match segment {
        Some(refused) if turns => root::park(refused),
        Some(refused) => current::put(refused),
        None => {}
    }
}

/// Leaves the span that is called `key`, if this thread has entered it.
pub(crate) fn leave(key: u64) {
    with(|visits| {
        if let Some(visit) = visits.iter_mut().rfind(|visit| visit.key == key && !visit.left) {
            visit.left = true;
            settle(visits);
        }
    });
}

/// Is done with what was left while something was at work inside it, where that is over.
pub(crate) fn tidy() {
    with(settle);
}

/// Forgets what was entered in a segment that ends.
pub(crate) fn forget(seed: u64) {
    with(|visits| visits.retain(|visit| visit.seed != seed || visit.turned.is_some()));
}

/// The call of `span` ends, and something else is at work in `segment`: a span that was entered meanwhile, and not left. Returns
/// the segment that the call is in.
#[cold]
pub(crate) fn surface(segment: &'static mut Segment, span: SpanRef) -> Option<&'static mut Segment> {
    current::put(segment);
    with(|visits| {
        settle(visits);
        while !is_at_hand(span) && turn_back(visits) {}
        // What was entered in the call ends with it, and so does what was entered in that.
        if let Some(first) = visits.iter().position(|visit| visit.was_made_in(span)) {
            visits.truncate(first);
        }
    });
    current::take()
}

/// The segment with this seed, if the thread has turned from it to that of a span, which it has not left.
#[cold]
pub(crate) fn surface_to(seed: u64) -> Option<&'static mut Segment> {
    let is_it = |segment: &Segment| segment.identity().seed == seed;
    with(|visits| {
        let is_below =
            |visit: &Visit| visit.turned.as_ref().and_then(|turn| turn.before.as_deref()).is_some_and(is_it);
        let count = visits.len() - visits.iter().position(is_below)?;
        let target = visits.len() - count;
        while visits.len() > target && turn_back(visits) {}
        current::take()
    })
    .flatten()
}

/// Whether the segment that the thread works on is that of the call `span`.
fn is_at_hand(span: SpanRef) -> bool {
    current::with(|segment| segment.is_open_call(span)).unwrap_or(false)
}

fn settle(visits: &mut Vec<Visit>) {
    while visits.pop_if(|visit| visit.left && visit.is_over()).is_some() {}
}

/// Goes back to what the thread worked on before it last turned to a segment, whatever is at work in that. `false` where it has
/// not turned to any.
fn turn_back(visits: &mut Vec<Visit>) -> bool {
    let Some(last) = visits.iter().rposition(|visit| visit.turned.is_some()) else { return false };
    visits.truncate(last + 1);
    if let Some(Visit { turned: Some(turn), caller, .. }) = visits.pop() {
        turn.back(caller);
    }
    true
}

impl Visit {
    /// Whether the span was entered in the call `span` of the segment that the thread works on, and without turning to another.
    fn was_made_in(&self, span: SpanRef) -> bool {
        let is_inside = |segment: &mut Segment| {
            segment.identity().seed == self.seed && segment.is_inside(self.caller, span)
        };
        self.turned.is_none() && current::with(is_inside).unwrap_or(false)
    }

    /// Goes back to what was at work before, unless something is at work inside.
    fn is_over(&mut self) -> bool {
        let (seed, span) = (self.seed, self.span);
        let is_innermost =
            current::with(|segment| (segment.identity().seed == seed).then(|| segment.cursor() == span))
                .flatten();
        match (is_innermost, self.turned.take()) {
            (Some(true), Some(turn)) => turn.back(self.caller),
            (Some(true), None) => {
                current::with(|segment| segment.move_to(self.caller));
            }
            // The thread works on another flow, and may never come back to this one.
            (None, None) => {}
            // What is at work inside will end.
            (_, turned) => {
                self.turned = turned;
                return false;
            }
        }
        true
    }
}

impl Turn {
    /// Goes back to what the thread worked on before; `caller` is at work in the segment that is parked.
    fn back(mut self, caller: SpanRef) {
        if let Some(segment) = current::replace(self.before.take()) {
            segment.move_to(caller);
            root::park(segment);
        }
    }
}

impl Drop for Turn {
    /// The thread ends with the span entered.
    fn drop(&mut self) {
        if let Some(segment) = self.before.take() {
            segment.break_off();
            root::end(segment);
        }
    }
}

/// Works on the visits of this thread, unless it is at that already, or ending.
fn with<R>(work: impl FnOnce(&mut Vec<Visit>) -> R) -> Option<R> {
    VISITS.try_with(|visits| visits.try_borrow_mut().ok().map(|mut visits| work(&mut visits))).ok().flatten()
}
