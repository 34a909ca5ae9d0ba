//! The updates of spans: names made at run time, attributes, events, links. Whole values, as
//! exporters see them: the libraries that make them allocate anyway.

use std::borrow::Cow;

use crate::vocabulary::{Attribute, Link, Outcome, SpanKind, Value, signal_handler};

use crate::recording::budget::BUDGET;
use crate::recording::data::record::SpanRef;
use crate::recording::data::tags::Tag;
use crate::recording::muting::quietly;
use crate::recording::text::cut;

/// An update of a span.
#[derive(Clone, Debug)]
pub(crate) enum SpanUpdate {
    /// Replaces the name of its call site.
    Name(Cow<'static, str>),
    /// Replaces the kind of its call site.
    #[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "a field of tracing replaces the kind"))]
    Kind(SpanKind),
    Attribute(Attribute),
    Event(RecordedEvent),
    Link(Link),
    /// Adds a tag to the span.
    Tag(Tag),
    /// Adds a tag to the local root.
    FlowTag(Tag),
    /// Sets the status `Ok`, which is final.
    Succeeded,
    /// Sets the status `Error`, with this description.
    Failed(Cow<'static, str>),
    /// Counts the data over the limits of the span.
    Dropped(Dropped),
    /// Sets the start, in nanoseconds since the Unix epoch.
    Began(u64),
    /// Sets the end, in nanoseconds since the Unix epoch.
    Ended(u64),
    /// Fails the span, and with it the flow, without an error.
    Fail,
    /// Ends the span of a [handle](crate::recording::span::handle) at this tick. `foreign`: the
    /// span is never active. `queued`: the segment's thread may have recorded calls since then.
    End {
        at: u64,
        outcome: Outcome,
        foreign: bool,
        queued: bool,
    },
}

/// The numbers of a span's parts beyond its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) attributes: u32,
    pub(crate) events: u32,
    pub(crate) links: u32,
}

impl Dropped {
    fn add(&mut self, other: Self) {
        self.attributes = self.attributes.saturating_add(other.attributes);
        self.events = self.events.saturating_add(other.events);
        self.links = self.links.saturating_add(other.links);
    }
}

/// An event of a span.
#[derive(Clone, Debug)]
pub(crate) struct RecordedEvent {
    pub(crate) name: Cow<'static, str>,
    pub(crate) at: Moment,
    pub(crate) attributes: Vec<Attribute>,
}

/// The time of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// In ticks: the clock was read between the calls that are recorded before and after it.
    Ticks(u64),
    /// In ticks, of an event that was queued: it may be older than calls that are recorded.
    Queued(u64),
    /// As the library gives it, in nanoseconds since the Unix epoch.
    Unix(u64),
}

/// An update, and the span that it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct RecordedUpdate {
    pub(crate) span: SpanRef,
    pub(crate) update: SpanUpdate,
}

/// The updates of one segment's spans, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Updates(Vec<RecordedUpdate>);

impl Updates {
    /// Adds an update, with its texts cut at `limit` characters. Returns how many bytes it
    /// reserved, or `None` if there was no room.
    pub(crate) fn add(&mut self, span: SpanRef, mut update: SpanUpdate, limit: usize) -> Option<usize> {
        update.cut(limit);
        let grows = self.0.len() == self.0.capacity();
        if grows && signal_handler::is_active() {
            return None;
        }
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

    /// Returns the number of updates.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Drops the oldest events, links and attributes of `span`, up to `most` of them, and counts
    /// them on it. Returns how many bytes they held.
    pub(crate) fn shed(&mut self, span: SpanRef, most: usize) -> usize {
        let (mut shed, mut bytes) = (Dropped { attributes: 0, events: 0, links: 0 }, 0);
        let mut left = most;
        self.0.retain(|RecordedUpdate { span: of, update }| {
            let counter = match update {
                SpanUpdate::Attribute(_) => &mut shed.attributes,
                SpanUpdate::Event(_) => &mut shed.events,
                SpanUpdate::Link(_) => &mut shed.links,
                _ => return true,
            };
            if *of != span || left == 0 {
                return true;
            }
            (*counter, left) = (*counter + 1, left - 1);
            bytes += update.bytes();
            false
        });
        let counted = self.0.iter_mut().find_map(|recorded| match &mut recorded.update {
            SpanUpdate::Dropped(dropped) if recorded.span == span => Some(dropped),
            _ => None,
        });
        match counted {
            Some(dropped) => dropped.add(shed),
            None => self.0.push(RecordedUpdate { span, update: SpanUpdate::Dropped(shed) }),
        }
        BUDGET.release(bytes);
        bytes
    }

    /// Takes the updates of some spans out. Their own bytes are the caller's from now on.
    pub(crate) fn take_of(&mut self, is_taken: impl Fn(SpanRef) -> bool) -> Vec<RecordedUpdate> {
        self.0.extract_if(.., |recorded| is_taken(recorded.span)).collect()
    }

    /// Returns the updates in the order in which they came.
    pub(crate) fn as_slice(&self) -> &[RecordedUpdate] {
        &self.0
    }
}

impl SpanUpdate {
    /// Returns the update as one that waits for the segment.
    pub(crate) fn queued(self) -> Self {
        match self {
            Self::End { at, outcome, foreign, .. } => Self::End { at, outcome, foreign, queued: true },
            Self::Event(RecordedEvent { name, at: Moment::Ticks(at), attributes }) => {
                Self::Event(RecordedEvent { name, at: Moment::Queued(at), attributes })
            }
            other => other,
        }
    }

    /// Returns the reading of the clock that the update has made, in ticks.
    pub(crate) fn reading(&self) -> Option<u64> {
        match self {
            Self::Event(RecordedEvent { at: Moment::Ticks(at), .. }) => Some(*at),
            _ => None,
        }
    }

    /// Returns the attribute that it sets.
    pub(crate) fn attribute(&self) -> Option<&Attribute> {
        match self {
            Self::Attribute(attribute) => Some(attribute),
            _ => None,
        }
    }

    /// Returns the memory that it holds besides itself, in bytes.
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
    match text {
        Cow::Borrowed(text) => *text = &text[..kept],
        // Copied, so that it holds no more memory than is counted.
        Cow::Owned(whole) if kept < whole.len() => *text = Cow::Owned(whole[..kept].to_owned()),
        Cow::Owned(_) => {}
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
