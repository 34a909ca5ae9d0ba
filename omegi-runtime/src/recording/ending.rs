//! The end of a segment by the handle of its root.

use super::root;
use super::segment::Segment;
#[cfg(feature = "tracing")]
use super::visits;

/// Ends a segment that this thread works on, and forgets which of its spans the thread has entered.
pub(super) fn end(segment: &'static mut Segment) {
    #[cfg(feature = "tracing")]
    if segment.has_slot() {
        visits::forget(segment.identity().seed);
    }
    root::end(segment);
}
