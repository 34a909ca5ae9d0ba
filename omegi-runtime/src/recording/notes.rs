//! What spans say of themselves that few do: a name made at run time, events, links. Whole values, as exporters see them:
//! who makes such spans (an HTTP layer, a bridge) allocates anyway.

use std::borrow::Cow;

use crate::vocabulary::{Attribute, Link, SpanKind, Value};

use super::budget::BUDGET;
use super::muting::quietly;
use super::record::SpanRef;
use super::tags::Tag;
use super::text::cut;

/// One thing that a span says of itself.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// Its name, instead of its call site's.
    Name(Cow<'static, str>),
    /// Its role, instead of its call site's.
    #[allow(dead_code, reason = "said by layers and bridges, each a feature")]
    Kind(SpanKind),
    Attribute(Attribute),
    Event(EventNote),
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
pub(crate) struct EventNote {
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

/// One thing, and the span that says it.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) span: SpanRef,
    pub(crate) what: What,
}

/// The notes of one segment.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<Note>);

impl Notes {
    /// Adds a note, its texts cut at `limit` characters. Returns how many bytes were reserved for it, or `None` where there
    /// was no room.
    pub(crate) fn add(&mut self, span: SpanRef, mut what: What, limit: usize) -> Option<usize> {
        what.cut(limit);
        let grows = self.0.len() == self.0.capacity();
        let more = if grows { self.0.capacity().max(4) } else { 0 };
        let bytes = more * size_of::<Note>() + what.bytes();
        BUDGET.reserve(bytes).then(|| {
            quietly(|| {
                self.0.reserve_exact(more);
                self.0.push(Note { span, what });
            });
            bytes
        })
    }

    /// All of them, in the order in which they were made.
    pub(crate) fn as_slice(&self) -> &[Note] {
        &self.0
    }
}

impl What {
    /// How many bytes it holds besides itself.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Name(text) | Self::Failed(text) => text.len(),
            Self::Attribute(attribute) => attribute_bytes(attribute),
            Self::Event(event) => event.name.len() + attributes_bytes(&event.attributes),
            Self::Link(link) => attributes_bytes(&link.attributes),
            Self::Tag(tag) | Self::FlowTag(tag) => tag.key.len() + tag.value.len(),
            Self::Kind(_) | Self::Succeeded | Self::Dropped(_) | Self::Began(_) | Self::Ended(_) => 0,
        }
    }

    fn cut(&mut self, limit: usize) {
        match self {
            Self::Name(text) | Self::Failed(text) => cut_text(text, limit),
            Self::Attribute(attribute) => cut_value(attribute, limit),
            Self::Event(EventNote { attributes, .. }) | Self::Link(Link { attributes, .. }) => {
                attributes.iter_mut().for_each(|attribute| cut_value(attribute, limit));
            }
            // Tags have limits of their own.
            Self::Tag(_) | Self::FlowTag(_) => {}
            Self::Kind(_) | Self::Succeeded | Self::Dropped(_) | Self::Began(_) | Self::Ended(_) => {}
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
