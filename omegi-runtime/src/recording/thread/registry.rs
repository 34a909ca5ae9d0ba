//! The registry: finds the slot of a segment by the ids of a span.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::vocabulary::per_process::PerProcess;
use crate::vocabulary::{SpanId, TraceId};

use crate::recording::data::recorded::Attached;
use crate::recording::ids;
use crate::recording::segment::{Identity, SegmentSlot};

type Slots = BTreeMap<(TraceId, u64), Arc<SegmentSlot>>;

/// The number of maps, each with a lock of its own, among which flows are spread by their trace
/// ids: so threads seldom wait for each other. A segment locks its map when it is added and when it
/// is removed; so does the search for a parent in another segment.
const PARTS: usize = 16;

static SLOTS: PerProcess<[Mutex<Slots>; PARTS]> =
    PerProcess::new([const { Mutex::new(Slots::new()) }; PARTS]);

/// Adds the slot of a segment.
pub(crate) fn add(identity: Identity, slot: Arc<SegmentSlot>) {
    part(identity.trace_id).insert((identity.trace_id, identity.seed), slot);
}

/// Removes the slot of a segment.
pub(crate) fn remove(identity: Identity) {
    let removed = part(identity.trace_id).remove(&(identity.trace_id, identity.seed));
    drop(removed);
}

/// Returns the slot of the segment that has this span, and the span's place there.
pub(crate) fn find(trace_id: TraceId, span_id: SpanId) -> Option<(Arc<SegmentSlot>, Attached)> {
    if !span_id.is_some() {
        return None;
    }
    let part = part(trace_id);
    let mut of_trace = part.range((trace_id, 0)..=(trace_id, u64::MAX));
    of_trace.find_map(|((_, seed), slot)| {
        let attached = Attached { seed: *seed, span: ids::index(*seed, span_id)? };
        Some((Arc::clone(slot), attached))
    })
}

fn part(trace_id: TraceId) -> MutexGuard<'static, Slots> {
    // The remainder of a small number fits.
    let part = usize::try_from(trace_id.low_bits() % PARTS as u64).unwrap_or(0);
    SLOTS.get()[part].lock().unwrap_or_else(PoisonError::into_inner)
}
