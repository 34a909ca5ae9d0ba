//! The records of one segment, in slots that are written before they are used.
//!
//! A slot is never uninitialised, so that taking the next one is a comparison and an addition, without `unsafe` and
//! without the code for growing, which a `Vec::push` would bring to the place that every call goes through.

use crate::vocabulary::call_site::{CallSite, Path};

use crate::recording::data::record::{Meta, NO_SPAN, SpanRecord, SpanRef};

/// Stands in slots that no call has been given yet.
static VACANT: CallSite = CallSite::new("", Path::Written(""));

/// The records of one segment.
#[derive(Debug, Default)]
pub(crate) struct Records {
    slots: Vec<SpanRecord>,
    len: SpanRef,
}

impl Records {
    /// The next free slot, taken; `None` where all are.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<(SpanRef, &mut SpanRecord)> {
        let span = self.len;
        let slot = self.slots.get_mut(span as usize)?;
        self.len = span + 1;
        Some((span, slot))
    }

    /// The record of `span`.
    #[inline]
    pub(crate) fn get_mut(&mut self, span: SpanRef) -> Option<&mut SpanRecord> {
        self.slots.get_mut(span as usize)
    }

    /// The slots that are taken.
    pub(crate) fn as_slice(&self) -> &[SpanRecord] {
        &self.slots[..self.len as usize]
    }

    /// The slots that are taken.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [SpanRecord] {
        &mut self.slots[..self.len as usize]
    }

    /// How many slots are taken.
    #[inline]
    pub(crate) fn len(&self) -> SpanRef {
        self.len
    }

    /// How many slots there are.
    pub(crate) fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// How many bytes the slots take.
    pub(crate) fn capacity_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<SpanRecord>()
    }

    /// Makes it `capacity` slots, if there is memory.
    pub(crate) fn grow(&mut self, capacity: usize) -> bool {
        let vacant = SpanRecord { site: &VACANT, start: 0, end: 0, parent: NO_SPAN, meta: Meta::default() };
        let grown = self.slots.try_reserve_exact(capacity.saturating_sub(self.slots.len())).is_ok();
        if grown {
            self.slots.resize(capacity, vacant);
        }
        grown
    }

    /// Frees all slots, and keeps `spare` of them at most.
    pub(crate) fn clear(&mut self, spare: usize) {
        self.len = 0;
        if self.slots.len() > spare {
            self.slots.truncate(spare);
            self.slots.shrink_to_fit();
        }
    }
}
