//! The policy of recording: whether it records at all, and the flow processor that takes its flows.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::settings::RecordingSettings;
use crate::vocabulary::decision::DecisionReason;
use crate::vocabulary::{ErrorSeen, TraceId};

use crate::recording::budget::BUDGET;
use crate::recording::data::error_kinds::ErrorKinds;
use crate::recording::data::recorded::RecordedFlow;

/// The flow processor: decides about recorded flows, and takes the kept ones.
pub(crate) trait FlowProcessor: Send + Sync {
    /// Returns whether a flow with this id is kept even without a failure. Called when its root
    /// begins. `caller` is the decision about the flow that it belongs to, if there is one.
    fn samples(&self, trace: TraceId, caller: Option<bool>) -> bool;

    /// Returns whether every error counts: is a reason to keep a flow.
    fn counts_all(&self) -> bool;

    /// Returns whether this error counts.
    fn counts(&self, error: &ErrorSeen<'_>) -> bool;

    /// Returns whether [`decide`](Self::decide) may keep a forked flow. Cheap: it is called when
    /// the last part of the flow ends. The records of that part are copied only if it returns
    /// `true`.
    fn may_keep(&self, sampled: bool, must_keep: bool) -> bool {
        sampled || must_keep
    }

    /// Decides about a flow that has ended. Called once for each.
    fn decide(&self, ending: &FlowEnding) -> Decision;

    /// Returns whether `bytes` more may wait for exporters.
    fn has_room(&self, bytes: usize) -> bool;

    /// Makes room for `bytes` more, at the cost of flows without a failure. Returns `false` if
    /// there are too few of them.
    fn make_room(&self, bytes: usize) -> bool;

    /// Takes over a kept flow. Must not block.
    fn take(&self, flow: RecordedFlow);

    /// Exports everything that is decided, because the process is about to abort on this thread.
    fn flush_before_abort(&self);

    /// Requests a look at [the flows that
    /// wait](crate::recording::flow::shared_flow::decide_overdue) no later than at `moment`.
    fn call_at(&self, moment: Instant);
}

/// The facts of a flow that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlowEnding {
    pub(crate) sampled: bool,
    pub(crate) keep_requested: bool,
    /// True if it has an error that counts: a reason to keep it, within the error rate limit.
    pub(crate) has_counted_error: bool,
    /// The kinds of the errors that count; none if they are unknown.
    pub(crate) kinds: ErrorKinds,
    /// The reason for which the rest of its flow is kept already, if this is a part that ended too
    /// late for that decision.
    pub(crate) kept_already: Option<DecisionReason>,
}

/// The decision about a flow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decision {
    pub(crate) reason: DecisionReason,
    /// The number of flows with the same kinds of error that were dropped before it.
    pub(crate) suppressed: u64,
}

impl Decision {
    /// Writes the decision into the flow.
    pub(crate) fn write_into(&self, flow: &mut RecordedFlow) {
        flow.must_keep = matches!(self.reason, DecisionReason::Failed | DecisionReason::Requested);
        flow.suppressed = self.suppressed;
    }
}

/// The policy of this process, fixed at `init`.
pub(crate) struct Policy {
    pub(crate) processor: Box<dyn FlowProcessor>,
    pub(crate) settings: RecordingSettings,
    /// True if every span's times are read from the clock, also in flows that will most likely be
    /// dropped.
    pub(crate) exact_times: bool,
    /// The most spans of a flow with a record; errors may add a quarter.
    pub(crate) span_limit: usize,
}

impl Policy {
    /// Reserves memory for a flow that is handed on, at the cost of flows without a failure.
    /// `for_error`: its errors, or a request, have it kept.
    pub(crate) fn reserve(&self, bytes: usize, for_error: bool) -> bool {
        let fits = || if for_error { BUDGET.reserve_for_error(bytes) } else { BUDGET.reserve(bytes) };
        let reserve = || self.processor.has_room(bytes) && fits();
        let mut fits = reserve();
        // The flows that gave way may have been smaller.
        while !fits && self.processor.make_room(bytes) {
            fits = reserve();
        }
        fits
    }
}

