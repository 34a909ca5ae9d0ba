//! The segments that other threads may reach: of flows that have failed, or have spans that have
//! been open for long.
//!
//! Such a segment rests in its [`Watched`] place while its thread does not work on it. A *stand-in*
//! takes its place in the thread's cell or in the future: a segment without a flow, which leads
//! there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::vocabulary::per_process::PerProcess;

use crate::recording::budget::{ALLOCATIONS, BUDGET};
use crate::recording::flow::sync::lock_static_soon;
use crate::recording::flow::watched::{Reached, Watched};
use crate::recording::muting::quietly;
use crate::recording::policy::{self, Policy};
use crate::recording::segment::{Identity, Segment, SegmentSlot};
use crate::recording::thread::heap;
use crate::recording::threads;

/// The memory of a stand-in and of the place where its segment rests, in bytes.
const STAND_IN_BYTES: usize = size_of::<Segment>() + size_of::<Watched<Segment>>() + ALLOCATIONS;

/// The attempts to reach a segment that its thread works on, and the pause between two.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_micros(100);

/// The longest time between two rounds.
const LONGEST_PERIOD: Duration = Duration::from_secs(1);

/// The shortest time between two rounds.
const SHORTEST_PERIOD: Duration = Duration::from_millis(10);

/// The watched segments, by the seeds of their ids.
static WATCHED: PerProcess<Mutex<BTreeMap<u64, Place>>> = PerProcess::new(Mutex::new(BTreeMap::new()));

/// The place of a watched segment.
#[derive(Clone, Debug)]
struct Place {
    watched: Arc<Watched<Segment>>,
    /// The slot in which it is parked while no thread has it.
    slot: Option<Arc<SegmentSlot>>,
}

/// Returns the segment itself, if `segment` is a stand-in.
///
/// # Errors
///
/// The stand-in, if the segment cannot be had: its thread works on it, or it is of the process that
/// this one was forked off.
pub(crate) fn wake(segment: &'static mut Segment) -> Result<&'static mut Segment, &'static mut Segment> {
    let Some(watched) = segment.stands_in_for().cloned() else { return Ok(segment) };
    match watched.take() {
        Some(awake) => {
            awake.set_stand_in(segment);
            Ok(awake)
        }
        None => Err(segment),
    }
}

/// Lets a segment rest where other threads reach it, if it is watched. Returns the segment for the
/// thread's cell or for a future: itself, or its stand-in.
pub(crate) fn rest(segment: &'static mut Segment) -> &'static mut Segment {
    if segment.stands_in_for().is_some() || !segment.is_to_be_watched() {
        return segment;
    }
    let Some((watched, stand_in)) = segment.take_stand_in().or_else(|| begin(segment)) else {
        return segment;
    };
    match watched.rest(segment, threads::current()) {
        None => stand_in,
        Some(segment) => {
            segment.set_stand_in(stand_in);
            segment
        }
    }
}

/// Begins to watch a segment. Returns its place and its stand-in.
#[cold]
fn begin(segment: &mut Segment) -> Option<(Arc<Watched<Segment>>, &'static mut Segment)> {
    let policy = policy::get()?;
    let (watched, stand_in) = quietly(|| {
        let watched = Arc::new(Watched::new());
        let mut all = lock_static_soon(WATCHED.get())?;
        all.insert(segment.identity().seed, Place { watched: Arc::clone(&watched), slot: None });
        let is_first = all.len() == 1;
        drop(all);
        if is_first {
            policy.processor.call_at(Instant::now() + period(policy));
        }
        Some((watched, heap::allocate()))
    })?;
    BUDGET.take(STAND_IN_BYTES);
    segment.watch(Arc::clone(&watched));
    stand_in.stand_in(segment.identity(), Arc::clone(&watched));
    Some((watched, stand_in))
}

/// Ends to watch a segment, which ends itself.
pub(crate) fn end(segment: &mut Segment) {
    let Some((_, stand_in)) = segment.take_stand_in() else { return };
    let Identity { seed, .. } = segment.identity();
    quietly(|| drop(lock_static_soon(WATCHED.get()).and_then(|mut all| all.remove(&seed))));
    segment.watch_no_more();
    stand_in.stand_in_no_more();
    heap::free(stand_in);
    BUDGET.release(STAND_IN_BYTES);
}

/// Notes the slot in which a segment is parked, if it is watched.
pub(crate) fn note_slot(segment: &mut Segment, slot: &Arc<SegmentSlot>) {
    if !segment.is_to_be_watched() {
        return;
    }
    if let Some((_, stand_in)) = segment.take_stand_in().or_else(|| begin(segment)) {
        segment.set_stand_in(stand_in);
    }
    quietly(|| {
        let mut all = lock_static_soon(WATCHED.get());
        let place = all.as_mut().and_then(|all| all.get_mut(&segment.identity().seed));
        place.into_iter().for_each(|place| place.slot = Some(Arc::clone(slot)));
    });
}

/// Works on every watched segment; waits a short time for those that their threads work on.
/// `chosen` is asked about the thread that worked on a segment last. Returns the parked segments
/// whose root has ended meanwhile; the caller ends them.
pub(crate) fn reach(
    chosen: impl Fn(u16) -> bool,
    mut work: impl FnMut(&mut Segment),
) -> Vec<&'static mut Segment> {
    let all: Vec<_> =
        lock_static_soon(WATCHED.get()).map(|all| all.values().cloned().collect()).unwrap_or_default();
    let mut ended = Vec::new();
    for place in all.iter().filter(|place| chosen(place.watched.thread())) {
        for _ in 0..ATTEMPTS {
            if place.watched.reach(&mut work) == Reached::Done(()) {
                break;
            }
            if let Some((slot, segment)) = place.slot.as_ref().and_then(|slot| Some((slot, slot.take()?))) {
                work(segment);
                ended.extend(slot.park(segment));
                break;
            }
            std::thread::sleep(PAUSE);
        }
    }
    ended
}

/// Returns the moment of the next round, if there are watched segments.
pub(crate) fn next_round(policy: &Policy) -> Option<Instant> {
    let any = lock_static_soon(WATCHED.get()).is_some_and(|all| !all.is_empty());
    any.then(|| Instant::now() + period(policy))
}

fn period(policy: &Policy) -> Duration {
    policy.settings.flow_open.clamp(SHORTEST_PERIOD, LONGEST_PERIOD)
}
