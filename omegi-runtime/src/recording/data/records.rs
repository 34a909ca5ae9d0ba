//! The records of one segment, in slots that are written before they are used.
//!
//! A slot is never uninitialised. Taking the next one is a comparison and an addition, without
//! `unsafe`. The code for growing, which `Vec::push` would inline into every call, stays out of
//! line.

use std::mem;

use crate::vocabulary::call_site::{CallSite, FunctionPath};

use crate::recording::data::record::{Meta, NO_SPAN, SpanRecord, SpanRef};

/// Fills free slots.
static VACANT: CallSite = CallSite::new("", FunctionPath::Written(""));

/// The records of one segment.
#[derive(Debug, Default)]
pub(crate) struct Records {
    slots: Vec<SpanRecord>,
    len: SpanRef,
    /// The slots that it had before it took those of a large flow; else none.
    own: Vec<SpanRecord>,
}

impl SpanRecord {
    /// A record whose span is told elsewhere.
    pub(crate) const fn vacant() -> Self {
        Self { site: &VACANT, start: 0, end: 1, parent: NO_SPAN, meta: Meta::on_thread(0) }
    }

    /// Returns whether its span is told elsewhere.
    pub(crate) fn is_vacant(&self) -> bool {
        std::ptr::eq(self.site, &raw const VACANT)
    }
}

impl Records {
    /// Takes the next free slot; `None` if all are taken.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<(SpanRef, &mut SpanRecord)> {
        let span = self.len;
        let slot = self.slots.get_mut(span as usize)?;
        self.len = span + 1;
        Some((span, slot))
    }

    /// Returns the record of `span`.
    #[inline]
    pub(crate) fn get_mut(&mut self, span: SpanRef) -> Option<&mut SpanRecord> {
        self.slots.get_mut(span as usize)
    }

    /// Returns the slots that are taken.
    pub(crate) fn as_slice(&self) -> &[SpanRecord] {
        &self.slots[..self.len as usize]
    }

    /// Returns the slots that are taken.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [SpanRecord] {
        &mut self.slots[..self.len as usize]
    }

    /// Returns the number of slots that are taken.
    #[inline]
    pub(crate) fn len(&self) -> SpanRef {
        self.len
    }

    /// Returns the number of slots.
    pub(crate) fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// Returns the memory of the slots, in bytes.
    pub(crate) fn capacity_bytes(&self) -> usize {
        (self.slots.capacity() + self.own.capacity()) * size_of::<SpanRecord>()
    }

    /// Grows to `capacity` slots. Returns `false` if there is no memory.
    pub(crate) fn grow(&mut self, capacity: usize) -> bool {
        let vacant = SpanRecord { site: &VACANT, start: 0, end: 0, parent: NO_SPAN, meta: Meta::default() };
        let grown = self.slots.try_reserve_exact(capacity.saturating_sub(self.slots.len())).is_ok();
        if grown {
            self.slots.resize(capacity, vacant);
        }
        grown
    }

    /// Moves to `larger` slots, and keeps its own aside. Returns the previous ones, if it keeps
    /// others already.
    pub(crate) fn move_to(&mut self, mut larger: Vec<SpanRecord>) -> Option<Vec<SpanRecord>> {
        larger[..self.len as usize].copy_from_slice(self.as_slice());
        let previous = mem::replace(&mut self.slots, larger);
        if self.own.is_empty() {
            self.own = previous;
            return None;
        }
        Some(previous)
    }

    /// Frees the slots from `len` on. No further one is taken until it [grows](Self::grow).
    pub(crate) fn truncate(&mut self, len: SpanRef) {
        self.len = self.len.min(len);
        self.slots.truncate(len as usize);
        self.slots.shrink_to_fit();
    }

    /// Frees all slots, and keeps `spare` of them at most. Returns buffers with more.
    pub(crate) fn clear(&mut self, spare: usize) -> [Option<Vec<SpanRecord>>; 2] {
        self.len = 0;
        let large = |slots: &mut Vec<SpanRecord>| (slots.len() > spare).then(|| mem::take(slots));
        let freed = [large(&mut self.slots), large(&mut self.own)];
        if self.slots.is_empty() {
            self.slots = mem::take(&mut self.own);
        }
        // The next flow may begin in a signal handler, which cannot allocate. Without memory now
        // it tries again.
        if self.slots.is_empty() && freed.iter().any(Option::is_some) {
            let _ = self.grow(spare);
        }
        freed
    }
}
