//! Which shelf a span's segment has, for who knows no more of the span than its ids.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::vocabulary::{SpanId, TraceId};

use super::ids;
use super::recorded::Attached;
use super::segment::Identity;
use super::shelf::Shelf;

type Shelves = BTreeMap<(TraceId, u64), Arc<Shelf>>;

/// So many that threads seldom wait for each other: each is locked twice for a flow, and once for a span whose parent is elsewhere.
const PARTS: usize = 16;

static SHELVES: [Mutex<Shelves>; PARTS] = [const { Mutex::new(Shelves::new()) }; PARTS];

/// Enters the shelf of a segment.
pub(crate) fn enter(identity: Identity, shelf: Arc<Shelf>) {
    part(identity.trace_id).insert((identity.trace_id, identity.seed), shelf);
}

/// Strikes it out.
pub(crate) fn remove(identity: Identity) {
    let removed = part(identity.trace_id).remove(&(identity.trace_id, identity.seed));
    drop(removed);
}

/// The shelf of the segment that has this span, and which one it is there.
pub(crate) fn find(trace_id: TraceId, span_id: SpanId) -> Option<(Arc<Shelf>, Attached)> {
    if !span_id.is_some() {
        return None;
    }
    let part = part(trace_id);
    let mut of_trace = part.range((trace_id, 0)..=(trace_id, u64::MAX));
    of_trace.find_map(|((_, seed), shelf)| {
        let attached = Attached { seed: *seed, span: ids::index(*seed, span_id)? };
        Some((Arc::clone(shelf), attached))
    })
}

fn part(trace_id: TraceId) -> MutexGuard<'static, Shelves> {
    // The remainder of a small number fits.
    let part = usize::try_from(trace_id.low_bits() % PARTS as u64).unwrap_or(0);
    SHELVES[part].lock().unwrap_or_else(PoisonError::into_inner)
}
