//! The active span, for the program to describe.

use std::borrow::Cow;
use std::error::Error;

use crate::recording::data::error_query::ErrorQuery;
use crate::recording::data::tags::Tag;
use crate::recording::data::updates::SpanUpdate;
use crate::recording::probe::error_view::facts_of;
use crate::recording::span::active;
use crate::vocabulary::{Attribute, Link, Location, TraceContext, Value};

/// Returns the active span: that of the function that calls this. See [`Current`].
///
/// ```
/// omegi_runtime::current().attribute("shop.cart.items", 3).event("cart.loaded", []);
/// ```
#[must_use]
pub fn current() -> Current {
    Current(())
}

/// Tags the whole active flow: as [`Current::tag`] does, on the local root.
///
/// ```
/// omegi_runtime::tag("customer", "4711");
/// ```
pub fn tag(key: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
    active::update_flow(SpanUpdate::FlowTag(Tag::new(key.into(), text(value.into()))));
}

/// The innermost span that is active when one of these methods is called. Outside of all flows they
/// do nothing.
///
/// A value under a name that `OMEGI_SECRET_MASKING_REGEX` matches leaves the process as `****`.
/// Texts are cut at the limit for attributes.
#[derive(Clone, Copy, Debug)]
pub struct Current(());

impl Current {
    /// Names the span `name`, instead of the function's path.
    pub fn name(self, name: impl Into<Cow<'static, str>>) -> Self {
        active::update(SpanUpdate::Name(name.into()));
        self
    }

    /// Sets an attribute.
    pub fn attribute(self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        active::update(SpanUpdate::Attribute(Attribute::new(key, value)));
        self
    }

    /// Adds an event that happens now.
    pub fn event(
        self,
        name: impl Into<Cow<'static, str>>,
        attributes: impl IntoIterator<Item = Attribute>,
    ) -> Self {
        let mut event = active::event(name);
        event.attributes.extend(attributes);
        active::update(SpanUpdate::Event(event));
        self
    }

    /// Adds a tag: the attribute `omegi.tag.<key>`, for people to find flows by. Several values of
    /// one key accumulate in it.
    ///
    /// A span has at most 50 keys; a key has at most 50 characters, a value 70. The rest is cut or
    /// dropped, counted ([`Health::tags_shortened`](crate::Health::tags_shortened),
    /// [`tags_dropped`](crate::Health::tags_dropped)) and reported once.
    ///
    /// ```
    /// omegi_runtime::current().tag("shop", "Berlin").tag("shop", "Hamburg");
    /// ```
    pub fn tag(self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        active::update(SpanUpdate::Tag(Tag::new(key.into(), text(value.into()))));
        self
    }

    /// Adds an `exception` event: an error that the function meets, and does not return. The span
    /// does not fail, and the flow is not kept for it; [`fail`](Self::fail) does both.
    pub fn exception<E: Error + ?Sized>(self, error: &E) -> Self {
        let Some(limit) = active::text_limit() else { return self };
        let facts = facts_of(error, &ErrorQuery::of_texts(limit));
        let kind = Attribute::new("exception.type", Value::Str(facts.text.error_type));
        self.event("exception", [kind, Attribute::new("exception.message", facts.text.message)])
    }

    /// Fails the span, as if the function returned this error here: the status is that of an error,
    /// the error has its event and its path, and the flow is kept. If the function then returns it,
    /// it is the same error.
    ///
    /// ```
    /// let unpaid = std::io::Error::other("the order is not paid");
    /// omegi_runtime::current().fail(&unpaid);
    /// ```
    #[track_caller]
    pub fn fail<E: Error + ?Sized>(self, error: &E) -> Self {
        active::fail_with(Location::caller(), |query| facts_of(error, query));
        self
    }

    /// Sets the status `Ok`, which no error changes any more ([OpenTelemetry]). A flow in
    /// which something failed is kept all the same.
    ///
    /// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
    pub fn ok(self) -> Self {
        active::update(SpanUpdate::Succeeded);
        self
    }

    /// Adds a link to a span of another flow.
    pub fn link(self, to: &TraceContext) -> Self {
        self.link_with(to, [])
    }

    /// Adds a link to a span of another flow, with attributes that describe the relation.
    pub fn link_with(self, to: &TraceContext, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        let attributes = attributes.into_iter().collect();
        active::update(SpanUpdate::Link(Link { attributes, ..Link::to(to.trace_id, to.span_id) }));
        self
    }

    /// Keeps the whole flow, whatever the sampling decision.
    pub fn keep(self) -> Self {
        active::keep();
        self
    }

    /// Returns the context that a request of this span carries to another service. `None` outside
    /// of all flows.
    #[must_use]
    pub fn context(self) -> Option<TraceContext> {
        active::context()
    }
}

/// Converts a value to text.
fn text(value: Value) -> Cow<'static, str> {
    match value {
        Value::Str(text) => text,
        other => other.to_string().into(),
    }
}
