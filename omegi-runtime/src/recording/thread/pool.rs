//! The pool of segments without a flow, and the id source of each thread.
//!
//! Most flows take a segment of the pool. Those that stay open at the same time need one each: it
//! is allocated, if the memory budget admits that, and freed at its flow's end.

use std::cell::RefCell;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::vocabulary::TraceId;

use crate::recording::budget::{Admission, NotBegun};
use crate::recording::flow::origin::{Origin, Trace};
use crate::recording::ids::IdSource;
use crate::recording::policy::Policy;
use crate::recording::segment::{Identity, Segment};
use crate::recording::thread::heap;
use crate::recording::threads;

/// The most segments that a thread keeps; further ones go to other threads.
const SPARE_SEGMENTS: usize = 4;

/// The most segments that threads share. Further ones are freed.
const SHARED_SEGMENTS: usize = 64;

/// The most draws of an id that is sampled as another is.
const DRAWS: usize = 4096;

/// The seed of reproducible ids: those of the first thread that records follow from it alone.
static ID_SEED: OnceLock<u64> = OnceLock::new();

static SHARED: Mutex<Vec<&'static mut Segment>> = Mutex::new(Vec::new());

thread_local! {
    static LOCAL: RefCell<ThreadSegments> = RefCell::new(ThreadSegments::new());
}

/// Draws all ids from this seed from now on.
pub(crate) fn seed_ids(seed: u64) {
    let _ = ID_SEED.set(seed);
}

/// Returns a segment that begins a flow.
pub(crate) fn begin(
    policy: &Policy,
    origin: Origin,
    admission: Admission,
) -> Result<&'static mut Segment, NotBegun> {
    let begun = LOCAL.try_with(|local| {
        let mut local = local.try_borrow_mut().map_err(|_| NotBegun::Unrecorded)?;
        local.begin(policy, origin, admission)
    });
    begun.unwrap_or(Err(NotBegun::Unrecorded))
}

/// Draws a trace id.
pub(crate) fn new_trace_id() -> TraceId {
    let drawn = LOCAL
        .try_with(|local| local.try_borrow_mut().ok().map(|mut local| local.ids.trace_id()))
        .ok()
        .flatten();
    drawn.unwrap_or_else(|| IdSource::from_os().trace_id())
}

/// Takes back a segment whose flow is decided.
pub(crate) fn give_back(segment: &'static mut Segment) {
    segment.reset();
    let mut segment = Some(segment);
    let _ = LOCAL.try_with(|local| {
        if let Ok(mut local) = local.try_borrow_mut()
            && local.spare.len() < SPARE_SEGMENTS
        {
            local.spare.extend(segment.take());
        }
    });
    share(segment);
}

/// Gives segments to the next threads that need them.
fn share(segments: impl IntoIterator<Item = &'static mut Segment>) {
    let mut segments = segments.into_iter().peekable();
    if segments.peek().is_none() {
        return;
    }
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    for segment in segments {
        if shared.len() < SHARED_SEGMENTS {
            shared.push(segment);
        } else {
            heap::free(segment);
        }
    }
}

/// The spare segments and the id source of a thread.
struct ThreadSegments {
    ids: IdSource,
    spare: Vec<&'static mut Segment>,
}

impl ThreadSegments {
    fn new() -> Self {
        let seeded = |&seed| IdSource::seeded(seed, u64::from(threads::current()));
        let ids = ID_SEED.get().map_or_else(IdSource::from_os, seeded);
        Self { ids, spare: Vec::new() }
    }

    fn begin(
        &mut self,
        policy: &Policy,
        origin: Origin,
        admission: Admission,
    ) -> Result<&'static mut Segment, NotBegun> {
        let spare = self.spare.pop().or_else(borrow_shared);
        let bytes = spare.as_ref().map_or(Segment::FIRST_BYTES, |segment| segment.bytes());
        if !admission.admits(bytes) {
            self.spare.extend(spare);
            return Err(NotBegun::NoRoom);
        }
        let segment = spare.unwrap_or_else(heap::allocate);
        let seed = self.ids.segment_seed();
        let trace_id = self.trace_id(origin.trace, policy);
        segment.begin(Identity { trace_id, seed }, origin, threads::current(), policy, bytes);
        Ok(segment)
    }

    fn trace_id(&mut self, trace: Trace, policy: &Policy) -> TraceId {
        match trace {
            Trace::New => self.ids.trace_id(),
            Trace::Known(id) => id,
            Trace::Like { sampled } => {
                let drawn = (0..DRAWS).map(|_| self.ids.trace_id());
                let like =
                    drawn.into_iter().find(|id| policy.processor.samples(*id, Some(sampled)) == sampled);
                like.unwrap_or_else(|| self.ids.trace_id())
            }
        }
    }
}

impl Drop for ThreadSegments {
    fn drop(&mut self) {
        share(self.spare.drain(..));
    }
}

fn borrow_shared() -> Option<&'static mut Segment> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner).pop()
}
