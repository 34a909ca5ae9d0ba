//! The end of a thread and of the process: pending flows are exported, even if the program keeps no
//! guard.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::collecting::flush::Flushed;
use crate::recording::flow::shared_flow;
use crate::recording::lifecycle;
use crate::recording::shield::shielded;
use crate::recording::threads;
use crate::vocabulary::Health;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::per_process::PerProcess;
use crate::vocabulary::say::{say, say_lost, say_once};
use crate::vocabulary::signal_handler;

use super::at_exit::at_exit;
use super::process::{self, Process};
use super::profile_file;
use super::time_budget::TimeBudget;

/// Set when a flush at the end took too long: the exit is not delayed a second time.
static GAVE_UP: PerProcess<AtomicBool> = PerProcess::new(AtomicBool::new(false));

/// The progress at that time.
static PROGRESS_THEN: PerProcess<[AtomicU64; 2]> = PerProcess::new([const { AtomicU64::new(0) }; 2]);

/// The time that the end may still wait.
static TIME_BUDGET: PerProcess<OnceLock<TimeBudget>> = PerProcess::new(OnceLock::new());

thread_local! {
    static AT_END: EndOfThread = const { EndOfThread };
}

/// Has the end of the current thread flush, which starts omegi.
///
/// For the thread that calls `main`, that is its return or a `process::exit` in it. The end does
/// not flush if an instrumented call started omegi: any thread may do that.
pub(crate) fn flush_at_end_of_thread() {
    let _ = AT_END.try_with(|_| ());
}

/// Has the end of the process flush, whichever thread ends it.
pub(crate) fn flush_at_end_of_process() {
    static REGISTERED: AtomicBool = AtomicBool::new(false);
    if !REGISTERED.swap(true, Ordering::Relaxed) {
        // If the system refuses, the guard and the end of the thread that called `init` flush
        // still.
        let _ = at_exit(end_of_process);
    }
}

/// Exports the open flows of other threads that hold errors, as they stand. The flow of this thread
/// will end.
pub(crate) fn tell_flows_of_other_threads() {
    let own = threads::current();
    process::get().into_iter().for_each(|process| process.tell_open_flows(|thread| thread != own));
}

/// Flushes. All calls together wait for at most the configured time.
pub(crate) fn flush_before_exit() {
    let Some(process) = process::get().filter(|process| !process.is_elsewhere()) else { return };
    let budget = TIME_BUDGET.get().get_or_init(|| TimeBudget::new(process.flush_timeout));
    if has_given_up(process) {
        return process.spill();
    }
    match budget.spend(|left| process.finish(left)) {
        Flushed::All => budget.restore(),
        // The exporter has reported the reason.
        Flushed::GaveUp => process.spill(),
        Flushed::Late => {
            process.spill();
            give_up(process);
        }
    }
}

/// Flushes before the process aborts, after a panic that nothing can catch, or dies of a signal.
///
/// Decided flows are exported, and those that wait for a part of them. The system calls no handlers
/// in such an end. On a signal, the caller is a thread of omegi's.
pub(crate) fn flush_before_abort() {
    profile_file::write();
    let Some(process) = process::get() else { return };
    if process.answers() {
        shared_flow::decide_all();
        lifecycle::tell_open_flows(|_| true, true);
    }
    flush_before_exit();
    say_refused_calls();
    if process.debug {
        say(summary(&process.health()));
    }
}

/// Returns whether an earlier flush took too long.
///
/// That may not have been the end: a guard was dropped early, or the program handled a signal
/// itself. So waiting is worthwhile again if flows have ended and flows have been exported since.
fn has_given_up(process: &Process) -> bool {
    let has_progressed = || {
        let now = progress(process);
        now.iter().zip(PROGRESS_THEN.get()).all(|(now, then)| *now > then.load(Ordering::Relaxed))
    };
    if GAVE_UP.get().load(Ordering::Relaxed) && has_progressed() {
        GAVE_UP.get().store(false, Ordering::Relaxed);
        TIME_BUDGET.get().get().into_iter().for_each(TimeBudget::restore);
    }
    GAVE_UP.get().load(Ordering::Relaxed)
}

fn give_up(process: &Process) {
    let now = progress(process);
    now.into_iter().zip(PROGRESS_THEN.get()).for_each(|(now, then)| then.store(now, Ordering::Relaxed));
    GAVE_UP.get().store(true, Ordering::Relaxed);
    say_lost(format_args!(
        "cannot export the last flows: that takes longer than {:?}; they may be lost unless a greater \
         OTEL_BSP_EXPORT_TIMEOUT lets the program's end wait",
        process.flush_timeout
    ));
}

/// Returns the number of flows that have ended and of flows that were exported.
fn progress(process: &Process) -> [u64; 2] {
    [COUNTERS.read().flows, process.deliveries()]
}

/// The destructor of the thread that starts omegi.
struct EndOfThread;

impl Drop for EndOfThread {
    fn drop(&mut self) {
        let Some(process) = process::get() else { return };
        // From here on, omegi's threads alone keep a shared library with omegi in it from being
        // unloaded.
        process.await_thread();
        if !process.by_itself {
            flush_all_before_exit(process);
        }
    }
}

/// The handler at the end of the process. In a forked process it does nothing before that has
/// started omegi afresh: all flows belong to the parent.
extern "C" fn end_of_process() {
    let _ = shielded(|| {
        let Some(process) = process::get().filter(|process| !process.is_elsewhere()) else { return };
        flush_all_before_exit(process);
        say_refused_calls();
        if process.debug {
            say(summary(&process.health()));
        }
    });
}

/// Reports the calls that were not recorded because a signal handler seemed to run: it could not.
fn say_refused_calls() {
    let calls = signal_handler::refused_calls();
    if calls > 0 {
        say_once!(
            lost: "cannot record {calls} calls in signal handlers, or on threads that block a signal which \
             the program handles; block it before omegi starts to have those threads recorded"
        );
    }
}

/// Ends the current flow too: `process::exit` does not return to end it.
fn flush_all_before_exit(process: &Process) {
    // A queue that does not answer would block the hand-over of a flow for ever.
    if !has_given_up(process) && process.answers() {
        lifecycle::break_off();
        shared_flow::decide_all();
        lifecycle::tell_open_flows(|_| true, true);
    }
    flush_before_exit();
}

fn summary(health: &Health) -> String {
    format!(
        "flows: {} ended ({} spans), {} kept for an error, {} kept on request, {} kept by sampling, {} too \
         many of their kind, {} with errors of the caller, {} with expected errors, {} exported ({} spans), \
         {} on disk, {} lost for want of memory, {} lost in exporters, {} still waiting. Not recorded for \
         want of memory, or beside a signal handler: {}. Spans lost or summarised: {}.",
        health.flows,
        health.spans,
        health.failed_flows,
        health.requested_flows,
        health.sampled_flows,
        health.suppressed_flows,
        health.client_error_flows,
        health.expected_error_flows,
        health.exported_flows,
        health.exported_spans,
        health.spooled_flows,
        health.flows_lost_to_memory,
        health.flows_lost_to_export,
        health.waiting_flows,
        health.unrecorded_flows,
        health.dropped_spans
    )
}
