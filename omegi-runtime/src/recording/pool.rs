//! Segments that are no flow at the moment, and what else a thread keeps from one flow to the next.

use std::cell::RefCell;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::vocabulary::TraceId;

use super::ids::IdSource;
use super::origin::{Origin, Trace};
use super::policy::Policy;
use super::segment::{Identity, Segment};
use super::threads;

/// A thread keeps this many segments to itself; what is more goes to the others.
const SPARE_SEGMENTS: usize = 4;

/// The process keeps this many more with their buffers; of what is more only a few hundred bytes each stay.
const SHARED_SEGMENTS: usize = 64;

/// How many ids are drawn at most for one that is sampled as another is.
const DRAWS: usize = 4096;

/// Makes ids reproducible: those of the first thread that records follow from the seed alone.
static ID_SEED: OnceLock<u64> = OnceLock::new();

static SHARED: Mutex<Vec<&'static mut Segment>> = Mutex::new(Vec::new());

thread_local! {
    static LOCAL: RefCell<Local> = RefCell::new(Local::new());
}

/// Draws all ids from this seed from now on.
pub(crate) fn seed_ids(seed: u64) {
    let _ = ID_SEED.set(seed);
}

/// A segment that begins a flow. `None` on a thread that is ending.
pub(crate) fn begin(policy: &Policy, origin: Origin) -> Option<&'static mut Segment> {
    LOCAL
        .try_with(|local| local.try_borrow_mut().ok().map(|mut local| local.begin(policy, origin)))
        .ok()
        .flatten()
}

/// Takes back a segment whose flow has been decided.
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

/// Gives segments to whichever thread needs them next.
fn share(segments: impl IntoIterator<Item = &'static mut Segment>) {
    let mut segments = segments.into_iter().peekable();
    if segments.peek().is_none() {
        return;
    }
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    for segment in segments {
        if shared.len() >= SHARED_SEGMENTS {
            segment.release();
        }
        shared.push(segment);
    }
}

/// What a thread keeps from one flow to the next.
struct Local {
    ids: IdSource,
    spare: Vec<&'static mut Segment>,
}

impl Local {
    fn new() -> Self {
        let seeded = |&seed| IdSource::seeded(seed, u64::from(threads::current()));
        let ids = ID_SEED.get().map_or_else(IdSource::from_os, seeded);
        Self { ids, spare: Vec::new() }
    }

    fn begin(&mut self, policy: &Policy, origin: Origin) -> &'static mut Segment {
        let segment =
            self.spare.pop().or_else(borrow_shared).unwrap_or_else(|| Box::leak(Box::new(Segment::empty())));
        let seed = self.ids.segment_seed();
        let trace_id = self.trace_id(origin.trace, policy);
        segment.begin(Identity { trace_id, seed }, origin, threads::current(), policy);
        segment
    }

    fn trace_id(&mut self, trace: Trace, policy: &Policy) -> TraceId {
        match trace {
            Trace::New => self.ids.trace_id(),
            Trace::Known(id) => id,
            Trace::Like { sampled } => {
                let drawn = (0..DRAWS).map(|_| self.ids.trace_id());
                let like = drawn.into_iter().find(|id| policy.stages.samples(*id, Some(sampled)) == sampled);
                like.unwrap_or_else(|| self.ids.trace_id())
            }
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        share(self.spare.drain(..));
    }
}

fn borrow_shared() -> Option<&'static mut Segment> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner).pop()
}
