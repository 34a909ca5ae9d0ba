//! The limits of a span ([OpenTelemetry], span limits). Everything beyond a limit is counted on the
//! span.
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits

use std::borrow::Cow;

use crate::recording::data::updates::Dropped;
use crate::recording::text;
use crate::settings::Limits;
use crate::vocabulary::{Attribute, Event, Link, Span, Value};

/// The attribute of a local root that names the reason to keep its flow.
pub(super) const KEPT_BY: &str = "omegi.flow.kept_by";

impl Limits {
    /// Adds an attribute; replaces one with the same name.
    pub(super) fn add_attribute(&self, span: &mut Span, mut attribute: Attribute) {
        self.shorten(&mut attribute);
        let has_room = span.attributes.len() < self.attributes;
        match span.attributes.iter_mut().find(|known| known.key == attribute.key) {
            Some(known) => known.value = attribute.value,
            None if has_room => span.attributes.push(attribute),
            None => span.dropped_attributes = span.dropped_attributes.saturating_add(1),
        }
    }

    /// Adds an attribute. Without room it takes the place of the last other one.
    pub(super) fn add_important_attribute(&self, span: &mut Span, attribute: Attribute) {
        let is_other = |known: &Attribute| !["error.type", KEPT_BY].contains(&&*known.key);
        if span.attributes.len() >= self.attributes
            && let Some(last) = span.attributes.iter().rposition(is_other)
        {
            span.attributes.remove(last);
            span.dropped_attributes = span.dropped_attributes.saturating_add(1);
        }
        self.add_attribute(span, attribute);
    }

    /// Adds an event.
    pub(super) fn add_event(&self, span: &mut Span, mut event: Event) {
        if span.events.len() < self.events {
            event.dropped_attributes = cut(&mut event.attributes, self.event_attributes);
            event.attributes.iter_mut().for_each(|attribute| self.shorten(attribute));
            span.events.push(event);
        } else {
            span.dropped_events = span.dropped_events.saturating_add(1);
        }
    }

    /// Adds the event of an error. Without room it takes the place of the last other event.
    pub(super) fn add_error(&self, span: &mut Span, event: Event) {
        let is_other = |known: &Event| known.name != event.name;
        if span.events.len() >= self.events
            && let Some(last) = span.events.iter().rposition(is_other)
        {
            span.events.remove(last);
            span.dropped_events = span.dropped_events.saturating_add(1);
        }
        self.add_event(span, event);
    }

    /// Adds a link.
    pub(super) fn add_link(&self, span: &mut Span, mut link: Link) {
        if span.links.len() < self.links {
            link.dropped_attributes = cut(&mut link.attributes, self.link_attributes);
            link.attributes.iter_mut().for_each(|attribute| self.shorten(attribute));
            span.links.push(link);
        } else {
            span.dropped_links = span.dropped_links.saturating_add(1);
        }
    }

    /// Cuts the attributes of a new span to the limits.
    pub(super) fn cut_attributes(&self, span: &mut Span) {
        span.dropped_attributes = cut(&mut span.attributes, self.attributes);
        span.attributes.iter_mut().for_each(|attribute| self.shorten(attribute));
    }

    /// Shortens a text to the limit.
    fn shorten(&self, attribute: &mut Attribute) {
        match &mut attribute.value {
            Value::Str(Cow::Borrowed(text)) => *text = text::cut(text, self.value_length),
            Value::Str(Cow::Owned(text)) => text.truncate(text::cut(text, self.value_length).len()),
            Value::Bool(_) | Value::I64(_) | Value::F64(_) => {}
        }
    }
}

/// Adds dropped data that was never recorded to a span's counts.
pub(super) fn count_dropped(span: &mut Span, Dropped { attributes, events, links }: Dropped) {
    span.dropped_attributes = span.dropped_attributes.saturating_add(attributes);
    span.dropped_events = span.dropped_events.saturating_add(events);
    span.dropped_links = span.dropped_links.saturating_add(links);
}

