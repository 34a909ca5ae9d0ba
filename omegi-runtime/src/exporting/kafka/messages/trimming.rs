//! Cuts a span that is larger than a message may be, so that the span arrives.
//!
//! Long values go first, then the last attributes, events and links. The span counts them.

use std::borrow::Cow;

use crate::vocabulary::{Attribute, Event, Link, Span, Status, Value};

use super::shortening::Lengths;

/// Returns the span with short values, and with as many items of its lists as `fits`.
pub(super) fn trimmed(span: &Span, room: usize, fits: impl Fn(&Span) -> bool) -> Span {
    let trim = |items| Trim { items, lengths: Lengths::within(room) };
    let lengths: Vec<_> = (1..=longest_list(span)).collect();
    trim(lengths.partition_point(|items| fits(&trim(*items).span(span)))).span(span)
}

/// Returns the length of the longest list of the span or of its parts.
fn longest_list(span: &Span) -> usize {
    let of_events = span.events.iter().map(|event| event.attributes.len());
    let of_links = span.links.iter().map(|link| link.attributes.len());
    let own = [span.attributes.len(), span.events.len(), span.links.len()];
    own.into_iter().chain(of_events).chain(of_links).max().unwrap_or_default()
}

/// The part of a span that stays.
#[derive(Clone, Copy)]
struct Trim {
    /// The number of items of each list, from the first on.
    items: usize,
    /// The lengths of texts.
    lengths: Lengths,
}

impl Trim {
    fn span(self, span: &Span) -> Span {
        let Self { items, lengths } = self;
        Span {
            name: lengths.value(&span.name).into_owned().into(),
            status: self.status(&span.status),
            attributes: self.attributes(&span.attributes),
            events: span.events.iter().take(items).map(|it| self.event(it)).collect(),
            links: span.links.iter().take(items).map(|it| self.link(it)).collect(),
            dropped_attributes: self.dropped(span.dropped_attributes, &span.attributes),
            dropped_events: self.dropped(span.dropped_events, &span.events),
            dropped_links: self.dropped(span.dropped_links, &span.links),
            ..*span
        }
    }

    fn status(self, status: &Status) -> Status {
        match status {
            Status::Error { description } => {
                Status::Error { description: self.lengths.text(description).into_owned().into() }
            }
            other => other.clone(),
        }
    }

    /// Cuts an event. The texts of an error keep more characters than other values.
    fn event(self, event: &Event) -> Event {
        let attributes = event.attributes.iter().take(self.items);
        Event {
            name: self.lengths.value(&event.name).into_owned().into(),
            attributes: attributes.map(|it| with_text(it, |text| self.lengths.text(text))).collect(),
            dropped_attributes: self.dropped(event.dropped_attributes, &event.attributes),
            ..*event
        }
    }

    fn link(self, link: &Link) -> Link {
        Link {
            attributes: self.attributes(&link.attributes),
            dropped_attributes: self.dropped(link.dropped_attributes, &link.attributes),
            ..*link
        }
    }

    fn attributes(self, attributes: &[Attribute]) -> Vec<Attribute> {
        attributes.iter().take(self.items).map(|it| with_text(it, |text| self.lengths.value(text))).collect()
    }

    /// Returns the number of dropped items of a list, with those that were dropped before.
    fn dropped<T>(self, before: u32, list: &[T]) -> u32 {
        let more = list.len().saturating_sub(self.items);
        before.saturating_add(u32::try_from(more).unwrap_or(u32::MAX))
    }
}

/// Returns the attribute with a shortened text.
fn with_text(attribute: &Attribute, shorten: impl Fn(&str) -> Cow<'_, str>) -> Attribute {
    let value = match &attribute.value {
        Value::Str(text) => Value::Str(shorten(text).into_owned().into()),
        other => other.clone(),
    };
    Attribute { key: attribute.key.clone(), value }
}
