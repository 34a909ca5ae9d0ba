//! The events of a part in their order, and the readings of the clock among them.

use crate::recording::data::record::SpanRecord;
use crate::recording::data::recorded::RecordedFlow;
use crate::vocabulary::CallSite;

/// The start or the end of a span, or a reading of the clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) kind: EventKind,
    pub(super) span: usize,
    /// The call site; none for a reading.
    site: Option<&'static CallSite>,
    ticks: u64,
    is_read: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EventKind {
    Reading,
    Start,
    End,
}

/// Untimed events in a row, between two readings.
#[derive(Debug)]
pub(super) struct Gap {
    pub(super) after: u64,
    /// The next reading, if there is one.
    pub(super) before: Option<u64>,
    pub(super) events: Vec<Event>,
}

impl Event {
    /// Returns the usual ticks of its call.
    pub(super) fn usual_ticks(&self) -> u64 {
        self.site.map_or(0, |site| site.call_speed().usual_ticks())
    }
}

/// Returns whether the end of a span is read from the clock.
pub(super) fn has_read_end(record: &SpanRecord, timed_from: u64) -> bool {
    !record.meta.is_sparse() || record.meta.has_queued_end() || record.end >= timed_from
}

/// Returns the gaps between the readings of a part in which there are untimed events.
///
/// An untimed event has the ticks of the event or reading before it, plus one. So a greater step
/// shows that the clock was read just before the event.
pub(super) fn gaps(part: &RecordedFlow) -> Vec<Gap> {
    let events = events(part);
    let mut previous = events.first().map_or(0, |event| event.ticks);
    let mut gaps = Vec::new();
    let mut gap = Gap { after: previous, before: None, events: Vec::new() };
    for event in events {
        let unseen = (event.ticks > previous + 1).then_some(event.ticks - 1);
        let reading = if event.is_read { Some(event.ticks) } else { unseen };
        if let Some(reading) = reading {
            gap.before = Some(reading);
            let next = Gap { after: reading, before: None, events: Vec::new() };
            gaps.push(std::mem::replace(&mut gap, next));
        }
        if !event.is_read {
            gap.events.push(event);
        }
        previous = event.ticks;
    }
    gaps.push(gap);
    gaps.retain(|gap| !gap.events.is_empty());
    gaps
}

/// Returns all events in their order.
fn events(part: &RecordedFlow) -> Vec<Event> {
    let read = |ticks| Event { kind: EventKind::Reading, span: 0, site: None, ticks, is_read: true };
    let waits = part.waits.iter().flat_map(|wait| wait.readings());
    let failure = Some(part.timed_from).filter(|ticks| *ticks != u64::MAX);
    let updates = part.updates.as_slice().iter().filter_map(|recorded| recorded.update.reading());
    let readings = waits.chain(failure).chain(updates).chain(part.open_at);
    let mut events: Vec<Event> = readings.map(read).collect();
    for (span, record) in part.records.iter().enumerate() {
        let is_read = !record.meta.is_sparse();
        let site = Some(record.site);
        events.push(Event { kind: EventKind::Start, span, site, ticks: record.start, is_read });
        // An end that was queued may stand before events that happened later.
        if record.end != 0 && !record.meta.has_queued_end() {
            let is_read = has_read_end(record, part.timed_from);
            events.push(Event { kind: EventKind::End, span, site, ticks: record.end, is_read });
        }
    }
    events.sort_by_key(|event| {
        let nested = if event.kind == EventKind::End { usize::MAX - event.span } else { event.span };
        (event.ticks, event.kind, nested)
    });
    events
}
