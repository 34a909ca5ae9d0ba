//! What recording asks of the stages after it, and whether it records at all.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::settings::{ArgumentMode, Limits, Masking, Propagator};
use crate::vocabulary::counters::KeepReason;
use crate::vocabulary::{ErrorSeen, TraceId};

use crate::recording::data::error_kinds::ErrorKinds;
use crate::recording::data::recorded::RecordedFlow;

/// The decisions that are not recording's own.
pub(crate) trait FlowProcessor: Send + Sync {
    /// Whether a flow with this id is kept even if nothing fails in it. Asked when its root begins. `caller` is what has been
    /// decided about the flow that it belongs to, where it belongs to one.
    fn samples(&self, trace: TraceId, caller: Option<bool>) -> bool;

    /// Whether every error counts: is a reason to keep a flow.
    fn counts_all(&self) -> bool;

    /// Whether this one does.
    fn counts(&self, error: &ErrorSeen<'_>) -> bool;

    /// Whether a flow may have to be kept. What is worth asking before [`decide`](Self::decide) is.
    fn may_keep(&self, sampled: bool, must_keep: bool) -> bool {
        sampled || must_keep
    }

    /// What becomes of a flow that has ended. Asked once for each.
    fn decide(&self, ending: &FlowEnding) -> Decision;

    /// Whether `bytes` more may wait for exporters.
    fn has_room(&self, bytes: usize) -> bool;

    /// Makes room for `bytes` more at the cost of flows in which nothing failed, if there are enough of them.
    fn make_room(&self, bytes: usize) -> bool;

    /// Takes over a flow that is kept. Must not block.
    fn take(&self, flow: RecordedFlow);

    /// The process is about to abort on this thread: has everything exported that is decided.
    fn flush_before_abort(&self);

    /// Has [the flows that wait](crate::recording::flow::shared_flow::decide_overdue) looked at no later than at `moment`.
    fn call_at(&self, moment: Instant);
}

/// What is known of a flow when it has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlowEnding {
    pub(crate) sampled: bool,
    pub(crate) keep_requested: bool,
    /// Whether an error counts that it met.
    pub(crate) failed: bool,
    /// The kinds of the errors that count; none where it is only known that one does.
    pub(crate) kinds: ErrorKinds,
}

/// What becomes of a flow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decision {
    pub(crate) kept: KeepReason,
    /// How many flows with the same kinds of error were not kept before it.
    pub(crate) suppressed: u64,
}

impl Decision {
    /// Leaves its mark on the flow that it is about.
    pub(crate) fn mark(&self, flow: &mut RecordedFlow) {
        flow.must_keep = matches!(self.kept, KeepReason::Failed | KeepReason::Requested);
        flow.suppressed = self.suppressed;
    }
}

/// How this process records: fixed once, at `init`.
pub(crate) struct Policy {
    pub(crate) processor: Box<dyn FlowProcessor>,
    /// Whose arguments are captured without being asked for in the code.
    pub(crate) arguments: ArgumentMode,
    /// Whether every span's times are read from the clock, also in flows that will most likely be dropped.
    pub(crate) exact_times: bool,
    /// How long a part of a flow that has forked waits for the others.
    pub(crate) branch_wait: Duration,
    /// In which formats services tell each other of traces.
    pub(crate) propagators: Vec<Propagator>,
    /// The methods of HTTP that spans are named by.
    #[allow(dead_code, reason = "for the layers of frameworks, whichever are there")]
    pub(crate) known_methods: Vec<String>,
    /// Which names stand for secrets, in what is not told under its own name: the parameters of a URL.
    #[allow(dead_code, reason = "for the layers of frameworks, whichever are there")]
    pub(crate) masking: Arc<Masking>,
    /// How much is kept of one span. An error's message is as long as an attribute's value at most.
    pub(crate) limits: Limits,
    /// The most spans of a flow that have a record; a quarter more are let in for errors.
    pub(crate) span_limit: usize,
}

