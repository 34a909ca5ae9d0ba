//! The wiring of tail sampling: recorded flows go to `deciding`, and kept ones to the exporters.

use std::sync::Arc;
use std::time::Instant;

use crate::collecting::pending_totals::PENDING;
use crate::collecting::pipelines::ExporterPipelines;
use crate::collecting::timekeeper::Timekeeper;
use crate::deciding::counting::ErrorRule;
use crate::deciding::decision::{self, FlowLimits};
use crate::deciding::expected_errors::ExpectedErrors;
use crate::deciding::sampling::FlowSampling;
use crate::recording::data::error_kinds::ErrorKind;
use crate::recording::data::judged_errors::MetErrors;
use crate::recording::data::recorded::RecordedFlow;
use crate::recording::policy::{self, Decision, FlowEnding, FlowProcessor};
use crate::vocabulary::say::say_once;
use crate::vocabulary::{CallSite, ErrorSeen, TraceId};

/// Decides about flows by their trace id and their errors, and passes kept ones to the exporters.
#[derive(Debug)]
pub(super) struct TailSamplingProcessor {
    pub(super) sampling: FlowSampling,
    pub(super) rule: ErrorRule,
    pub(super) expected_errors: ExpectedErrors,
    pub(super) limits: FlowLimits,
    pub(super) pipelines: Arc<ExporterPipelines>,
    pub(super) timekeeper: Arc<Timekeeper>,
    /// The id of the process that has omegi's threads.
    pub(super) process: u32,
    /// Exports decided flows before the process aborts.
    pub(super) flush_before_abort: fn(),
    /// Starts omegi in a process that was forked off this one.
    pub(super) start_afresh: fn(),
}

impl TailSamplingProcessor {
    /// Returns whether this process was made from the one that has omegi's threads, and not by
    /// `fork`, after which recording starts afresh.
    ///
    /// Then nothing is exported, and a thread that does not exist here may hold the lock of a
    /// queue. So recording ends before anything waits for such a lock.
    fn is_orphaned(&self) -> bool {
        let orphaned = std::process::id() != self.process;
        if orphaned {
            policy::switch_off();
            say_once!(
                "cannot record in this process: it was made by clone() from one with omegi; use fork()"
            );
        }
        orphaned
    }
}

impl FlowProcessor for TailSamplingProcessor {
    fn samples(&self, trace: TraceId, caller: Option<bool>) -> bool {
        self.sampling.keeps(trace, caller)
    }

    fn counts_all(&self) -> bool {
        self.rule.counts_all()
    }

    fn counts(&self, error: &ErrorSeen<'_>) -> bool {
        self.rule.counts(error)
    }

    fn excuses_some(&self) -> bool {
        self.rule.excuses_some()
    }

    fn expects(&self, kind: ErrorKind) -> bool {
        self.expected_errors.expects(kind)
    }

    fn watches_calls(&self) -> bool {
        self.expected_errors.watches()
    }

    fn learn(&self, met: &[MetErrors<'_>], calls: &mut dyn FnMut(&'static CallSite) -> u64) {
        self.expected_errors.learn(met, calls, Instant::now());
    }

    fn decide(&self, ending: &FlowEnding<'_>) -> Decision {
        decision::decide(ending, &self.limits, Instant::now)
    }

    fn start_afresh(&self) {
        (self.start_afresh)();
    }

    fn call_at(&self, moment: Instant) {
        if !self.is_orphaned() {
            self.timekeeper.call_at(moment);
        }
    }

    fn has_room(&self, bytes: usize) -> bool {
        PENDING.has_room(bytes)
    }

    fn make_room(&self, bytes: usize) -> bool {
        if self.is_orphaned() {
            return false;
        }
        let made = self.pipelines.make_room(bytes);
        if made {
            say_once!(
                lost: "cannot hold more flows: OMEGI_MEMORY is used up; the oldest flows without an error \
                 are dropped and counted by omegi::health(). Raise OMEGI_MEMORY, or keep fewer flows by \
                 a greater OMEGI_FLOW_RATE"
            );
        }
        made
    }

    fn flush_before_abort(&self) {
        if !self.is_orphaned() {
            (self.flush_before_abort)();
        }
    }

    fn take(&self, flow: RecordedFlow) {
        if self.is_orphaned() {
            return;
        }
        if flow.dropped_spans > 0 {
            say_once!(
                "cannot record every call of a flow: it had {} calls more than the {} that have room; their \
                 callers summarise them per function, and `omegi.flow.dropped_spans` of the root span \
                 counts them",
                flow.dropped_spans,
                flow.record_count()
            );
        }
        if let Some(moment) = self.pipelines.take(flow) {
            self.timekeeper.call_at(moment);
        }
        if self.pipelines.is_over_high_water_mark() {
            self.timekeeper.call_at(Instant::now());
        }
    }
}
