//! The slot of a segment, and the updates that arrive through it.

use std::sync::Arc;

use crate::vocabulary::Outcome;

use crate::recording::data::record::{FRAMES, SpanRef};
use crate::recording::data::updates::SpanUpdate;
use crate::recording::flow::shared_flow::FlowPart;
use crate::recording::flow::slot::{Apply, Slot};
use crate::recording::muting::quietly;
use crate::recording::segment::{Segment, SegmentSlot};

/// Parking.
impl Segment {
    /// Returns its slot, which it has from the first call of this on.
    pub(crate) fn slot(&mut self) -> Arc<SegmentSlot> {
        let root = self.root_site();
        let (part, sampled, remote) = (&mut self.part, self.sampled, &self.remote);
        let slot = self.slot.get_or_insert_with(|| {
            quietly(|| {
                let flow = part.get_or_insert_with(|| FlowPart::first(sampled, root)).flow();
                Arc::new(Slot::new(flow, remote.clone()))
            })
        });
        Arc::clone(slot)
    }

    /// Returns whether it has a slot.
    pub(crate) fn has_slot(&self) -> bool {
        self.slot.is_some()
    }

    /// Takes its slot away, because it ends.
    pub(crate) fn take_slot(&mut self) -> Option<Arc<SegmentSlot>> {
        self.slot.take()
    }
}

impl Apply for Segment {
    fn apply(&mut self, span: SpanRef, update: SpanUpdate) {
        match update {
            SpanUpdate::Fail => self.fail_undescribed(span),
            SpanUpdate::End { at, outcome, foreign, queued } => {
                self.end_of_handle(span, at, outcome, queued);
                if foreign {
                    self.uncount_foreign();
                }
            }
            _ if span < FRAMES => {
                self.shed_updates(span);
                self.latest = update.reading().unwrap_or(0).max(self.latest);
                self.reserved += self.updates.add(span, update, self.limits.text).unwrap_or(0);
            }
            // A span without a record has no place for it.
            _ => {}
        }
    }

    fn root_has_ended(&self) -> bool {
        self.records.as_slice().first().is_some_and(|root| root.end != 0)
    }
}

impl Segment {
    /// Ends a span that is no call. It cannot return an error, so the errors of its calls pass to
    /// its caller.
    fn end_of_handle(&mut self, span: SpanRef, at: u64, outcome: Outcome, queued: bool) {
        let caller = self.caller(span);
        self.errors.pass_on(span, caller);
        let Some(record) = self.records.get_mut(span) else {
            self.end_frame(span, outcome);
            return;
        };
        let timed = self.exact || !record.meta.is_sparse();
        record.end = if timed { at.max(record.start) } else { self.latest + 1 };
        record.meta = record.meta.with_outcome(outcome);
        if timed && queued {
            // Calls that were recorded meanwhile began later: it is no reading among theirs.
            record.meta = record.meta.with_queued_end();
        } else {
            self.latest = self.latest.max(record.end);
        }
        if timed && !self.exact && record.site.is_function() {
            record.site.call_speed().learn(record.end - record.start);
        }
    }
}
