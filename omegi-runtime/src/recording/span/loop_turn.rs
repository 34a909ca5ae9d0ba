//! The span of one turn of a loop that serves: the root of a flow of its own.
//!
//! A [`TurnGuard`] is the first variable of the loop's body, so it is dropped last. While it lives,
//! the thread works on the turn's segment, on top of the function's. A coroutine that waits inside
//! a turn takes the turn off the thread together with the function's span; [`WaitingTurns`] holds
//! it meanwhile. This also works for a wait that a macro hides: every wait of the coroutine passes
//! the one place where the coroutine itself is suspended.

use std::future::Future;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use pin_project_lite::pin_project;

use crate::vocabulary::{CallSite, Outcome};

use crate::recording::budget::Admission;
use crate::recording::data::error_paths::Exit;
use crate::recording::data::record::ROOT;
use crate::recording::data::updates::SpanUpdate;
use crate::recording::flow::slot::Apply as _;
use crate::recording::lifecycle;
use crate::recording::panics;
use crate::recording::policy;
use crate::recording::polling::PollContext;
use crate::recording::probe::error_view::{ErrorView, Failing, View};
use crate::recording::segment::Segment;
use crate::recording::shield::shielded;
use crate::recording::span::ending;
use crate::recording::span::task::{Suspended, TaskSpan};
use crate::recording::thread::current;

/// The seed of no segment.
const NO_SEED: u64 = 0;

/// An open turn, which ends when this is dropped.
#[derive(Debug)]
#[must_use = "the turn ends when this is dropped"]
pub struct TurnGuard {
    /// The seed of its segment.
    seed: u64,
    unwinding: bool,
}

impl TurnGuard {
    /// Returns a turn that has not begun: the loop waits.
    #[inline]
    pub fn waiting() -> Self {
        Self { seed: NO_SEED, unwinding: false }
    }

    /// Begins the turn of the loop at `site`, unless it has begun.
    pub(crate) fn begin(&mut self, site: &'static CallSite, first_call: impl FnOnce() -> bool) {
        if self.seed == NO_SEED && policy::records(first_call) {
            self.unwinding = thread::panicking();
            self.seed = begin(site).unwrap_or(NO_SEED);
        }
    }

    fn end(&self) {
        let Some(segment) = take(self.seed) else { return };
        if thread::panicking() && !self.unwinding {
            segment.set_turn_outcome(Outcome::Panic);
        }
        let outcome = segment.turn_outcome();
        if outcome == Outcome::Panic {
            panics::record(segment, ROOT);
        }
        segment.end(ROOT, outcome);
        segment.leave(ROOT, ROOT);
        let mut below = segment.take_off().and_then(current::awake);
        if let Some(below) = &mut below {
            if !segment.is_empty_turn() {
                below.note_turn();
            }
            match (outcome, segment.error_at_root()) {
                (Outcome::Panic, _) => {
                    link_back(below, segment);
                    panics::pass_on(below);
                }
                (Outcome::Returned, Some(error)) => below.note_turn_error(Some(error)),
                _ => {}
            }
        }
        current::replace(below);
        ending::end(segment);
    }
}

/// Begins a turn on top of the segment that this thread works on. Returns the seed of its segment.
#[inline(never)]
fn begin(site: &'static CallSite) -> Option<u64> {
    let mut below = current::take();
    let origin = below.as_mut().map(|below| below.turn()).unwrap_or_default();
    let begun = shielded(|| lifecycle::begin(site, origin, Admission::OrReserve)).ok().and_then(Result::ok);
    let Some((segment, _)) = begun else {
        current::replace(below);
        return None;
    };
    segment.begin_turn(below.map(current::at_rest));
    let seed = segment.identity().seed;
    current::put(segment);
    Some(seed)
}

