//! The records of large flows that have ended, for the next large flows.
//!
//! An allocator takes a large buffer from the system, and gives it back: two system calls and a
//! page fault for every 4 KiB, which cost several times as much as recording into it. So a flow
//! that outgrows its segment's own records takes a buffer of an earlier one.
//!
//! No segment keeps such a buffer: each would count in the memory of the small flows after it. Idle
//! buffers have a bound of their own, and those that no flow has taken for long are freed.

use std::cell::Cell;
use std::sync::Mutex;

use crate::vocabulary::per_process::PerProcess;
use crate::vocabulary::signal_handler;

use crate::recording::budget::BUDGET;
use crate::recording::data::record::SpanRecord;
use crate::recording::muting::quietly;

/// Idle buffers may take one part in so many of `OMEGI_MEMORY`, and only what is free of it.
const SHARE: usize = 8;

/// A thread that has ended so many small flows frees the buffers that were idle meanwhile.
const SMALL_FLOWS: u16 = 4096;

static SPARE: PerProcess<Mutex<SpareRecords>> =
    PerProcess::new(Mutex::new(SpareRecords { buffers: Vec::new(), bytes: 0 }));

thread_local! {
    /// The small flows that this thread has ended since it last freed idle buffers.
    static SMALL: Cell<u16> = const { Cell::new(0) };
}

/// Idle buffers.
#[derive(Debug, Default)]
struct SpareRecords {
    buffers: Vec<Spare>,
    /// The memory of all of them, in bytes.
    bytes: usize,
}

#[derive(Debug)]
struct Spare {
    slots: Vec<SpanRecord>,
    /// True if a flow has had it since idle buffers were last freed.
    is_used: bool,
}

/// Takes the largest idle buffer with more than `len` slots, and `limit` at most. Waits for no
/// other thread.
pub(crate) fn take(len: usize, limit: usize) -> Option<Vec<SpanRecord>> {
    SPARE.get().try_lock().ok()?.take(len, limit)
}

/// Takes back a buffer. Frees it if there are enough.
pub(crate) fn give_back(slots: Vec<SpanRecord>) {
    let has_room = BUDGET.has_room(bytes(&slots));
    quietly(|| {
        if let Some(mut spare) = SPARE.get().try_lock().ok().filter(|_| has_room) {
            let refused = spare.give_back(slots, BUDGET.limit() / SHARE);
            drop(spare);
            drop(refused);
        }
    });
}

/// Notes the end of a flow that needed no buffer. Frees those that no flow has had for long.
#[inline]
pub(crate) fn small_flow_ended() {
    let small = SMALL.get() + 1;
    SMALL.set(small % SMALL_FLOWS);
    if small == SMALL_FLOWS {
        free_idle();
    }
}

#[cold]
fn free_idle() {
    if signal_handler::is_active() {
        return;
    }
    quietly(|| {
        let idle = SPARE.get().try_lock().map(|mut spare| spare.take_idle());
        drop(idle);
    });
}

impl SpareRecords {
    fn take(&mut self, len: usize, limit: usize) -> Option<Vec<SpanRecord>> {
        let lengths = self.buffers.iter().map(|spare| spare.slots.len()).enumerate();
        let fitting = lengths.filter(|(_, length)| (len + 1..=limit).contains(length));
        let (place, _) = fitting.max_by_key(|(_, length)| *length)?;
        let spare = self.buffers.swap_remove(place);
        self.bytes -= bytes(&spare.slots);
        Some(spare.slots)
    }

    /// Returns the buffer if it and the others would take more than `most` bytes.
    fn give_back(&mut self, slots: Vec<SpanRecord>, most: usize) -> Option<Vec<SpanRecord>> {
        let sum = self.bytes + bytes(&slots);
        if sum > most {
            return Some(slots);
        }
        self.bytes = sum;
        self.buffers.push(Spare { slots, is_used: true });
        None
    }

    /// Takes the buffers that no flow has had since the last time.
    fn take_idle(&mut self) -> Vec<Spare> {
        let idle: Vec<_> = self.buffers.extract_if(.., |spare| !spare.is_used).collect();
        self.buffers.iter_mut().for_each(|spare| spare.is_used = false);
        self.bytes -= idle.iter().map(|spare| bytes(&spare.slots)).sum::<usize>();
        idle
    }
}

fn bytes(slots: &Vec<SpanRecord>) -> usize {
    slots.capacity() * size_of::<SpanRecord>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(count: usize) -> Vec<SpanRecord> {
        vec![SpanRecord::vacant(); count]
    }

    fn with(counts: &[usize]) -> SpareRecords {
        let mut spare = SpareRecords::default();
        counts.iter().for_each(|&count| assert!(spare.give_back(slots(count), usize::MAX).is_none()));
        spare
    }

    #[test]
    fn the_largest_buffer_within_the_limit_is_taken() {
        let mut spare = with(&[512, 2048, 1024, 8192]);
        assert_eq!(spare.take(256, 4096).map(|it| it.len()), Some(2048));
        assert_eq!(spare.take(1024, 4096).map(|it| it.len()), None);
        assert_eq!(spare.take(256, 4096).map(|it| it.len()), Some(1024));
        assert_eq!(spare.bytes, (512 + 8192) * size_of::<SpanRecord>());
    }

    #[test]
    fn buffers_beyond_the_bound_are_refused() {
        let most = 1000 * size_of::<SpanRecord>();
        let mut spare = SpareRecords::default();
        assert!(spare.give_back(slots(600), most).is_none());
        assert_eq!(spare.give_back(slots(401), most).map(|it| it.len()), Some(401));
        assert!(spare.give_back(slots(400), most).is_none());
        assert_eq!(spare.bytes, most);
    }

    #[test]
    fn a_buffer_that_no_flow_takes_is_freed() {
        let mut spare = with(&[512, 1024]);
        assert!(spare.take_idle().is_empty());
        let taken = spare.take(0, 512).unwrap();
        assert!(spare.give_back(taken, usize::MAX).is_none());
        assert_eq!(spare.take_idle().iter().map(|it| it.slots.len()).collect::<Vec<_>>(), [1024]);
        assert_eq!(spare.bytes, 512 * size_of::<SpanRecord>());
        assert_eq!(spare.take_idle().len(), 1);
        assert_eq!(spare.bytes, 0);
    }
}
