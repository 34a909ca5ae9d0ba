//! Which [spans](crate::recording::span::handle) this thread has entered, and what it worked on before each.
//!
//! Who enters spans by hand may leave them in any order. They are taken back in the order in which calls would be: a span that
//! is left while something else is at work inside it is done with when that is.

use std::cell::RefCell;

use crate::recording::data::record::SpanRef;
use crate::recording::lifecycle;
use crate::recording::segment::Segment;
use crate::recording::thread::current;

/// So many spans may be entered at a time on one thread; more are entered by a program that forgets to leave.
const MOST: usize = 1 << 16;

thread_local! {
    static ENTERED: RefCell<Vec<EnteredSpan>> = const { RefCell::new(Vec::new()) };
}

/// A span that this thread has entered.
#[derive(Debug)]
struct EnteredSpan {
    /// What the span is called by who enters it.
    key: u64,
    /// The segment that it is in.
    seed: u64,
    span: SpanRef,
    /// Who was at work before, in the same segment.
    caller: SpanRef,
    /// If the thread turned to another segment for it: what it worked on before.
    switched: Option<Switch>,
    left: bool,
}

#[derive(Debug)]
struct Switch {
    before: Option<&'static mut Segment>,
}

/// Enters `span` of `segment`, which this thread has taken out of its cell, or, if it `switches` to it, out of its slot.
pub(crate) fn enter(key: u64, segment: &'static mut Segment, span: SpanRef, switches: bool) {
    let mut segment = Some(segment);
    with(|entered| {
        if let Some(segment) = segment.take_if(|_| entered.len() < MOST) {
            let (seed, caller) = (segment.identity().seed, segment.cursor());
            segment.move_to(span);
            let before = current::replace(Some(segment));
            let switched = switches.then_some(Switch { before });
            entered.push(EnteredSpan { key, seed, span, caller, switched, left: false });
        }
    });
    match segment {
        Some(refused) if switches => lifecycle::park(refused),
        Some(refused) => current::put(refused),
        None => {}
    }
}

/// Leaves the span that is called `key`, if this thread has entered it.
pub(crate) fn leave(key: u64) {
    with(|entered| {
        if let Some(span_entered) =
            entered.iter_mut().rfind(|span_entered| span_entered.key == key && !span_entered.left)
        {
            span_entered.left = true;
            settle(entered);
        }
    });
}

/// Is done with what was left while something was at work inside it, where that is over.
pub(crate) fn tidy() {
    with(settle);
}

/// Forgets what was entered in a segment that ends.
pub(crate) fn forget(seed: u64) {
    with(|entered| {
        entered.retain(|span_entered| span_entered.seed != seed || span_entered.switched.is_some())
    });
}

/// The call of `span` ends, and something else is at work in `segment`: a span that was entered meanwhile, and not left. Returns
/// the segment that the call is in.
#[cold]
pub(crate) fn unwind(segment: &'static mut Segment, span: SpanRef) -> Option<&'static mut Segment> {
    current::put(segment);
    with(|entered| {
        settle(entered);
        while !is_at_hand(span) && switch_back(entered) {}
        // What was entered in the call ends with it, and so does what was entered in that.
        if let Some(first) = entered.iter().position(|span_entered| span_entered.was_made_in(span)) {
            entered.truncate(first);
        }
    });
    current::take()
}

/// The segment with this seed, if the thread has turned from it to that of a span, which it has not left.
#[cold]
pub(crate) fn unwind_to(seed: u64) -> Option<&'static mut Segment> {
    let is_it = |segment: &Segment| segment.identity().seed == seed;
    with(|entered| {
        let is_below = |span_entered: &EnteredSpan| {
            span_entered.switched.as_ref().and_then(|switch| switch.before.as_deref()).is_some_and(is_it)
        };
        let count = entered.len() - entered.iter().position(is_below)?;
        let target = entered.len() - count;
        while entered.len() > target && switch_back(entered) {}
        current::take()
    })
    .flatten()
}

/// Whether the segment that the thread works on is that of the call `span`.
fn is_at_hand(span: SpanRef) -> bool {
    current::with(|segment| segment.is_open_call(span)).unwrap_or(false)
}

fn settle(entered: &mut Vec<EnteredSpan>) {
    while entered.pop_if(|span_entered| span_entered.left && span_entered.is_over()).is_some() {}
}

/// Goes back to what the thread worked on before it last turned to a segment, whatever is at work in that. `false` where it has
/// not turned to any.
fn switch_back(entered: &mut Vec<EnteredSpan>) -> bool {
    let Some(last) = entered.iter().rposition(|span_entered| span_entered.switched.is_some()) else {
        return false;
    };
    entered.truncate(last + 1);
    if let Some(EnteredSpan { switched: Some(switch), caller, .. }) = entered.pop() {
        switch.back(caller);
    }
    true
}

impl EnteredSpan {
    /// Whether the span was entered in the call `span` of the segment that the thread works on, and without turning to another.
    fn was_made_in(&self, span: SpanRef) -> bool {
        let is_inside = |segment: &mut Segment| {
            segment.identity().seed == self.seed && segment.is_inside(self.caller, span)
        };
        self.switched.is_none() && current::with(is_inside).unwrap_or(false)
    }

    /// Goes back to what was at work before, unless something is at work inside.
    fn is_over(&mut self) -> bool {
        let (seed, span) = (self.seed, self.span);
        let is_innermost =
            current::with(|segment| (segment.identity().seed == seed).then(|| segment.cursor() == span))
                .flatten();
        match (is_innermost, self.switched.take()) {
            (Some(true), Some(switch)) => switch.back(self.caller),
            (Some(true), None) => {
                current::with(|segment| segment.move_to(self.caller));
            }
            // The thread works on another flow, and may never come back to this one.
            (None, None) => {}
            // What is at work inside will end.
            (_, switched) => {
                self.switched = switched;
                return false;
            }
        }
        true
    }
}

impl Switch {
    /// Goes back to what the thread worked on before; `caller` is at work in the segment that is parked.
    fn back(mut self, caller: SpanRef) {
        if let Some(segment) = current::replace(self.before.take()) {
            segment.move_to(caller);
            lifecycle::park(segment);
        }
    }
}

impl Drop for Switch {
    /// The thread ends with the span entered.
    fn drop(&mut self) {
        if let Some(segment) = self.before.take() {
            segment.break_off();
            lifecycle::end(segment);
        }
    }
}

/// Works on the visits of this thread, unless it is at that already, or ending.
fn with<R>(work: impl FnOnce(&mut Vec<EnteredSpan>) -> R) -> Option<R> {
    ENTERED
        .try_with(|entered| entered.try_borrow_mut().ok().map(|mut entered| work(&mut entered)))
        .ok()
        .flatten()
}
