//! The segment that this thread works on.
//!
//! A segment is owned: by this cell while its flow is at work on a thread, by a future while that is not polled, by
//! the pool while it is no flow. Whoever changes it takes it out of the cell first, so that no two can hold it, and
//! none of this needs `unsafe`. What the recorder calls while it has taken the segment (an allocator, a `Debug`) and
//! that is instrumented itself finds the cell empty and the thread [muted](crate::recording::muting).

use std::cell::Cell;

use crate::recording::muting::quietly;
use crate::recording::segment::Segment;

thread_local! {
    /// It has no destructor, so a thread may use it until its very end.
    static SEGMENT: Cell<Option<&'static mut Segment>> = const { Cell::new(None) };
}

/// Takes the segment out, if the thread works on a flow.
#[inline]
pub(crate) fn take() -> Option<&'static mut Segment> {
    SEGMENT.take()
}

/// Makes `segment` the one that the thread works on, and returns the one that it was.
#[inline]
pub(crate) fn replace(segment: Option<&'static mut Segment>) -> Option<&'static mut Segment> {
    SEGMENT.replace(segment)
}

/// Makes `segment` the one that the thread works on, after [`take`].
#[inline]
pub(crate) fn put(segment: &'static mut Segment) {
    SEGMENT.set(Some(segment));
}

/// Works on the thread's segment, if it has one.
#[inline]
pub(crate) fn with<R>(work: impl FnOnce(&mut Segment) -> R) -> Option<R> {
    let segment = take()?;
    let result = work(segment);
    put(segment);
    Some(result)
}

/// Does omegi's own `work` without the thread's segment: no call in it is recorded.
pub(crate) fn muted<R>(work: impl FnOnce() -> R) -> R {
    let _restored = RestoreSegment(take());
    quietly(work)
}

/// Puts back what [`muted`] took, also when its work unwinds.
struct RestoreSegment(Option<&'static mut Segment>);

impl Drop for RestoreSegment {
    fn drop(&mut self) {
        replace(self.0.take());
    }
}
