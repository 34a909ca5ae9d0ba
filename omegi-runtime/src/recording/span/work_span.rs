//! The span of work that was handed over, around the drop of the work.
//!
//! A type with a destructor and a type parameter makes every borrow in its parameter live as long
//! as the value. Without omegi the work may end its borrows earlier. The type that holds the work
//! has therefore no destructor of its own. It drops its fields in order: [`WorkSpan`], the work,
//! [`WorkEnd`].

use std::cell::Cell;
use std::mem::ManuallyDrop;

use crate::recording::span::task::TaskSpan;
use crate::recording::thread::current;

thread_local! {
    /// The spans inside which work is being dropped on this thread, the innermost first. Without a
    /// destructor of its own: see the rules in CONTRIBUTING.
    static DROPPING: Cell<ManuallyDrop<Option<Box<DroppedWork>>>> =
        const { Cell::new(ManuallyDrop::new(None)) };
}

/// The span of work that is being dropped.
struct DroppedWork {
    span: TaskSpan,
    around: Option<Box<Self>>,
}

/// The span of work. If it is open when this is dropped, the call is cancelled, and the span stays
/// active for the drop of the work.
#[derive(Debug)]
pub(super) struct WorkSpan(pub(super) TaskSpan);

impl Drop for WorkSpan {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_recording() {
            self.cancel();
        }
    }
}

impl WorkSpan {
    #[cold]
    #[inline(never)]
    fn cancel(&mut self) {
        let around = DROPPING.replace(ManuallyDrop::new(None));
        let dropped = DroppedWork { span: self.0.moved_out(), around: ManuallyDrop::into_inner(around) };
        let mut dropped = current::muted(|| Box::new(dropped));
        dropped.span.cancel();
        DROPPING.set(ManuallyDrop::new(Some(dropped)));
    }
}

/// Ends the drop of work inside its span.
#[derive(Debug, Default)]
pub(super) struct WorkEnd {
    /// True if the span is open.
    pub(super) is_due: bool,
}

impl Drop for WorkEnd {
    #[inline]
    fn drop(&mut self) {
        if self.is_due {
            end_dropped();
        }
    }
}

#[cold]
#[inline(never)]
fn end_dropped() {
    let dropped = ManuallyDrop::into_inner(DROPPING.replace(ManuallyDrop::new(None)));
    if let Some(dropped) = dropped {
        let DroppedWork { span, around } = *dropped;
        DROPPING.set(ManuallyDrop::new(around));
        drop(span);
    }
}
