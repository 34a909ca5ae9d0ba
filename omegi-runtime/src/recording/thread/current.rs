//! The segment that this thread works on.
//!
//! A segment has one owner. While its flow is active on a thread, that is this cell. A future owns
//! it while it is not polled, a slot while it is parked, and the pool while it has no flow. Code
//! that changes it takes it out of the cell first. So no two can hold it, and none of this needs
//! `unsafe`. An instrumented allocator or `Debug` that the recorder calls finds the cell empty and
//! the thread [muted](crate::recording::muting).

use std::cell::Cell;

use crate::vocabulary::signal_handler;

use crate::recording::muting::{RestoreMuted, mute, quietly};
use crate::recording::segment::Segment;
use crate::recording::thread::watching;

thread_local! {
    /// It has no destructor, so a thread may use it until its very end.
    static SEGMENT: Cell<Option<&'static mut Segment>> = const { Cell::new(None) };
}

/// Takes the segment out, if the thread works on a flow.
#[inline]
pub(crate) fn take() -> Option<&'static mut Segment> {
    let segment = SEGMENT.take()?;
    if segment.is_fast() { Some(segment) } else { take_slowly(segment) }
}

#[cold]
fn take_slowly(segment: &'static mut Segment) -> Option<&'static mut Segment> {
    let taken = watching::wake(segment);
    taken.map_err(|stand_in| SEGMENT.set(Some(stand_in))).ok()
}

/// Takes the segment out as it rests: other threads may still reach it. [`awake`] returns it for
/// work.
#[inline]
pub(crate) fn take_resting() -> Option<&'static mut Segment> {
    SEGMENT.take()
}

/// Returns a segment for work that rested. `None` if it cannot be had.
#[inline]
pub(crate) fn awake(segment: &'static mut Segment) -> Option<&'static mut Segment> {
    if segment.is_fast() { Some(segment) } else { watching::wake(segment).ok() }
}

/// Returns a segment after work, as it rests.
#[inline]
pub(crate) fn at_rest(segment: &'static mut Segment) -> &'static mut Segment {
    if segment.is_fast() { segment } else { watching::rest(segment) }
}

/// Makes `segment` the one that the thread works on. Returns the previous one, as it rests.
#[inline]
pub(crate) fn replace(segment: Option<&'static mut Segment>) -> Option<&'static mut Segment> {
    SEGMENT.replace(segment.map(at_rest))
}

/// Makes `segment` the one that the thread works on, after [`take`].
#[inline]
pub(crate) fn put(segment: &'static mut Segment) {
    SEGMENT.set(Some(at_rest(segment)));
}

/// Makes `segment` the one that the thread works on. It takes the fast way.
#[inline]
pub(crate) fn put_fast(segment: &'static mut Segment) {
    debug_assert!(segment.is_fast(), "a segment that may be watched");
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

/// Works on the thread's segment, if it has one and this is no signal handler: the work allocates.
pub(crate) fn with_memory<R>(work: impl FnOnce(&mut Segment) -> R) -> Option<R> {
    with(|segment| (!signal_handler::is_active()).then(|| work(segment))).flatten()
}

/// Runs omegi's own `work` without the thread's segment: no call in it is recorded.
pub(crate) fn muted<R>(work: impl FnOnce() -> R) -> R {
    let _restored = RestoreSegment(take_resting());
    quietly(work)
}

/// Restores the segment that [`muted`] took, also when its work unwinds.
struct RestoreSegment(Option<&'static mut Segment>);

impl Drop for RestoreSegment {
    fn drop(&mut self) {
        replace(self.0.take());
    }
}

/// The calls of a signal handler, which record nothing until this is dropped.
#[derive(Debug)]
#[must_use = "calls record again when this is dropped"]
pub struct SignalHandlerGuard {
    /// The segment as the handler found it.
    interrupted: Option<&'static mut Segment>,
    _muted: RestoreMuted,
}

/// Mutes the calls of a signal handler.
///
/// Safe there: takes no lock and allocates nothing. The handler may interrupt any work of the
/// recorder, which finds the thread's locals unchanged afterwards.
#[inline]
pub fn mute_signal_handler() -> SignalHandlerGuard {
    SignalHandlerGuard { interrupted: take_resting(), _muted: mute() }
}

impl Drop for SignalHandlerGuard {
    fn drop(&mut self) {
        SEGMENT.set(self.interrupted.take());
    }
}
