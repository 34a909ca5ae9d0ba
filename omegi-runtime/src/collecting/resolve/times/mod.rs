//! The times of spans, also of calls that were not timed (`docs/adr/0020`).
//!
//! The start and the end of an untimed call are untimed events: their order is known, and the
//! readings of the clock before and after them. Code that is not woven may have waited between two
//! readings. So no call is given more of the time between them than it usually takes:
//!
//! ```text
//! reading                                                            reading
//!    ├─ ends of calls that              whole calls, starts of calls that ─┤
//!       began before                    end after
//! ```
//!
//! Nothing proves on which side of a wait the whole calls were. They end where the next reading
//! proves that they had ended.

mod events;
mod gap;
mod row;
mod span_times;

use std::collections::HashMap;

use crate::recording::data::record::SpanRef;
use crate::recording::data::recorded::RecordedFlow;

use events::has_read_end;
pub(super) use span_times::SpanTimes;

/// Returns the times of all spans, part by part.
pub(super) fn of(parts: &[&RecordedFlow]) -> Vec<Vec<SpanTimes>> {
    let mut begun: HashMap<u64, HashMap<SpanRef, u64>> = HashMap::new();
    for branch in parts {
        if let Some(at) = branch.attached {
            let start = begun.entry(at.seed).or_default().entry(at.span).or_insert(u64::MAX);
            *start = branch.began().min(*start);
        }
    }
    let none = HashMap::new();
    parts.iter().map(|part| of_part(part, begun.get(&part.seed).unwrap_or(&none))).collect()
}

/// Returns the times of a part's spans. `begun`: the first start of a branch below each span, by
/// the span's number in its segment.
fn of_part(part: &RecordedFlow, begun: &HashMap<SpanRef, u64>) -> Vec<SpanTimes> {
    let mut times: Vec<SpanTimes> = part.records.iter().map(SpanTimes::recorded).collect();
    if !part.records.iter().any(|record| record.meta.is_sparse()) {
        return times;
    }
    let begun: HashMap<_, _> =
        begun.iter().filter_map(|(span, start)| Some((part.place_of(*span)?, *start))).collect();
    events::gaps(part).iter().for_each(|gap| gap::place(gap, &begun, &mut times));
    contain(part, &mut times);
    times
}

/// Extends each untimed call over its children: the end of a child may be known by a reading that
/// is none of the segment's thread.
fn contain(part: &RecordedFlow, times: &mut [SpanTimes]) {
    for (index, record) in part.records.iter().enumerate().skip(1).rev() {
        let child = times[index];
        let Some((caller, parent)) =
            part.records.get(record.parent as usize).zip(times.get_mut(record.parent as usize))
        else {
            continue;
        };
        if caller.meta.is_sparse() {
            parent.start = parent.start.min(child.start);
        }
        if record.end != 0 && record.end <= caller.end && !has_read_end(caller, part.timed_from) {
            parent.end = parent.end.max(child.end);
        }
    }
}

#[cfg(test)]
mod tests;
