//! The [spans](crate::recording::span::handle) that this thread has entered, and the segments that
//! were active before.
//!
//! A program may leave spans in any order. They end in the order of calls: a span that is left
//! while another is active inside it ends after that one.

use std::cell::{Cell, RefCell};
use std::mem;

use crate::recording::data::record::SpanRef;
use crate::recording::lifecycle;
use crate::recording::segment::Segment;
use crate::recording::thread::current;

/// The most spans that a thread may have entered. A program with more forgets to leave them.
const MOST: usize = 1 << 16;

thread_local! {
    static ENTERED: RefCell<Vec<EnteredSpan>> = const { RefCell::new(Vec::new()) };
    /// True once the thread has entered a span: the first use of the local above allocates.
    static HAS_ENTERED: Cell<bool> = const { Cell::new(false) };
}

/// A span that this thread has entered.
#[derive(Debug)]
struct EnteredSpan {
    /// The key by which the library leaves the span.
    key: u64,
    /// The seed of its segment.
    seed: u64,
    span: SpanRef,
    /// The span that was active before, in the same segment.
    caller: SpanRef,
    /// The segment that was active before, if the thread switched to another one for the span.
    switched: Option<Switch>,
    left: bool,
}

/// A switch of the thread to another segment.
#[derive(Debug)]
struct Switch {
    /// The segment before.
    before: Option<&'static mut Segment>,
}

/// Enters `span` of `segment`. The caller took the segment out of its cell, or out of its slot if
/// the thread `switches` to it.
pub(crate) fn enter(key: u64, segment: &'static mut Segment, span: SpanRef, switches: bool) {
    let mut segment = Some(segment);
    HAS_ENTERED.set(true);
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

/// Leaves the span with this key, if this thread has entered it.
pub(crate) fn leave(key: u64) {
    with(|entered| {
        if let Some(entered_span) = entered.iter_mut().rfind(|span| span.key == key && !span.left) {
            entered_span.left = true;
            end_left(entered);
        }
    });
}

/// Ends the spans that were left while another was active inside, if that has ended.
pub(crate) fn tidy() {
    with(end_left);
}

/// Forgets all entered spans, in a process that was just forked off: they are the other one's. A
/// signal handler may call it.
pub(crate) fn forget_all() {
    if HAS_ENTERED.get() {
        with(|entered| mem::forget(mem::take(entered)));
    }
}

/// Forgets the entered spans of a segment that ends.
pub(crate) fn forget(seed: u64) {
    with(|entered| entered.retain(|span| span.seed != seed || span.switched.is_some()));
}

/// Unwinds to the call of `span`, which ends although an entered span is active in `segment`.
/// Returns the segment of the call.
#[cold]
pub(crate) fn unwind(segment: &'static mut Segment, span: SpanRef) -> Option<&'static mut Segment> {
    current::put(segment);
    with(|entered| {
        end_left(entered);
        while !is_at_hand(span) && switch_back(entered) {}
        // Spans that were entered in the call end with it, and so do those that were entered in
        // them.
        if let Some(first) = entered.iter().position(|inner| inner.was_made_in(span)) {
            entered.truncate(first);
        }
    });
    current::take()
}

/// Unwinds to the segment with this seed, if the thread has switched from it to that of an entered
/// span.
#[cold]
pub(crate) fn unwind_to(seed: u64) -> Option<&'static mut Segment> {
    let is_it = |segment: &Segment| segment.identity().seed == seed;
    with(|entered| {
        let is_below = |entered_span: &EnteredSpan| {
            entered_span.switched.as_ref().and_then(|switch| switch.before.as_deref()).is_some_and(is_it)
        };
        let count = entered.len() - entered.iter().position(is_below)?;
        let target = entered.len() - count;
        while entered.len() > target && switch_back(entered) {}
        current::take()
    })
    .flatten()
}

/// Returns whether `span` is a call of the segment that the thread works on.
fn is_at_hand(span: SpanRef) -> bool {
    current::with(|segment| segment.is_open_call(span)).unwrap_or(false)
}

fn end_left(entered: &mut Vec<EnteredSpan>) {
    while entered.pop_if(|span| span.left && span.is_over()).is_some() {}
}

/// Switches back to the segment before the last switch, whatever is active. Returns `false` if
/// there was no switch.
fn switch_back(entered: &mut Vec<EnteredSpan>) -> bool {
    let Some(last) = entered.iter().rposition(|span| span.switched.is_some()) else {
        return false;
    };
    entered.truncate(last + 1);
    if let Some(EnteredSpan { switched: Some(switch), caller, .. }) = entered.pop() {
        switch.back(caller);
    }
    true
}

impl EnteredSpan {
    /// Returns whether the span was entered in the call `span`, without a switch to another
    /// segment.
    fn was_made_in(&self, span: SpanRef) -> bool {
        let is_inside = |segment: &mut Segment| {
            segment.identity().seed == self.seed && segment.is_inside(self.caller, span)
        };
        self.switched.is_none() && current::with(is_inside).unwrap_or(false)
    }

    /// Restores the previously active span, unless another one is active inside.
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
            // The thread works on another flow, and may never return to this one.
            (None, None) => {}
            // The span that is active inside will end.
            (_, switched) => {
                self.switched = switched;
                return false;
            }
        }
        true
    }
}

impl Switch {
    /// Switches back to the segment before, and parks the other one with `caller` as its active
    /// span.
    fn back(mut self, caller: SpanRef) {
        if let Some(segment) = current::replace(self.before.take()).and_then(current::awake) {
            segment.move_to(caller);
            lifecycle::park(segment);
        }
    }
}

impl Drop for Switch {
    /// The thread ends with the span entered.
    fn drop(&mut self) {
        if let Some(segment) = self.before.take().and_then(current::awake) {
            segment.break_off();
            lifecycle::end(segment);
        }
    }
}

/// Works on the entered spans of this thread, unless it does that already, or ends.
fn with<R>(work: impl FnOnce(&mut Vec<EnteredSpan>) -> R) -> Option<R> {
    ENTERED
        .try_with(|entered| entered.try_borrow_mut().ok().map(|mut entered| work(&mut entered)))
        .ok()
        .flatten()
}
