//! What recording is told: which flows to keep, and where they go.

use std::sync::Arc;
use std::time::Instant;

use crate::collecting::pending_totals::PENDING;
use crate::collecting::pipelines::ExporterPipelines;
use crate::collecting::timekeeper::Timekeeper;
use crate::deciding::counting::ErrorRule;
use crate::deciding::error_rate_limit::{ErrorRateLimit, LimitDecision};
use crate::deciding::sampling::FlowSampling;
use crate::recording::data::recorded::RecordedFlow;
use crate::recording::policy::{self, Decision, FlowEnding, FlowProcessor};
use crate::vocabulary::counters::KeepReason;
use crate::vocabulary::say::say_once;
use crate::vocabulary::{ErrorSeen, TraceId};

use super::exit;

/// Decides by trace id and error, and hands on what is kept.
#[derive(Debug)]
pub(crate) struct Keeper {
    pub(crate) sampling: FlowSampling,
    pub(crate) rule: ErrorRule,
    pub(crate) error_rate_limit: ErrorRateLimit,
    pub(crate) pipelines: Arc<ExporterPipelines>,
    pub(crate) timekeeper: Arc<Timekeeper>,
    /// The process that has omegi's threads.
    pub(crate) process: u32,
}

impl Keeper {
    /// Whether this process was forked off the one that has omegi's threads. Then nobody exports, and the lock of a
    /// queue may be held by a thread that is not here: recording ends, before anybody waits for that.
    fn is_orphaned(&self) -> bool {
        let orphaned = std::process::id() != self.process;
        if orphaned {
            policy::switch_off();
            say_once!(
                "this process was forked off one that omegi runs in: what it does is not recorded. Call init after \
                 the fork."
            );
        }
        orphaned
    }
}

impl FlowProcessor for Keeper {
    fn samples(&self, trace: TraceId, caller: Option<bool>) -> bool {
        self.sampling.keeps(trace, caller)
    }

    fn counts_all(&self) -> bool {
        self.rule.counts_all()
    }

    fn counts(&self, error: &ErrorSeen<'_>) -> bool {
        self.rule.counts(error)
    }

    fn decide(&self, ending: &FlowEnding) -> Decision {
        let FlowEnding { sampled, keep_requested, failed, kinds } = ending;
        let otherwise = match (keep_requested, sampled) {
            (true, _) => KeepReason::Requested,
            (_, true) => KeepReason::Sampled,
            _ => KeepReason::NotKept,
        };
        if !failed {
            return Decision { kept: otherwise, suppressed: 0 };
        }
        match self.error_rate_limit.judge(kinds, otherwise.is_kept(), Instant::now()) {
            LimitDecision::Keep { suppressed } => Decision { kept: KeepReason::Failed, suppressed },
            LimitDecision::KeepAnyway { suppressed } => Decision { kept: otherwise, suppressed },
            LimitDecision::Suppress => Decision { kept: KeepReason::Suppressed, suppressed: 0 },
        }
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
                lost: "OMEGI_MEMORY is used up: the oldest flows without an error are being dropped. Raise OMEGI_MEMORY, or \
                 keep fewer flows (a greater OMEGI_FLOW_RATE). omegi::health() counts them."
            );
        }
        made
    }

    fn flush_before_abort(&self) {
        if !self.is_orphaned() {
            exit::flush_before_abort();
        }
    }

    fn take(&self, flow: RecordedFlow) {
        if self.is_orphaned() {
            return;
        }
        if flow.dropped_spans > 0 {
            say_once!(
                "a flow had more calls than fit ({} recorded, {} more): those are summarised per function on their \
                 caller. See `omegi.flow.dropped_spans` on its root span.",
                flow.record_count(),
                flow.dropped_spans
            );
        }
        self.pipelines.take(flow);
        if self.pipelines.is_over_high_water_mark() {
            self.timekeeper.call_at(Instant::now());
        }
    }
}
