//! Large flows, one after the other: the later ones allocate no records, and small flows after them
//! give the memory back.
//!
//! It is a process of its own, because it counts all memory.

#![expect(unsafe_code, reason = "an allocator that counts has to be one")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

use omegi::MemoryExporter;

/// An allocation of at least this many bytes is a large one.
const LARGE: usize = 64 * 1024;

/// The bytes of all large allocations that are alive.
static LARGE_BYTES: AtomicIsize = AtomicIsize::new(0);

/// The number of large allocations so far.
static LARGE_ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, which counts large allocations.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call goes to the system's allocator unchanged; counting neither allocates nor
// panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() >= LARGE {
            LARGE_BYTES.fetch_add(layout.size().cast_signed(), Ordering::Relaxed);
            LARGE_ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        }
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if layout.size() >= LARGE {
            LARGE_BYTES.fetch_sub(layout.size().cast_signed(), Ordering::Relaxed);
        }
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[omegi::instrument_crate]
mod shop {
    #[omegi::traced]
    pub(super) fn import(rows: u32) -> u32 {
        (0..rows).map(parse).sum()
    }

    #[omegi::traced]
    fn parse(row: u32) -> u32 {
        row % 7
    }
}

#[test]
fn large_flows_use_the_records_of_earlier_ones() {
    let builder = omegi::builder().flow_rate(0).exporter(MemoryExporter::new());
    omegi_tests::start_for_good(builder);

    shop::import(1);
    let before = LARGE_BYTES.load(Ordering::Relaxed);
    shop::import(30_000);
    let first = LARGE_ALLOCATIONS.load(Ordering::Relaxed);
    assert!(first > 0, "30,000 records are large");
    for rows in (0..100).map(|nth| 10_000 + nth * 200) {
        shop::import(rows);
        shop::import(3);
    }
    assert_eq!(LARGE_ALLOCATIONS.load(Ordering::Relaxed), first, "each flow allocates its records anew");

    for _ in 0..10_000 {
        shop::import(3);
    }
    assert_eq!(LARGE_BYTES.load(Ordering::Relaxed), before, "small flows keep the memory of large ones");
}
