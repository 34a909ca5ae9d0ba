//! The pool of segments without a flow, and the id source of each thread.
//!
//! Most flows take a segment of the pool. Those that stay open at the same time need one each: it
//! is allocated, if the memory budget admits that, and freed at its flow's end.
//!
//! The locals of a thread have no destructor: destructors of other locals may call instrumented
//! functions until the very end of the thread. Its spare segments go to other threads when
//! [`retire`] is called.

use std::cell::Cell;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::vocabulary::TraceId;
use crate::vocabulary::per_process::PerProcess;

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
static ID_SEED: PerProcess<OnceLock<u64>> = PerProcess::new(OnceLock::new());

static SHARED: PerProcess<Mutex<Vec<&'static mut Segment>>> = PerProcess::new(Mutex::new(Vec::new()));

thread_local! {
    static SPARE: Cell<[Option<&'static mut Segment>; SPARE_SEGMENTS]> =
        const { Cell::new([const { None }; SPARE_SEGMENTS]) };
    static IDS: Cell<Option<IdSource>> = const { Cell::new(None) };
    /// True once the thread has [retired](retire): it keeps no spare segments.
    static RETIRED: Cell<bool> = const { Cell::new(false) };
}

/// Draws all ids from this seed from now on.
pub(crate) fn seed_ids(seed: u64) {
    let _ = ID_SEED.get().set(seed);
}

/// Forgets the id source of this thread, in a process that was just forked off: the other one goes
/// on with it. A signal handler may call it.
pub(crate) fn forget_ids() {
    IDS.set(None);
}

/// Returns whether [`begin`] neither allocates nor takes a lock: this thread has begun a flow, and
/// has a spare segment.
pub(crate) fn is_ready() -> bool {
    let (ids, spare) = (IDS.take(), SPARE.take());
    let is_ready = ids.is_some() && spare.iter().any(Option::is_some);
    IDS.set(ids);
    SPARE.set(spare);
    is_ready
}

/// Returns a segment that begins a flow.
pub(crate) fn begin(
    policy: &Policy,
    origin: Origin,
    admission: Admission,
) -> Result<&'static mut Segment, NotBegun> {
    let spare = take_spare().or_else(borrow_shared);
    let bytes = spare.as_ref().map_or(Segment::FIRST_BYTES, |segment| segment.bytes());
    if !admission.admits(bytes) {
        spare.into_iter().for_each(keep);
        return Err(NotBegun::NoRoom);
    }
    let segment = spare.unwrap_or_else(heap::allocate);
    let mut ids = IDS.take().unwrap_or_else(new_ids);
    let seed = ids.segment_seed();
    let trace_id = trace_id(&mut ids, origin.trace, policy);
    IDS.set(Some(ids));
    segment.begin(Identity { trace_id, seed }, origin, threads::current(), policy, bytes);
    Ok(segment)
}

/// Draws a trace id.
pub(crate) fn new_trace_id() -> TraceId {
    let mut ids = IDS.take().unwrap_or_else(new_ids);
    let drawn = ids.trace_id();
    IDS.set(Some(ids));
    drawn
}

/// Takes back a segment whose flow is decided.
pub(crate) fn give_back(segment: &'static mut Segment) {
    segment.reset();
    keep(segment);
}

/// Gives the spare segments of this thread, which ends, to the others.
pub(crate) fn retire() {
    RETIRED.set(true);
    let spare = SPARE.take();
    if spare.iter().any(Option::is_some) {
        share(spare.into_iter().flatten());
    }
}

fn take_spare() -> Option<&'static mut Segment> {
    let mut spare = SPARE.take();
    let segment = spare.iter_mut().find_map(Option::take);
    SPARE.set(spare);
    segment
}

/// Keeps a segment for this thread, unless that has enough or has retired.
fn keep(segment: &'static mut Segment) {
    let mut segment = Some(segment);
    if !RETIRED.get() {
        let mut spare = SPARE.take();
        if let Some(room) = spare.iter_mut().find(|it| it.is_none()) {
            *room = segment.take();
        }
        SPARE.set(spare);
    }
    if segment.is_some() {
        share(segment);
    }
}

/// Gives segments to the next threads that need them.
fn share(segments: impl IntoIterator<Item = &'static mut Segment>) {
    let mut shared = SHARED.get().lock().unwrap_or_else(PoisonError::into_inner);
    for segment in segments {
        if shared.len() < SHARED_SEGMENTS {
            shared.push(segment);
        } else {
            heap::free(segment);
        }
    }
}

fn borrow_shared() -> Option<&'static mut Segment> {
    SHARED.get().lock().unwrap_or_else(PoisonError::into_inner).pop()
}

fn new_ids() -> IdSource {
    let seeded = |&seed| IdSource::seeded(seed, u64::from(threads::current()));
    ID_SEED.get().get().map_or_else(IdSource::from_os, seeded)
}

fn trace_id(ids: &mut IdSource, trace: Trace, policy: &Policy) -> TraceId {
    match trace {
        Trace::New => ids.trace_id(),
        Trace::Known(id) => id,
        Trace::Like { sampled } => {
            let mut drawn = (0..DRAWS).map(|_| ids.trace_id());
            let like = drawn.find(|id| policy.processor.samples(*id, Some(sampled)) == sampled);
            like.unwrap_or_else(|| ids.trace_id())
        }
    }
}
