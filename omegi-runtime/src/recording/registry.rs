//! The slots of segments by the ids of their spans, for code that knows no more of a span than those.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::vocabulary::{SpanId, TraceId};

use super::ids;
use super::recorded::Attached;
use super::segment::{Identity, SegmentSlot};

type Slots = BTreeMap<(TraceId, u64), Arc<SegmentSlot>>;

/// So many that threads seldom wait for each other: each is locked twice for a flow, and once for a span whose parent is elsewhere.
const PARTS: usize = 16;

static SLOTS: [Mutex<Slots>; PARTS] = [const { Mutex::new(Slots::new()) }; PARTS];

/// Adds the slot of a segment.
pub(crate) fn add(identity: Identity, slot: Arc<SegmentSlot>) {
    part(identity.trace_id).insert((identity.trace_id, identity.seed), slot);
}

/// Removes it.
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
    SLOTS[part].lock().unwrap_or_else(PoisonError::into_inner)
}