/// Takes the segment with this seed, if this thread works on it.
fn take(seed: u64) -> Option<&'static mut Segment> {
    let segment = current::take()?;
    if segment.identity().seed == seed {
        return Some(segment);
    }
    current::put(segment);
    #[cfg(feature = "tracing")]
    let taken = crate::recording::span::entered::unwind_to(seed);
    #[cfg(not(feature = "tracing"))]
    let taken = None;
    taken
}

/// Links the span of the loop's function to the turn that its error came from.
fn link_back(below: &mut Segment, turn: &Segment) {
    let span = below.cursor();
    below.apply(span, SpanUpdate::Link(turn.link_to_root()));
}

impl Failing for TurnGuard {
    // An error that leaves a turn leaves the loop's function, and the turns of loops around.
    #[cold]
    #[inline(never)]
    fn fail_with<'e, E>(&mut self, error: &'e E, view: View<'e, E>) {
        if self.seed != NO_SEED {
            let _ = shielded(|| fail(self.seed, &view(error)));
        }
    }
}

fn fail(seed: u64, error: &ErrorView<'_>) {
    let Some(segment) = take(seed) else { return };
    let place = segment.noted_exit();
    let mut turns = TurnStack::default();
    turns.take(segment);
    turns.take_while(|segment| segment.is_turn() && segment.cursor() == ROOT);
    turns.for_each(|turn| {
        if turn.identity().seed != seed {
            place.map(|place| turn.note_exit(place));
            turn.note_turn_error(None);
        }
        turn.set_turn_outcome(Outcome::Error);
        if let Some(query) = turn.fail(ROOT) {
            let facts = error.facts(&query);
            turn.describe_failure(ROOT, facts, Exit::Returned);
        }
    });
    current::with(|below| {
        place.map(|place| below.note_exit(place));
        below.note_turn_error(None);
        turns.0.iter().for_each(|turn| link_back(below, turn));
    });
    turns.put_back();
}

impl Drop for TurnGuard {
    #[inline]
    fn drop(&mut self) {
        if self.seed != NO_SEED {
            let _ = shielded(|| self.end());
        }
    }
}