static POLICY: OnceLock<Policy> = OnceLock::new();

/// [`NEW`], [`STARTING`], [`CALLED_BEFORE_START`], [`OFF`] or [`ON`].
static STATE: AtomicU8 = AtomicU8::new(NEW);

// The order lets one comparison find out whether a call may have to be recorded.
/// Switched off.
const OFF: u8 = 0;
/// A function was called before anything was decided, and was not recorded.
const CALLED_BEFORE_START: u8 = 1;
/// No call or decision has happened yet.
const NEW: u8 = 2;
/// A thread is about to decide.
const STARTING: u8 = 3;
/// Recording.
const ON: u8 = 4;

/// True if settings were refused, which is why nothing is recorded.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// The longest wait for another thread that decides: starting takes a millisecond or two.
const LONGEST_WAIT: Duration = Duration::from_millis(200);

/// The pause between two looks at the state.
const PAUSE: Duration = Duration::from_micros(100);

/// Returns whether calls are recorded.
#[inline]
pub(crate) fn is_on() -> bool {
    STATE.load(Ordering::Relaxed) == ON
}

/// Returns whether a call may have to be recorded: the only test inside the user's function.
#[inline(always)]
pub(crate) fn may_record() -> bool {
    STATE.load(Ordering::Relaxed) >= NEW
}

/// Returns whether a call is recorded. Calls `first_call` if nothing is decided yet.
pub(crate) fn records(first_call: impl FnOnce() -> bool) -> bool {
    is_on() || (may_record() && first_call())
}

/// Makes this thread the one that decides. Returns `false` if another one does, or the decision is
/// made.
pub(crate) fn claim() -> bool {
    STATE.compare_exchange(NEW, STARTING, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

/// Withdraws a [`claim`], because the settings were refused.
pub(crate) fn refuse() {
    REFUSED.store(true, Ordering::Relaxed);
    let _ = STATE.compare_exchange(STARTING, NEW, Ordering::Relaxed, Ordering::Relaxed);
}

/// Waits for the thread that decides, if there is one, for a bounded time. That thread allocates
/// and reads files, and so may wait for this one. It does not exist in a process that was forked
/// since.
pub(crate) fn await_decision() {
    let deadline = Instant::now() + LONGEST_WAIT;
    while STATE.load(Ordering::Relaxed) == STARTING {
        if Instant::now() > deadline {
            // No other thread needs to wait.
            let _ =
                STATE.compare_exchange(STARTING, CALLED_BEFORE_START, Ordering::Relaxed, Ordering::Relaxed);
        }
        thread::sleep(PAUSE);
    }
}

/// Returns the policy, if calls are recorded at all.
pub(crate) fn get() -> Option<&'static Policy> {
    POLICY.get()
}

/// Starts recording. Returns whether functions were called before.
pub(crate) fn switch_on(policy: Policy) -> bool {
    let _ = POLICY.set(policy);
    STATE.swap(ON, Ordering::Release) == CALLED_BEFORE_START
}

/// Switches recording off.
pub(crate) fn switch_off() {
    STATE.store(OFF, Ordering::Relaxed);
}

/// Notes a call before `init`. Returns whether it is the first one.
#[cfg(not(feature = "autostart"))]
pub(crate) fn note_call_before_start() -> bool {
    STATE.compare_exchange(NEW, CALLED_BEFORE_START, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

/// Returns whether functions were called and `init` never was.
#[cfg(not(feature = "autostart"))]
pub(crate) fn was_called_before_start() -> bool {
    STATE.load(Ordering::Relaxed) == CALLED_BEFORE_START
}

/// Returns whether settings were refused.
#[cfg(not(feature = "autostart"))]
pub(crate) fn was_refused() -> bool {
    REFUSED.load(Ordering::Relaxed)
}
