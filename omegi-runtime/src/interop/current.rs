//! The span at work, for the program to say something of it.

use std::borrow::Cow;
use std::error::Error;

use crate::recording::here;
use crate::recording::inquiry::Inquiry;
use crate::recording::notes::SpanUpdate;
use crate::recording::probe::facts_of;
use crate::recording::tags::Tag;
use crate::vocabulary::{Attribute, Link, Location, TraceContext, Value};

/// The span of the function that calls this; see [`Current`].
///
/// ```
/// omegi_runtime::current().attribute("shop.cart.items", 3).event("cart.loaded", []);
/// ```
#[must_use]
pub fn current() -> Current {
    Current(())
}

/// Tags the whole flow that this thread works on: as [`Current::tag`] does, on the flow's local root.
///
/// ```
/// omegi_runtime::tag("customer", "4711");
/// ```
pub fn tag(key: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
    here::update_flow(SpanUpdate::FlowTag(Tag::new(key.into(), text(value.into()))));
}

/// The innermost span that is at work when one of these methods is called. Outside of all flows they do nothing.
///
/// What is said under a name that `OMEGI_SECRET_MASKING_REGEX` matches leaves the process as `****`; texts are cut at the limit
/// for attributes.
#[derive(Clone, Copy, Debug)]
pub struct Current(());

impl Current {
    /// Calls the span `name`, instead of the function's path.
    pub fn name(self, name: impl Into<Cow<'static, str>>) -> Self {
        here::update(SpanUpdate::Name(name.into()));
        self
    }

    /// Adds an attribute.
    pub fn attribute(self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        here::update(SpanUpdate::Attribute(Attribute::new(key, value)));
        self
    }

    /// Adds an event that happens now.
    pub fn event(
        self,
        name: impl Into<Cow<'static, str>>,
        attributes: impl IntoIterator<Item = Attribute>,
    ) -> Self {
        let mut event = here::event(name);
        event.attributes.extend(attributes);
        here::update(SpanUpdate::Event(event));
        self
    }

    /// Adds a tag: the attribute `omegi.tag.<key>`, for people to find flows by. Several values of one key accumulate in it.
    ///
    /// A span has at most 50 keys; a key has at most 50 characters, a value 70. What is more is cut or left out, counted
    /// ([`Health::tags_shortened`](crate::Health::tags_shortened), [`tags_dropped`](crate::Health::tags_dropped)) and said once.
    ///
    /// ```
    /// omegi_runtime::current().tag("shop", "Berlin").tag("shop", "Hamburg");
    /// ```
    pub fn tag(self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        here::update(SpanUpdate::Tag(Tag::new(key.into(), text(value.into()))));
        self
    }

    /// Adds an `exception` event: an error that the function meets, and does not return. It does not make the span fail, nor
    /// the flow kept; [`fail`](Self::fail) does.
    pub fn exception<E: Error + ?Sized>(self, error: &E) -> Self {
        let Some(limit) = here::text_limit() else { return self };
        let facts = facts_of(error, &Inquiry::of_texts(limit));
        let kind = Attribute::new("exception.type", Value::Str(facts.text.error_type));
        self.event("exception", [kind, Attribute::new("exception.message", facts.text.message)])
    }

    /// Fails the span, as if the function returned this error here: the span's status is that of an error, the error has its
    /// event and its path, and the flow is kept. If the function then does return it, it is the same error.
    ///
    /// ```
    /// # #[derive(Debug)] struct Unpaid;
    /// # impl std::fmt::Display for Unpaid { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("unpaid") } }
    /// # impl std::error::Error for Unpaid {}
    /// omegi_runtime::current().fail(&Unpaid);
    /// ```
    #[track_caller]
    pub fn fail<E: Error + ?Sized>(self, error: &E) -> Self {
        here::fail_with(Location::caller(), |inquiry| facts_of(error, inquiry));
        self
    }

    /// Says that it went well, which no error changes any more ([OpenTelemetry], `Ok`). A flow in which something failed is
    /// kept all the same.
    ///
    /// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
    pub fn ok(self) -> Self {
        here::update(SpanUpdate::Succeeded);
        self
    }

    /// Adds a link to a span of another flow.
    pub fn link(self, to: &TraceContext) -> Self {
        self.link_with(to, [])
    }

    /// Adds a link to a span of another flow, with what is known of the relation.
    pub fn link_with(self, to: &TraceContext, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        let attributes = attributes.into_iter().collect();
        here::update(SpanUpdate::Link(Link { attributes, ..Link::to(to.trace_id, to.span_id) }));
        self
    }

    /// Has the whole flow kept, whatever sampling says.
    pub fn keep(self) -> Self {
        here::keep();
        self
    }

    /// What a request says that this span sends, for other services to go on with; `None` outside of all flows.
    #[must_use]
    pub fn context(self) -> Option<TraceContext> {
        here::context()
    }
}

/// A value as text.
fn text(value: Value) -> Cow<'static, str> {
    match value {
        Value::Str(text) => text,
        other => other.to_string().into(),
    }
}
