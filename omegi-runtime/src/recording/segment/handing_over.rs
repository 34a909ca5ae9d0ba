//! The flow of a segment as it leaves the recorder.

use std::mem;

use crate::recording::budget::ALLOCATIONS;
use crate::recording::data::parting::{Parting, Pieces};
use crate::recording::data::record::{NO_SPAN, SpanRecord, SpanRef};
use crate::recording::data::recorded::RecordedFlow;
use crate::recording::data::summary::Summary;
use crate::recording::data::waits::Wait;
use crate::recording::segment::Segment;

/// The records of a flow as it leaves, and the data whose spans are numbered anew with them.
struct Rest {
    records: Box<[SpanRecord]>,
    numbers: Option<Box<[SpanRef]>>,
    waits: Box<[Wait]>,
    summaries: Vec<Summary>,
}

/// Handing over.
impl Segment {
    /// Returns the number of calls that have begun.
    #[inline]
    pub(crate) fn opened(&self) -> u64 {
        let (cut, gone) = self.cut_spans();
        let records = u64::from(self.records.len()) + u64::from(self.late_len());
        records + self.dropped_spans() + gone - cut
    }

    /// Returns the number of late records.
    pub(super) fn late_len(&self) -> SpanRef {
        let late = self.overflow.as_ref().map_or(0, |overflow| overflow.late_len());
        SpanRef::try_from(late).unwrap_or(NO_SPAN)
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
        let rest = self.take_rest();
        let overflow = self.overflow.take().map_or_else(Default::default, |overflow| *overflow);
        let overflow_bytes = overflow.reserved();
        let (late, summaries) = overflow.into_parts();
        let (mut errors, dropped_errors) = self.errors.take();
        let staying_bytes = self.staying_bytes();
        let moved = self.reserved - staying_bytes + overflow_bytes;
        self.reserved = staying_bytes;
        let must_keep = self.must_keep();
        let Rest { records, numbers, waits, summaries } = match rest {
            Some((rest, parting)) => {
                let steps = errors.iter_mut().flat_map(|error| &mut error.path);
                steps.for_each(|step| step.span = parting.place_in(0, step.span));
                rest
            }
            None => Rest {
                records: [self.records.as_slice(), &late].concat().into_boxed_slice(),
                numbers: None,
                waits: self.waits.as_slice().into(),
                summaries,
            },
        };
        RecordedFlow {
            trace_id: self.identity.trace_id,
            parent_span_id: self.parent_span_id,
            seed: self.identity.seed,
            timed_from: self.timed_from,
            records,
            numbers,
            attributes: mem::take(&mut self.attributes),
            updates: mem::take(&mut self.updates),
            waits,
            errors,
            summaries,
            dropped_spans,
            dropped_errors,
            must_keep,
            kept_by: "",
            suppressed: 0,
            attached: self.attached,
            open_at: None,
            was_told: self.told_for.is_some(),
            branches: Vec::new(),
            reserved: own_bytes + moved,
        }
    }

    /// Takes the records that are left after others were [cut out](Self::cut), with their data;
    /// `None` if none were.
    fn take_rest(&mut self) -> Option<(Rest, Parting)> {
        self.long.as_ref()?;
        let count = self.records.len() + self.late_len();
        let mut parting = Parting::new(count as usize);
        let part = parting.add_part();
        let members: Box<[SpanRef]> = (0..count).filter(|span| self.is_recorded(*span)).collect();
        members.iter().for_each(|span| parting.put(*span, part));
        let mut parts = [Some(Pieces::default())];
        self.part(&parting, &mut parts);
        let records = self.parted_records(&members, part, &parting);
        let pieces = parts.into_iter().flatten().next().unwrap_or_default();
        self.reserved += pieces.reserved;
        (self.attributes, self.updates) = (pieces.attributes, pieces.updates);
        let (waits, summaries) = (pieces.waits.into_boxed_slice(), pieces.summaries);
        Some((Rest { records, numbers: Some(members), waits, summaries }, parting))
    }

    fn dropped_spans(&self) -> u64 {
        self.overflow.as_ref().map_or(0, |overflow| overflow.dropped())
    }
}
