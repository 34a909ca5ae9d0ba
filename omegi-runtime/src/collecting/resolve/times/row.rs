//! Untimed events in a row beside a reading, each at its distance from it.

use std::collections::HashMap;

use crate::vocabulary::call_speed::CallSpeed;

use super::events::Event;

/// The most ticks that a call goes on beyond the readings inside it, on each side: both sides
/// together are less than a slow call.
const BEYOND: u64 = CallSpeed::SLOW_TICKS / 2;

/// Events in a row: from a reading forwards, or from a reading backwards.
#[derive(Debug, Default)]
pub(super) struct Row {
    events: Vec<Event>,
    /// The distance of each event from the reading, in ticks; never less than that of the event
    /// before it.
    distances: Vec<u64>,
    /// The number of events up to the last one of a call that is not whole in the row.
    bound: usize,
}

impl Row {
    /// Spaces events by the usual ticks of their calls.
    pub(super) fn new(events: Vec<Event>) -> Self {
        let others = others(&events);
        let bound = others.iter().rposition(Option::is_none).map_or(0, |last| last + 1);
        let mut row = Self { distances: Vec::with_capacity(events.len()), events, bound };
        row.space(bound, BEYOND, &others);
        while let Some(first) = row.events.get(row.distances.len()) {
            let usual = first.usual_ticks();
            row.space(row.group_end(&others), usual, &others);
        }
        row
    }

    /// Returns the distance of the last event of a call that is not whole.
    pub(super) fn bound_width(&self) -> u64 {
        self.bound.checked_sub(1).map_or(0, |last| self.distances[last])
    }

    /// Returns the distance from there to the last event.
    pub(super) fn free_width(&self) -> u64 {
        self.distances.last().map_or(0, |last| last - self.bound_width())
    }

    /// Returns the events and their distances, where the two widths have this much room.
    pub(super) fn within(&self, [bound, free]: [u64; 2]) -> impl Iterator<Item = (Event, u64)> {
        let (bound_width, free_width) = (self.bound_width(), self.free_width());
        self.events.iter().zip(&self.distances).map(move |(event, &distance)| {
            let beyond = distance.saturating_sub(bound_width);
            (*event, scaled(distance - beyond, bound_width, bound) + scaled(beyond, free_width, free))
        })
    }

    /// Returns the end of the next group: a whole call, with all events until it has ended.
    fn group_end(&self, others: &[Option<usize>]) -> usize {
        let mut next = self.distances.len();
        let mut last = next;
        while next <= last {
            last = others[next].map_or(last, |other| other.max(last));
            next += 1;
        }
        next
    }

    /// Spaces the next events up to `end`, over `limit` ticks at most.
    fn space(&mut self, end: usize, limit: u64, others: &[Option<usize>]) {
        let (begin, base) = (self.distances.len(), self.distances.last().copied().unwrap_or(0));
        let mut at = 0;
        let mut spaced: Vec<u64> = Vec::with_capacity(end - begin);
        for (index, event) in self.events.iter().enumerate().take(end).skip(begin) {
            let usual = event.usual_ticks();
            at = at.max(match others[index] {
                // The other half is left for the other side of the call.
                None => usual / 2,
                Some(other) if (begin..index).contains(&other) => spaced[other - begin] + usual,
                Some(_) => 0,
            });
            spaced.push(at);
        }
        self.distances.extend(spaced.into_iter().map(|distance| base + scaled(distance, at, limit)));
    }
}

/// Returns for each event the index of the other event of its call, if both are among them.
pub(super) fn others(events: &[Event]) -> Vec<Option<usize>> {
    let mut others = vec![None; events.len()];
    let mut met = HashMap::new();
    for (index, event) in events.iter().enumerate() {
        if let Some(other) = met.insert(event.span, index) {
            others[other] = Some(index);
            others[index] = Some(other);
        }
    }
    others
}

/// Returns `part` of a `width` that is shrunk to `room`, if there is less room.
pub(super) fn scaled(part: u64, width: u64, room: u64) -> u64 {
    if width <= room {
        return part;
    }
    u64::try_from(u128::from(part) * u128::from(room) / u128::from(width)).unwrap_or(room)
}
