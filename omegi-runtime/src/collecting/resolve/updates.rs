//! Applies the updates of the program or of another library to a span.

use crate::recording::data::updates::{Moment, RecordedEvent, SpanUpdate};
use crate::settings::Limits;
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::{Event, Span, Status};

use super::{limits, tags};

/// Applies one update.
pub(super) fn apply(span: &mut Span, update: SpanUpdate, limits: &Limits, clock: &Calibration) {
    match update {
        SpanUpdate::Name(name) => span.name = name,
        SpanUpdate::Kind(kind) => span.kind = kind,
        SpanUpdate::Attribute(attribute) => limits.add_attribute(span, attribute),
        SpanUpdate::Event(RecordedEvent { name, at, attributes }) => {
            let time_ns = match at {
                Moment::Ticks(ticks) | Moment::Queued(ticks) => clock.unix_ns(ticks),
                Moment::Unix(time_ns) => time_ns,
            };
            limits.add_event(span, Event { name, time_ns, attributes, dropped_attributes: 0 });
        }
        SpanUpdate::Link(link) => limits.add_link(span, link),
        SpanUpdate::Tag(tag) => tags::add(span, &tag, limits),
        // The tags of all parts go to the flow's root, after the spans of all parts are there.
        SpanUpdate::FlowTag(_) => {}
        SpanUpdate::Succeeded => span.status = Status::Ok,
        SpanUpdate::Failed(description) => span.status = Status::Error { description },
        SpanUpdate::Dropped(dropped) => limits::count_dropped(span, dropped),
        SpanUpdate::Began(start_ns) => {
            span.start_ns = start_ns;
            span.end_ns = span.end_ns.max(start_ns);
        }
        SpanUpdate::Ended(end_ns) => span.end_ns = end_ns.max(span.start_ns),
        // The segment has applied these.
        SpanUpdate::Fail | SpanUpdate::End { .. } => {}
    }
}