/// Turns that were taken off the thread, the outermost first. Each holds the next as if that were
/// the segment below it.
#[derive(Debug, Default)]
struct TurnStack(Option<&'static mut Segment>);

impl TurnStack {
    /// Takes a turn, which was on top, off the segment below. The thread works on that from now on.
    fn take(&mut self, turn: &'static mut Segment) {
        current::replace(turn.take_off());
        turn.put_on(self.0.take());
        self.0 = Some(turn);
    }

    /// Takes the turns off that are on top of the first segment for which `is_above` is false.
    fn take_while(&mut self, is_above: impl Fn(&Segment) -> bool) {
        while let Some(segment) = current::take() {
            if !is_above(segment) {
                return current::put(segment);
            }
            self.take(segment);
        }
    }

    /// Puts all turns back on the thread, on top of the segment that it works on.
    fn put_back(&mut self) {
        while let Some(turn) = self.0.take() {
            self.0 = turn.take_off();
            turn.put_on(current::take_resting());
            current::put(turn);
        }
    }

    /// Lets the turns rest: others may have to export their errors meanwhile.
    fn rest(&mut self) {
        self.0 = self.0.take().map(Self::at_rest);
    }

    fn at_rest(turn: &'static mut Segment) -> &'static mut Segment {
        let above = turn.take_off().map(Self::at_rest);
        turn.put_on(above);
        current::at_rest(turn)
    }

    /// Wakes the turns that rested.
    fn wake(&mut self) {
        self.0 = self.0.take().and_then(Self::awake);
    }

    fn awake(turn: &'static mut Segment) -> Option<&'static mut Segment> {
        let turn = current::awake(turn)?;
        let above = turn.take_off().and_then(Self::awake);
        turn.put_on(above);
        Some(turn)
    }

    /// Visits the turns, the outermost first.
    fn for_each(&mut self, mut visit: impl FnMut(&mut Segment)) {
        let mut next = self.0.as_deref_mut();
        while let Some(turn) = next {
            visit(turn);
            next = turn.below();
        }
    }
}

/// The turns of a coroutine's loops while the coroutine waits. A variable of the coroutine.
#[derive(Debug)]
pub struct WaitingTurns {
    /// The seed of the segment below its turns.
    base: u64,
    turns: TurnStack,
}

// A panic ends the turns that it passes: no broken state can be seen through this.
impl UnwindSafe for WaitingTurns {}
impl RefUnwindSafe for WaitingTurns {}

impl WaitingTurns {
    /// Returns the state of a coroutine that begins.
    #[inline]
    pub fn none() -> Self {
        Self { base: current_seed(), turns: TurnStack::default() }
    }

    /// Suspends the call of `span` as [`TaskSpan::suspend`] does, with the turns that are open.
    #[track_caller]
    pub fn suspend<'a>(&'a mut self, span: &'a mut TaskSpan) -> SuspendedTurns<'a> {
        self.leave(Some(Location::caller()));
        SuspendedTurns { suspended: span.suspend(), turns: self }
    }

    /// Calls `look` in the function's own flow: a value leaves the function, and with that all
    /// turns.
    pub fn outside(&self, look: impl FnOnce()) {
        let mut outside = OutsideTurns(TurnStack::default());
        outside.0.take_while(|segment| self.is_above(segment));
        look();
    }

    fn is_above(&self, segment: &Segment) -> bool {
        segment.is_turn() && segment.identity().seed != self.base
    }

    /// Takes the turns off the thread, because they wait at `place`.
    fn leave(&mut self, place: Option<&'static Location<'static>>) {
        let base = self.base;
        self.turns.take_while(|segment| segment.is_turn() && segment.identity().seed != base);
        self.turns.for_each(|turn| turn.pause_turn(place));
        self.turns.rest();
    }

    /// Puts the turns back on the thread.
    fn enter(&mut self) {
        self.base = current_seed();
        self.turns.wake();
        self.turns.for_each(Segment::resume_turn);
        self.turns.put_back();
    }

    /// Does the same for a coroutine that is dropped: its values are dropped inside the turns.
    fn cancel(&mut self) {
        self.turns.wake();
        self.turns.for_each(|turn| turn.set_turn_outcome(Outcome::Cancelled));
        self.enter();
    }
}

fn current_seed() -> u64 {
    current::with(|segment| segment.identity().seed).unwrap_or(NO_SEED)
}

/// Puts turns back when it is dropped, also if the work in between panics.
struct OutsideTurns(TurnStack);

impl Drop for OutsideTurns {
    fn drop(&mut self) {
        self.0.put_back();
    }
}

/// The wait of an asynchronous call inside turns: see [`Suspended`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct SuspendedTurns<'a> {
    suspended: Suspended<'a>,
    turns: &'a mut WaitingTurns,
}

impl Future for SuspendedTurns<'_> {
    type Output = PollContext;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<PollContext> {
        let polled = Pin::new(&mut self.suspended).poll(context);
        if polled.is_ready() {
            self.turns.enter();
        }
        polled
    }
}

impl Drop for SuspendedTurns<'_> {
    fn drop(&mut self) {
        if self.suspended.cancel() {
            self.turns.cancel();
        }
    }
}

pin_project! {
    /// A block of asynchronous code with loops that serve. Its turns are on the thread only while
    /// it is polled, and while it is dropped.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Serving<F> {
        // Dropped before the turns that it is in.
        #[pin]
        block: F,
        turns: WaitingTurns,
    }

    impl<F> PinnedDrop for Serving<F> {
        fn drop(this: Pin<&mut Self>) {
            this.project().turns.cancel();
        }
    }
}

/// Returns the same future, for a block with loops that serve.
#[inline]
pub fn serving<F: Future>(block: F) -> Serving<F> {
    Serving { block, turns: WaitingTurns { base: NO_SEED, turns: TurnStack::default() } }
}

impl<F: Future> Future for Serving<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.turns.enter();
        let polled = this.block.poll(context);
        this.turns.leave(None);
        polled
    }
}
