//! The memory of segments.
//!
//! A segment moves between threads, futures and slots as a `&'static mut`, which needs no code when
//! it is dropped. So the thread's cell has no destructor, and works until the thread's very end.

#![expect(unsafe_code, reason = "a leaked box has to be freed")]

use crate::recording::muting::quietly;
use crate::recording::segment::Segment;

/// Allocates a segment without a flow.
pub(super) fn allocate() -> &'static mut Segment {
    // The allocator may be the user's, and instrumented.
    quietly(|| Box::leak(Box::new(Segment::empty())))
}

/// Frees a segment of [`allocate`], whose flow has ended.
pub(super) fn free(segment: &'static mut Segment) {
    // SAFETY: `allocate` alone makes segments that live this long, each in a box of its own. The
    // reference is unique, so nothing else can reach the segment, and it ends here.
    let segment = unsafe { Box::from_raw(segment) };
    quietly(|| drop(segment));
}