static POLICY: OnceLock<Policy> = OnceLock::new();

/// [`NEW`], [`STARTING`], [`CALLED_BEFORE_START`], [`OFF`] or [`ON`].
static STATE: AtomicU8 = AtomicU8::new(NEW);

// In an order by which one comparison tells whether a call may have to be recorded.
/// Switched off.
const OFF: u8 = 0;
/// A function was called, and went unrecorded because nobody had decided.
const CALLED_BEFORE_START: u8 = 1;
/// Nothing has happened yet.
const NEW: u8 = 2;
/// A thread is about to decide.
const STARTING: u8 = 3;
/// Recording.
const ON: u8 = 4;

/// Whether settings were refused: why nothing is recorded, where nobody has started omegi after that.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// How long a thread waits at most for another one that decides: starting takes a millisecond or two.
const LONGEST_WAIT: Duration = Duration::from_millis(200);

/// How often it looks meanwhile.
const PAUSE: Duration = Duration::from_micros(100);

/// Whether calls are recorded.
#[inline]
pub(crate) fn is_on() -> bool {
    STATE.load(Ordering::Relaxed) == ON
}

/// Whether a call may have to be recorded: all that is asked inside the user's function.
#[inline(always)]
pub(crate) fn may_record() -> bool {
    STATE.load(Ordering::Relaxed) >= NEW
}

/// Whether a call is recorded. Asks `first_call` where nobody has decided that yet: before omegi is started.
pub(crate) fn records(first_call: impl FnOnce() -> bool) -> bool {
    is_on() || (may_record() && first_call())
}

/// Makes this thread the one that decides. `false` if another is at it, or something has been decided.
pub(crate) fn claim() -> bool {
    STATE.compare_exchange(NEW, STARTING, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

/// Leaves it undecided after all, after [`claim`]: the settings were refused.
pub(crate) fn refuse() {
    REFUSED.store(true, Ordering::Relaxed);
    let _ = STATE.compare_exchange(STARTING, NEW, Ordering::Relaxed, Ordering::Relaxed);
}

/// Waits for the thread that decides, if there is one. Not for ever: what that thread does (it allocates, it reads files)
/// may in turn wait for this one, and in a process that was forked meanwhile it is not there.
pub(crate) fn await_decision() {
    let deadline = Instant::now() + LONGEST_WAIT;
    while STATE.load(Ordering::Relaxed) == STARTING {
        if Instant::now() > deadline {
            // Nobody else needs to wait.
            let _ =
                STATE.compare_exchange(STARTING, CALLED_BEFORE_START, Ordering::Relaxed, Ordering::Relaxed);
        }
        thread::sleep(PAUSE);
    }
}

/// How to record, if calls are recorded at all.
pub(crate) fn get() -> Option<&'static Policy> {
    POLICY.get()
}

/// Starts recording. Returns whether functions had been called before.
pub(crate) fn switch_on(policy: Policy) -> bool {
    let _ = POLICY.set(policy);
    STATE.swap(ON, Ordering::Release) == CALLED_BEFORE_START
}

/// Decides that nothing is recorded.
pub(crate) fn switch_off() {
    STATE.store(OFF, Ordering::Relaxed);
}

/// A function was called, and nobody has called `init` yet. Returns whether it was the first one.
#[cfg(not(feature = "autostart"))]
pub(crate) fn note_call_before_start() -> bool {
    STATE.compare_exchange(NEW, CALLED_BEFORE_START, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

/// Whether functions were called and `init` never was.
#[cfg(not(feature = "autostart"))]
pub(crate) fn was_called_before_start() -> bool {
    STATE.load(Ordering::Relaxed) == CALLED_BEFORE_START
}

/// Whether settings were refused.
#[cfg(not(feature = "autostart"))]
pub(crate) fn was_refused() -> bool {
    REFUSED.load(Ordering::Relaxed)
}
