//! A span that has been open for long, as the flows of its children see it.
//!
//! A child of such a span begins a flow of its own, on any thread. At its end it leaves here
//! whether it is kept, and the errors that left its root: the open span may pass them on.

use std::mem;

use crate::vocabulary::decision::DecisionReason;
use crate::vocabulary::{SpanId, TraceId, per_process};

use crate::recording::data::error_paths::PassedError;
use crate::recording::flow::sync::{Mutex, MutexGuard, PoisonError};

/// The most errors of children that wait for the open span. A later one replaces the oldest.
const ERRORS: usize = 8;

/// A span that has been open for long.
#[derive(Debug)]
pub(crate) struct Opener {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    children: Mutex<Children>,
    /// The [generation](per_process::generation) of the process that it is of. Another thread may
    /// have held its lock when this process was forked off that one.
    generation: u32,
}

#[derive(Debug, Default)]
struct Children {
    /// The number of children that have begun.
    begun: u64,
    /// The most important reason for which a child is kept.
    kept: Option<DecisionReason>,
    errors: Vec<ChildError>,
}

/// An error that left a child.
#[derive(Debug)]
pub(crate) struct ChildError {
    pub(crate) error: PassedError,
    /// The number of children that had begun when it left.
    begun: u64,
    /// True if no child has begun since.
    pub(crate) is_latest: bool,
}

impl Opener {
    pub(crate) fn new(trace_id: TraceId, span_id: SpanId) -> Self {
        let (children, generation) = (Mutex::new(Children::default()), per_process::generation());
        Self { trace_id, span_id, children, generation }
    }

    /// Returns whether it is of this process, and not of the one that it was forked off.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.generation == per_process::generation()
    }

    /// Notes that a child begins.
    pub(crate) fn begin_child(&self) {
        self.lock().begun += 1;
    }

    /// Notes the reason for which a child is kept.
    pub(crate) fn keep(&self, reason: DecisionReason) {
        let mut children = self.lock();
        children.kept = Some(children.kept.map_or(reason, |kept| kept.min(reason)));
    }

    /// Notes an error that left a child.
    pub(crate) fn pass_on(&self, error: PassedError) {
        let mut children = self.lock();
        if children.errors.len() == ERRORS {
            children.errors.remove(0);
        }
        let begun = children.begun;
        children.errors.push(ChildError { error, begun, is_latest: false });
    }

    /// Takes the errors out that left children.
    pub(crate) fn take_errors(&self) -> Vec<ChildError> {
        let mut children = self.lock();
        let begun = children.begun;
        let mut errors = mem::take(&mut children.errors);
        errors.iter_mut().for_each(|error| error.is_latest = error.begun == begun);
        errors
    }

    /// Returns the most important reason for which a child is kept.
    pub(crate) fn kept(&self) -> Option<DecisionReason> {
        self.lock().kept
    }

    fn lock(&self) -> MutexGuard<'_, Children> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
