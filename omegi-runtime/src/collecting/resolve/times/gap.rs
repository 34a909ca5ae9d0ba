//! Places the untimed events between two readings.

use std::collections::HashMap;

use crate::recording::data::record::SpanRef;

use super::events::{Event, EventKind, Gap};
use super::row::{Row, others, scaled};
use super::span_times::SpanTimes;

/// Places the events of a gap. `begun`: the first start of a branch below each span.
pub(super) fn place(gap: &Gap, begun: &HashMap<SpanRef, u64>, times: &mut [SpanTimes]) {
    let (early, late) = sides(gap);
    let mut after = gap.after;
    let mut early = Row::new(early);
    for (events, before) in pieces(late, gap, begun) {
        let backwards = Row::new(events.into_iter().rev().collect());
        place_between(&std::mem::take(&mut early), &backwards, after, before, times);
        after = before;
    }
}

/// Divides the events into those that stand next to the reading before them, and the others.
///
/// A call that began before the gap ends early, with all whole calls until then. A call that ends
/// after the gap starts late in any case.
fn sides(gap: &Gap) -> (Vec<Event>, Vec<Event>) {
    let others = others(&gap.events);
    let is_end = |index: usize| gap.events[index].kind == EventKind::End;
    let ends_early = (0..others.len()).rev().find(|&index| others[index].is_none() && is_end(index));
    let first_late = ends_early.map_or(0, |last| last + 1);
    let is_early = |index: usize| {
        let start = others[index].map_or(index, |other| other.min(index));
        gap.before.is_none() || (start < first_late && (others[index].is_some() || is_end(index)))
    };
    let (early, late): (Vec<usize>, Vec<usize>) = (0..others.len()).partition(|&index| is_early(index));
    let [early, late] = [early, late].map(|side| side.into_iter().map(|index| gap.events[index]).collect());
    (early, late)
}

/// Divides late events where a branch is known to have begun: its origin had begun before that.
/// Returns each piece with the time that it stands before.
fn pieces(late: Vec<Event>, gap: &Gap, begun: &HashMap<SpanRef, u64>) -> Vec<(Vec<Event>, u64)> {
    let mut before = gap.before.unwrap_or(u64::MAX).max(gap.after);
    let mut pieces = Vec::new();
    let mut rest = late;
    if !begun.is_empty() {
        let ends = group_ends(&rest);
        for index in (0..rest.len()).rev() {
            let start = Some(rest[index]).filter(|event| event.kind == EventKind::Start);
            let branch = start.and_then(|event| begun.get(&SpanRef::try_from(event.span).ok()?));
            if let Some(&branch) = branch.filter(|branch| **branch < before) {
                pieces.push((rest.split_off(ends[index].min(rest.len())), before));
                before = branch.max(gap.after);
            }
        }
    }
    pieces.push((rest, before));
    pieces.reverse();
    pieces
}

/// Returns for each event the end of its group: of the outermost whole call that it is in.
fn group_ends(events: &[Event]) -> Vec<usize> {
    let others = others(events);
    let mut ends: Vec<usize> = Vec::with_capacity(events.len());
    let mut end = 0;
    for (index, other) in others.iter().enumerate() {
        end = end.max(other.unwrap_or(index) + 1).max(index + 1);
        ends.push(end);
    }
    // An event that is not the group's last has the end of the events after it.
    for index in (1..ends.len()).rev() {
        if ends[index - 1] > index {
            ends[index - 1] = ends[index];
        }
    }
    ends
}

/// Places two rows: one after a reading, one before the next. Both shrink if the time between the
/// readings is short: first the whole calls, then the others.
fn place_between(early: &Row, late: &Row, after: u64, before: u64, times: &mut [SpanTimes]) {
    let room = before.saturating_sub(after);
    let bound = fit([early.bound_width(), late.bound_width()], room);
    let free = fit([early.free_width(), late.free_width()], room - bound[0] - bound[1]);
    early.within([bound[0], free[0]]).for_each(|(event, distance)| set(times, event, after + distance));
    late.within([bound[1], free[1]]).for_each(|(event, distance)| set(times, event, before - distance));
}

/// Returns two widths as they fit into `room` together.
fn fit(widths: [u64; 2], room: u64) -> [u64; 2] {
    let total = widths[0] + widths[1];
    widths.map(|width| scaled(width, total, room))
}

fn set(times: &mut [SpanTimes], event: Event, ticks: u64) {
    match event.kind {
        EventKind::Start => times[event.span].start = ticks,
        EventKind::End => times[event.span].end = ticks,
        EventKind::Reading => {}
    }
}