/// Cuts a list. Returns the number of items that were cut off.
fn cut<T>(list: &mut Vec<T>, limit: usize) -> u32 {
    let dropped = list.len().saturating_sub(limit);
    list.truncate(limit);
    u32::try_from(dropped).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::span;
    use crate::vocabulary::{SpanId, TraceId};

    const LIMITS: Limits = Limits {
        value_length: 9,
        attributes: 2,
        events: 2,
        links: 1,
        event_attributes: 1,
        link_attributes: 0,
    };

    fn event(name: &'static str) -> Event {
        let attributes = vec![Attribute::new("a", 1), Attribute::new("b", 2)];
        Event { name: name.into(), time_ns: 0, attributes, dropped_attributes: 0 }
    }

    #[test]
    fn the_last_attribute_of_a_name_and_the_first_names_stay() {
        let mut span = span("f", None);
        for (key, value) in [("a", 1), ("a", 2), ("b", 3), ("c", 4), ("b", 5)] {
            LIMITS.add_attribute(&mut span, Attribute::new(key, value));
        }
        assert_eq!(span.attributes, [Attribute::new("a", 2), Attribute::new("b", 5)]);
        assert_eq!(span.dropped_attributes, 1);
        LIMITS.add_important_attribute(&mut span, Attribute::new("error.type", "E"));
        assert_eq!(span.attributes, [Attribute::new("a", 2), Attribute::new("error.type", "E")]);
        assert_eq!(span.dropped_attributes, 2);
    }

    #[test]
    fn an_error_comes_before_other_events() {
        let mut span = span("f", None);
        for name in ["first", "second", "third"] {
            LIMITS.add_event(&mut span, event(name));
        }
        LIMITS.add_error(&mut span, event("exception"));
        let names: Vec<_> = span.events.iter().map(|event| &*event.name).collect();
        assert_eq!((names, span.dropped_events), (vec!["first", "exception"], 2));
        assert_eq!((span.events[0].attributes.len(), span.events[0].dropped_attributes), (1, 1));
    }

    #[test]
    fn all_texts_are_shortened() {
        let limits = Limits { value_length: 3, link_attributes: 1, ..LIMITS };
        let long = || vec![Attribute::new("a", "äöüß"), Attribute::new("b", "äöüß".to_owned())];
        let mut span = span("f", None);
        span.attributes = long();
        limits.cut_attributes(&mut span);
        limits.add_attribute(&mut span, long().remove(1));
        limits.add_event(
            &mut span,
            Event { name: "e".into(), time_ns: 0, attributes: long(), dropped_attributes: 0 },
        );
        let link = Link::to(TraceId::from_u128(1), SpanId::from_u64(2));
        limits.add_link(&mut span, Link { attributes: long(), ..link });
        let of_others = [&span.events[0].attributes, &span.links[0].attributes];
        let texts = span.attributes.iter().chain(of_others.into_iter().flatten());
        assert!(texts.clone().all(|attribute| attribute.value == Value::from("äöü")), "{span:?}");
        assert_eq!(texts.count(), 4);
    }

    #[test]
    fn dropped_links_and_their_attributes_are_counted() {
        let mut span = span("f", None);
        for _ in 0..3 {
            let attributes = vec![Attribute::new("a", 1)];
            let link = Link::to(TraceId::from_u128(1), SpanId::from_u64(2));
            LIMITS.add_link(&mut span, Link { attributes, ..link });
        }
        assert_eq!((span.links.len(), span.dropped_links), (1, 2));
        assert_eq!((span.links[0].attributes.len(), span.links[0].dropped_attributes), (0, 1));
    }

    #[test]
    fn a_limit_of_zero_admits_nothing() {
        let none = Limits { attributes: 0, events: 0, ..LIMITS };
        let mut span = span("f", None);
        none.add_important_attribute(&mut span, Attribute::new("error.type", "E"));
        none.add_error(&mut span, event("exception"));
        assert_eq!((span.attributes.len(), span.events.len()), (0, 0));
        assert_eq!((span.dropped_attributes, span.dropped_events), (1, 1));
    }
}
