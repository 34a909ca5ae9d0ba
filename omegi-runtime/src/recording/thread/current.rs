//! The segment that this thread works on.
//!
//! A segment has one owner. While its flow is active on a thread, that is this cell. A future owns
//! it while it is not polled, a slot while it is parked, and the pool while it has no flow. Code
//! that changes it takes it out of the cell first. So no two can hold it, and none of this needs
//! `unsafe`. An instrumented allocator or `Debug` that the recorder calls finds the cell empty and
//! the thread [muted](crate::recording::muting).

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

/// Makes `segment` the one that the thread works on. Returns the previous one.
#[inline]
pub(crate) fn replace(segment: Option<&'static mut Segment>) -> Option<&'static mut Segment> {
    SEGMENT.replace(segment)
}

/// Makes `segment` the one that the thread works on, after [`take`].
#[inline]
pub(crate) fn put(segment: &'static mut Segment) {
    SEGMENT.set(Some(segment));
}

/// Forgets the segment, in a process that was just forked off: it is the other one's. A signal
/// handler may call it.
pub(crate) fn forget() {
    SEGMENT.set(None);
}

/// Works on the thread's segment, if it has one.
#[inline]
pub(crate) fn with<R>(work: impl FnOnce(&mut Segment) -> R) -> Option<R> {
    let segment = take()?;
    let result = work(segment);
    put(segment);
    Some(result)
}

/// Runs omegi's own `work` without the thread's segment: no call in it is recorded.
pub(crate) fn muted<R>(work: impl FnOnce() -> R) -> R {
    let _restored = RestoreSegment(take());
    quietly(work)
}

/// Restores the segment that [`muted`] took, also when its work unwinds.
struct RestoreSegment(Option<&'static mut Segment>);

impl Drop for RestoreSegment {
    fn drop(&mut self) {
        replace(self.0.take());
    }
}
