//! What spans say of themselves that few do: a name made at run time, events, links. Whole values, as exporters see them:
//! who makes such spans (an HTTP layer, a bridge) allocates anyway.

use std::borrow::Cow;

use crate::vocabulary::{Attribute, Link, Outcome, SpanKind, Value};

use super::budget::BUDGET;
use super::muting::quietly;
use super::record::SpanRef;
use super::tags::Tag;
use super::text::cut;

/// A change to a span.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "bridges ask for some of them"))]
pub(crate) enum SpanUpdate {
    /// Its name, instead of its call site's.
    Name(Cow<'static, str>),
    /// Its role, instead of its call site's.
    #[allow(dead_code, reason = "said by layers and bridges, each a feature")]
    Kind(SpanKind),
    Attribute(Attribute),
    Event(RecordedEvent),
    Link(Link),
    /// A word to find it by.
    Tag(Tag),
    /// A word to find the whole flow by.
    FlowTag(Tag),
    /// That it went well, whatever else is known.
    Succeeded,
    /// That it failed, and why.
    Failed(Cow<'static, str>),
    /// What it was told beyond its limits, and was not taken down.
    Dropped(Dropped),
    /// When it began, if whoever opened it says so: nanoseconds since the Unix epoch.
    Began(u64),
    /// When it ended, likewise.
    Ended(u64),
    /// The span fails, and with it the flow. Nothing is known of an error.
    Fail,
    /// The span of a [handle](super::shared_span) ends. `foreign`: it is a span that is never at work.
    End {
        at: u64,
        outcome: Outcome,
        foreign: bool,
    },
}

/// How much was not taken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) attributes: u32,
    pub(crate) events: u32,
    pub(crate) links: u32,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct RecordedEvent {
    pub(crate) name: Cow<'static, str>,
    pub(crate) at: Moment,
    pub(crate) attributes: Vec<Attribute>,
}

/// When something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// In ticks.
    Ticks(u64),
    /// As whoever tells of it says, in nanoseconds since the Unix epoch.
    Unix(u64),
}

/// A change, and the span that it is made to.
#[derive(Clone, Debug)]
pub(crate) struct RecordedUpdate {
    pub(crate) span: SpanRef,
    pub(crate) update: SpanUpdate,
}

/// The updates of one segment's spans.
#[derive(Debug, Default)]
pub(crate) struct Updates(Vec<RecordedUpdate>);

impl Updates {
    /// Adds a note, its texts cut at `limit` characters. Returns how many bytes were reserved for it, or `None` where there
    /// was no room.
    pub(crate) fn add(&mut self, span: SpanRef, mut update: SpanUpdate, limit: usize) -> Option<usize> {
        update.cut(limit);
        let grows = self.0.len() == self.0.capacity();
        let more = if grows { self.0.capacity().max(4) } else { 0 };
        let bytes = more * size_of::<RecordedUpdate>() + update.bytes();
        BUDGET.reserve(bytes).then(|| {
            quietly(|| {
                self.0.reserve_exact(more);
                self.0.push(RecordedUpdate { span, update });
            });
            bytes
        })
    }

    /// All of them, in the order in which they were made.
    pub(crate) fn as_slice(&self) -> &[RecordedUpdate] {
        &self.0
    }
}

impl SpanUpdate {
    /// How many bytes it holds besides itself.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Name(text) | Self::Failed(text) => text.len(),
            Self::Attribute(attribute) => attribute_bytes(attribute),
            Self::Event(event) => event.name.len() + attributes_bytes(&event.attributes),
            Self::Link(link) => attributes_bytes(&link.attributes),
            Self::Tag(tag) | Self::FlowTag(tag) => tag.key.len() + tag.value.len(),
            Self::Kind(_) | Self::Succeeded | Self::Dropped(_) | Self::Began(_) | Self::Ended(_) => 0,
            Self::Fail | Self::End { .. } => 0,
        }
    }

    fn cut(&mut self, limit: usize) {
        match self {
            Self::Name(text) | Self::Failed(text) => cut_text(text, limit),
            Self::Attribute(attribute) => cut_value(attribute, limit),
            Self::Event(RecordedEvent { attributes, .. }) | Self::Link(Link { attributes, .. }) => {
                attributes.iter_mut().for_each(|attribute| cut_value(attribute, limit));
            }
            // Tags have limits of their own.
            Self::Tag(_) | Self::FlowTag(_) => {}
            Self::Kind(_) | Self::Succeeded | Self::Dropped(_) | Self::Began(_) | Self::Ended(_) => {}
            Self::Fail | Self::End { .. } => {}
        }
    }
}

fn cut_value(attribute: &mut Attribute, limit: usize) {
    if let Value::Str(text) = &mut attribute.value {
        cut_text(text, limit);
    }
}

fn cut_text(text: &mut Cow<'static, str>, limit: usize) {
    let kept = cut(text, limit).len();
    if kept < text.len() {
        text.to_mut().truncate(kept);
    }
}

fn attributes_bytes(attributes: &[Attribute]) -> usize {
    let of_each = |attribute| size_of::<Attribute>() + attribute_bytes(attribute);
    attributes.iter().map(of_each).sum()
}

fn attribute_bytes(attribute: &Attribute) -> usize {
    let value = if let Value::Str(text) = &attribute.value { text.len() } else { 0 };
    attribute.key.len() + value
}
