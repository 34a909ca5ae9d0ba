//! The end of a segment by the handle of its root.

use crate::recording::lifecycle;
use crate::recording::segment::Segment;
#[cfg(feature = "tracing")]
use crate::recording::span::entered;

/// Ends a segment that this thread works on, and forgets which of its spans the thread has entered.
pub(super) fn end(segment: &'static mut Segment) {
    #[cfg(feature = "tracing")]
    if segment.has_slot() {
        entered::forget(segment.identity().seed);
    }
    lifecycle::end(segment);
}
