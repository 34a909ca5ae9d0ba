//! The flow of a segment as it leaves the recorder.

use std::mem;

use crate::recording::budget::ALLOCATIONS;
use crate::recording::data::record::SpanRecord;
use crate::recording::data::recorded::RecordedFlow;
use crate::recording::segment::Segment;

/// Handing over.
impl Segment {
    /// Returns the number of calls that have begun.
    #[inline]
    pub(crate) fn opened(&self) -> u64 {
        let late = self.overflow.as_ref().map_or(0, |overflow| overflow.late_len());
        u64::from(self.records.len()) + late as u64 + self.dropped_spans()
    }

    /// Returns the memory of a waiting flow beyond the reserved part, in bytes. It is for the copy
    /// of records and waits that [`hand_over`](Self::hand_over) makes, and for a place in a queue.
    pub(crate) fn hand_over_bytes(&self) -> usize {
        let late = self.overflow.as_ref().map_or(0, |overflow| overflow.late_len());
        let records = (self.records.len() as usize + late) * size_of::<SpanRecord>();
        let waits = size_of_val(self.waits.as_slice());
        records + waits + 2 * size_of::<RecordedFlow>() + ALLOCATIONS
    }

    /// Returns the flow as it leaves, in [memory](Self::hand_over_bytes) that was reserved for it.
    /// Its records and waits are copied at their exact size; everything else is moved.
    #[inline]
    pub(crate) fn hand_over(&mut self) -> RecordedFlow {
        let (own_bytes, dropped_spans) = (self.hand_over_bytes(), self.dropped_spans());
        let overflow = self.overflow.take().map_or_else(Default::default, |overflow| *overflow);
        let overflow_bytes = overflow.reserved();
        let (late, summaries) = overflow.into_parts();
        let (errors, dropped_errors) = self.errors.take();
        let staying_bytes = self.staying_bytes();
        let moved = self.reserved - staying_bytes + overflow_bytes;
        self.reserved = staying_bytes;
        let must_keep = self.must_keep();
        RecordedFlow {
            trace_id: self.identity.trace_id,
            parent_span_id: self.parent_span_id,
            seed: self.identity.seed,
            timed_from: self.timed_from,
            records: [self.records.as_slice(), &late].concat().into_boxed_slice(),
            attributes: mem::take(&mut self.attributes),
            updates: mem::take(&mut self.updates),
            waits: self.waits.as_slice().into(),
            errors,
            summaries,
            dropped_spans,
            dropped_errors,
            must_keep,
            kept_by: "",
            suppressed: 0,
            attached: self.attached,
            branches: Vec::new(),
            reserved: own_bytes + moved,
        }
    }

    fn dropped_spans(&self) -> u64 {
        self.overflow.as_ref().map_or(0, |overflow| overflow.dropped())
    }
}
