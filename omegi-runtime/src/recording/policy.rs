//! The policy of recording: whether it records at all, and the flow processor that takes its flows.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::settings::RecordingSettings;
use crate::vocabulary::decision::DecisionReason;
use crate::vocabulary::per_process::PerProcess;
use crate::vocabulary::{CallSite, ErrorSeen, TraceId, signal_handler};

use crate::recording::budget::BUDGET;
use crate::recording::data::error_kinds::{ErrorKind, ErrorKinds};
use crate::recording::data::judged_errors::{JudgedErrors, MetErrors};
use crate::recording::data::recorded::RecordedFlow;
use crate::recording::muting::{is_muted, quietly};

/// The flow processor: decides about recorded flows, and takes the kept ones.
pub(crate) trait FlowProcessor: Send + Sync {
    /// Returns whether a flow with this id is kept even without a failure. Called when its root
    /// begins. `caller` is the decision about the flow that it belongs to, if there is one.
    fn samples(&self, trace: TraceId, caller: Option<bool>) -> bool;

    /// Returns whether every error counts, is a reason to keep a flow, unless it is
    /// [excused](Self::excuses_some).
    fn counts_all(&self) -> bool;

    /// Returns whether this error counts, unless it is excused.
    fn counts(&self, error: &ErrorSeen<'_>) -> bool;

    /// Returns whether errors are excused: those that an answer blames on the caller, and
    /// [expected](Self::expects) ones that are handled.
    fn excuses_some(&self) -> bool;

    /// Returns whether errors of this kind are expected. Cheap, without a lock.
    fn expects(&self, kind: ErrorKind) -> bool;

    /// Returns whether [`learn`](Self::learn) wants every segment that ends, also without an error.
    fn watches_calls(&self) -> bool;

    /// Learns from a segment that has ended. It met the errors `met`, each kind once. `calls`
    /// returns the number of its calls of one site.
    fn learn(&self, met: &[MetErrors<'_>], calls: &mut dyn FnMut(&'static CallSite) -> u64);

    /// Returns whether [`decide`](Self::decide) may keep a forked flow. Cheap: it is called when
    /// the last part of the flow ends. The records of that part are copied only if it returns
    /// `true`.
    fn may_keep(&self, sampled: bool, must_keep: bool) -> bool {
        sampled || must_keep
    }

    /// Decides about a flow that has ended. Called once for each.
    fn decide(&self, ending: &FlowEnding<'_>) -> Decision;

    /// Returns whether `bytes` more may wait for exporters.
    fn has_room(&self, bytes: usize) -> bool;

    /// Makes room for `bytes` more, at the cost of flows without a failure. Returns `false` if
    /// there are too few of them.
    fn make_room(&self, bytes: usize) -> bool;

    /// Takes over a kept flow. Must not block.
    fn take(&self, flow: RecordedFlow);

    /// Exports everything that is decided, because the process is about to abort on this thread.
    fn flush_before_abort(&self);

    /// Starts omegi as it is in this processor's process, which this process was forked off.
    fn start_afresh(&self);

    /// Requests a look at [the flows that
    /// wait](crate::recording::flow::shared_flow::decide_overdue) no later than at `moment`.
    fn call_at(&self, moment: Instant);
}

/// The facts of a flow that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlowEnding<'a> {
    /// The call site of its root, if that is known.
    pub(crate) root: Option<&'static CallSite>,
    pub(crate) sampled: bool,
    pub(crate) keep_requested: bool,
    /// The callees that keep their parts of the flow, each as a kind.
    pub(crate) upstreams: &'a ErrorKinds,
    /// True if it has an error that counts: a reason to keep it, within the error rate limit.
    pub(crate) has_counted_error: bool,
    /// The kinds of its errors; none that count if they are unknown.
    pub(crate) errors: &'a JudgedErrors,
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
        flow.must_keep = self.reason.must_keep();
        flow.kept_by = self.reason.word();
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

static POLICY: PerProcess<OnceLock<Policy>> = PerProcess::new(OnceLock::new());

/// [`NEW`], [`STARTING`], [`CALLED_BEFORE_START`], [`OFF`], [`ON`] or [`FORKED`].
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
/// Recording in the process that this one was forked off. The next call starts omegi here.
const FORKED: u8 = 5;

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

/// Returns whether a call is recorded. Calls `first_call` if nothing is decided yet. Starts omegi
/// afresh in a process that was forked off one with omegi.
pub(crate) fn records(first_call: impl FnOnce() -> bool) -> bool {
    is_on() || (may_record() && if is_forked() { start_afresh() } else { first_call() })
}

/// Returns whether spans other than calls are recorded: they start omegi in no process but a forked
/// one.
pub(crate) fn records_spans() -> bool {
    records(|| false)
}

fn is_forked() -> bool {
    STATE.load(Ordering::Relaxed) == FORKED
}

/// Starts omegi in this process, with the settings of the one that it was forked off. Returns
/// whether calls are recorded.
#[cold]
#[inline(never)]
fn start_afresh() -> bool {
    // A panicking thread must not touch the panic hook, and a signal handler must not allocate. A
    // later call will start omegi.
    if is_muted() || thread::panicking() || signal_handler::is_active() {
        return false;
    }
    if claim() {
        match POLICY.inherited(OnceLock::get) {
            Some(policy) => quietly(|| policy.processor.start_afresh()),
            None => leave_to_init(),
        }
    } else {
        await_decision();
    }
    is_on()
}

/// Prepares for a start in this process, which was just forked off another one. A signal handler
/// may call it.
pub(crate) fn begin_in_child() {
    let has_parent = POLICY.inherited(OnceLock::get).is_some();
    match STATE.load(Ordering::Relaxed) {
        ON | STARTING if has_parent => STATE.store(FORKED, Ordering::Relaxed),
        STARTING => STATE.store(NEW, Ordering::Relaxed),
        _ => {}
    }
}

/// Makes this thread the one that decides. Returns `false` if another one does, or the decision is
/// made.
pub(crate) fn claim() -> bool {
    let claim = |state| STATE.compare_exchange(state, STARTING, Ordering::Relaxed, Ordering::Relaxed);
    claim(NEW).is_ok() || claim(FORKED).is_ok()
}

/// Withdraws a [`claim`]: only the program's `init` can start omegi.
pub(crate) fn leave_to_init() {
    let _ = STATE.compare_exchange(STARTING, CALLED_BEFORE_START, Ordering::Relaxed, Ordering::Relaxed);
}

/// Withdraws a [`claim`], because the settings were refused.
pub(crate) fn refuse() {
    REFUSED.store(true, Ordering::Relaxed);
    let _ = STATE.compare_exchange(STARTING, NEW, Ordering::Relaxed, Ordering::Relaxed);
}

/// Waits for the thread that decides, if there is one, for a bounded time. That thread allocates
/// and reads files, and so may wait for this one.
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
    POLICY.get().get()
}

/// Starts recording. Returns whether functions were called before.
pub(crate) fn switch_on(policy: Policy) -> bool {
    let _ = POLICY.get().set(policy);
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
