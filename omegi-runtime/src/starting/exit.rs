//! The end of a thread and of the process: what is left is exported, also where the program keeps no guard.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Once, OnceLock};

use crate::collecting::flush::Flushed;
use crate::recording::flow::shared_flow;
use crate::recording::lifecycle;
use crate::recording::shield::shielded;
use crate::vocabulary::Health;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::{say, say_lost};

use super::at_exit::at_exit;
use super::patience::Patience;
use super::process::{self, Process};

/// Set when a flush at the end took too long: the exit is not delayed a second time.
static GAVE_UP: AtomicBool = AtomicBool::new(false);

/// How much had been done when it did.
static DONE_THEN: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];

/// How long the end may still wait.
static PATIENCE: OnceLock<Patience> = OnceLock::new();

thread_local! {
    static AT_END: EndOfThread = const { EndOfThread };
}

/// Flushes when the current thread, which starts omegi, ends: for the thread that calls `main`, that is when `main` has
/// returned or `process::exit` was called in it. Not where an instrumented call started omegi: any thread may do that.
pub(crate) fn flush_at_end_of_thread() {
    let _ = AT_END.try_with(|_| ());
}

/// Flushes when the process exits, whichever thread ends it.
pub(crate) fn flush_at_end_of_process() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // Where the system refuses, there are still the guard and the end of the thread that called `init`.
        let _ = at_exit(end_of_process);
    });
}

/// Flushes, waiting as long as the settings say at most, all times together.
pub(crate) fn flush_before_exit() {
    let Some(process) = process::get().filter(|process| !process.is_elsewhere()) else { return };
    let patience = PATIENCE.get_or_init(|| Patience::new(process.flush_timeout));
    if has_given_up(process) {
        return process.spill();
    }
    match patience.spend(|left| process.finish(left)) {
        Flushed::All => patience.restore(),
        // The exporter has said why.
        Flushed::GaveUp => process.spill(),
        Flushed::Late => {
            process.spill();
            give_up(process);
        }
    }
}

/// Whether the end has waited in vain. That may not have been the end: a guard was dropped early, the program handled a signal
/// itself. It was not where flows have ended since; and where flows have got out since, waiting is worth it again.
fn has_given_up(process: &Process) -> bool {
    let has_changed =
        || done(process).iter().zip(&DONE_THEN).all(|(now, then)| *now > then.load(Ordering::Relaxed));
    if GAVE_UP.load(Ordering::Relaxed) && has_changed() {
        GAVE_UP.store(false, Ordering::Relaxed);
        PATIENCE.get().into_iter().for_each(Patience::restore);
    }
    GAVE_UP.load(Ordering::Relaxed)
}

/// How many flows have ended, and how many have got out.
fn done(process: &Process) -> [u64; 2] {
    [COUNTERS.read().flows, process.deliveries()]
}

fn give_up(process: &Process) {
    done(process).into_iter().zip(&DONE_THEN).for_each(|(now, then)| then.store(now, Ordering::Relaxed));
    GAVE_UP.store(true, Ordering::Relaxed);
    say_lost(format_args!(
        "the last flows could not be exported within {:?} and may be lost. OTEL_BSP_EXPORT_TIMEOUT sets how long the \
         end of a program waits.",
        process.flush_timeout
    ));
}

/// `process::exit` does not come back to end the flow that it is called in.
fn flush_all_before_exit(process: &Process) {
    // Where the queue does not answer, handing it a flow would wait for ever.
    if !has_given_up(process) && process.answers() {
        lifecycle::break_off();
        shared_flow::decide_all();
    }
    flush_before_exit();
}

/// The process is about to abort, after a panic that nothing can catch; or, on a thread of omegi's, to die of a signal: flows that
/// are decided go out, and those that wait for a part of them. No handler of the system's will be called.
pub(crate) fn flush_before_abort() {
    let Some(process) = process::get() else { return };
    if process.answers() {
        shared_flow::decide_all();
    }
    flush_before_exit();
    if process.debug {
        say(summary(&process.health()));
    }
}

/// Dropped when the thread ends that started omegi.
struct EndOfThread;

impl Drop for EndOfThread {
    fn drop(&mut self) {
        let Some(process) = process::get() else { return };
        // From here on it is omegi's threads alone that keep a shared library with omegi in it from being unloaded.
        process.await_thread();
        if !process.by_itself {
            flush_all_before_exit(process);
        }
    }
}

/// The last that is heard of omegi. Not in a process that was forked off: what there is belongs to the other one.
extern "C" fn end_of_process() {
    let _ = shielded(|| {
        let Some(process) = process::get().filter(|process| !process.is_elsewhere()) else { return };
        flush_all_before_exit(process);
        if process.debug {
            say(summary(&process.health()));
        }
    });
}

fn summary(health: &Health) -> String {
    format!(
        "flows: {} ended ({} spans), {} kept for an error, {} kept because somebody asked, {} kept by sampling, {} too many of their kind, {} exported ({} spans), {} on disk, {} lost for want \
         of memory, {} lost in exporters, {} still waiting. Spans lost or summarised: {}.",
        health.flows,
        health.spans,
        health.failed_flows,
        health.asked_flows,
        health.sampled_flows,
        health.suppressed_flows,
        health.exported_flows,
        health.exported_spans,
        health.spooled_flows,
        health.flows_lost_to_memory,
        health.flows_lost_to_export,
        health.waiting_flows,
        health.dropped_spans
    )
}
