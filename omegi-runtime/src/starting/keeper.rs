//! What recording is told: which flows to keep, and where they go.

use std::sync::Arc;
use std::time::Instant;

use crate::collecting::queue::Queue;
use crate::deciding::sampling::FlowSampling;
use crate::recording::budget::BUDGET;
use crate::recording::policy::{self, Stages};
use crate::recording::recorded::RecordedFlow;
use crate::vocabulary::TraceId;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::say_once;

/// Decides by trace id and error, and queues what is kept.
#[derive(Debug)]
pub(crate) struct Keeper {
    pub(crate) sampling: FlowSampling,
    pub(crate) queue: Arc<Queue>,
    /// The process that has the worker.
    pub(crate) process: u32,
}

impl Keeper {
    /// Whether this process was forked off the one that has the worker. Then nobody exports, and the lock of the queue
    /// may be held by a thread that is not here: recording ends, before anybody waits for that.
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

impl Stages for Keeper {
    fn samples(&self, trace: TraceId, caller: Option<bool>) -> bool {
        self.sampling.keeps(trace, caller)
    }

    fn keeps(&self, sampled: bool, precious: bool) -> bool {
        sampled || precious
    }

    fn call_at(&self, moment: Instant) {
        if !self.is_orphaned() {
            self.queue.call_at(moment);
        }
    }

    fn make_room(&self, bytes: usize) -> bool {
        if self.is_orphaned() {
            return false;
        }
        let evicted = self.queue.evict(bytes);
        for flow in &evicted {
            COUNTERS.lost_to_memory(flow.span_count());
            BUDGET.release(flow.reserved);
        }
        if !evicted.is_empty() {
            say_once!(
                lost: "OMEGI_MEMORY is used up: flows without an error are being dropped to keep those with one. Raise \
                 OMEGI_MEMORY, or keep fewer flows (a greater OMEGI_FLOW_RATE). omegi::health() counts them."
            );
        }
        !evicted.is_empty()
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
        self.queue.push(flow);
    }
}
