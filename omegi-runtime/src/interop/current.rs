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
/// # use omegi_runtime as omegi;
/// omegi::current().attribute("shop.cart.items", 3).event("cart.loaded", []);
/// ```
#[must_use]
pub fn current() -> Current {
    Current(())
}

/// Tags the whole active flow: as [`Current::tag`] does, on the local root.
///
/// ```
/// # use omegi_runtime as omegi;
/// omegi::tag("customer", "4711");
/// ```
pub fn tag(key: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
    if active::has_memory() {
        active::update_flow(SpanUpdate::FlowTag(Tag::new(key.into(), text(value.into()))));
    }
}

/// The innermost span that is active when one of these methods is called. Outside of all flows they
/// do nothing.
///
/// A value under a name that `OMEGI_SECRET_MASKING_REGEX` matches leaves the process as `****`.
/// Texts are cut at the limit for attributes.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{MemoryExporter, TraceContext, Value};
///
/// let memory = MemoryExporter::new();
/// let guard = omegi::builder().flow_rate(1).exporter(memory.clone()).init();
/// // A woven function does the same in its own span.
/// omegi::in_trace(TraceContext::default(), || {
///     omegi::current().name("pay").attribute("shop.total", 12).keep();
/// })();
/// drop(guard);
/// let flow = &memory.flows()[0];
/// assert_eq!(flow.root().unwrap().name, "pay");
/// assert_eq!(flow.root().unwrap().attribute("shop.total"), Some(&Value::I64(12)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Current(());

impl Current {
    /// Names the span `name`, instead of the function's path.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// fn run_job(kind: &'static str) {
    ///     omegi::current().name(kind); // `reindex` instead of `run_job`
    /// }
    /// run_job("reindex");
    /// ```
    pub fn name(self, name: impl Into<Cow<'static, str>>) -> Self {
        active::update(SpanUpdate::Name(name.into()));
        self
    }

    /// Sets an attribute.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// fn load_cart(items: &[u32]) {
    ///     omegi::current().attribute("shop.cart.items", items.len() as u64);
    /// }
    /// load_cart(&[7, 8]);
    /// ```
    pub fn attribute(self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        active::update(SpanUpdate::Attribute(Attribute::new(key, value)));
        self
    }

    /// Adds an event that happens now.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::Attribute;
    ///
    /// omegi::current().event("cache.miss", [Attribute::new("cache.key", "cart:7")]);
    /// ```
    pub fn event(
        self,
        name: impl Into<Cow<'static, str>>,
        attributes: impl IntoIterator<Item = Attribute>,
    ) -> Self {
        if active::has_memory() {
            let mut event = active::event(name);
            event.attributes.extend(attributes);
            active::update(SpanUpdate::Event(event));
        }
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
    /// # use omegi_runtime as omegi;
    /// omegi::current().tag("shop", "Berlin").tag("shop", "Hamburg");
    /// ```
    pub fn tag(self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        if active::has_memory() {
            active::update(SpanUpdate::Tag(Tag::new(key.into(), text(value.into()))));
        }
        self
    }

    /// Adds an `exception` event: an error that the function meets, and does not return. The span
    /// does not fail, and the flow is not kept for it; [`fail`](Self::fail) does both.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// /// Reads a number; a wrong one is recorded, and no reason to stop.
    /// fn items(text: &str) -> u32 {
    ///     text.parse().unwrap_or_else(|error| {
    ///         omegi::current().exception(&error);
    ///         0
    ///     })
    /// }
    /// assert_eq!(items("many"), 0);
    /// ```
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
    /// # use omegi_runtime as omegi;
    /// let unpaid = std::io::Error::other("the order is not paid");
    /// omegi::current().fail(&unpaid);
    /// ```
    #[track_caller]
    pub fn fail<E: Error + ?Sized>(self, error: &E) -> Self {
        active::fail_with(Location::caller(), |query| facts_of(error, query));
        self
    }

    /// Sets the status `Ok`, which no error changes any more ([OpenTelemetry]). A flow in
    /// which something failed is kept all the same.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// /// An empty result is right here, so the span is not an error.
    /// fn search(query: &str) -> Result<Vec<String>, String> {
    ///     omegi::current().ok();
    ///     Err(format!("nothing found for {query}"))
    /// }
    /// assert!(search("teapot").is_err());
    /// ```
    ///
    /// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
    pub fn ok(self) -> Self {
        active::update(SpanUpdate::Succeeded);
        self
    }

    /// Adds a link to a span of another flow.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::TraceContext;
    ///
    /// /// Handles messages of many traces in one flow, which points to each of them.
    /// fn handle_batch(senders: &[TraceContext]) {
    ///     for sender in senders {
    ///         omegi::current().link(sender);
    ///     }
    /// }
    /// handle_batch(&[TraceContext::default()]);
    /// ```
    pub fn link(self, to: &TraceContext) -> Self {
        self.link_with(to, [])
    }

    /// Adds a link to a span of another flow, with attributes that describe the relation.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::{Attribute, TraceContext};
    ///
    /// let first_attempt = TraceContext::default(); // stored with the job
    /// let why = Attribute::new("shop.relation", "retry of");
    /// omegi::current().link_with(&first_attempt, [why]);
    /// ```
    pub fn link_with(self, to: &TraceContext, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        if active::has_memory() {
            let attributes = attributes.into_iter().collect();
            active::update(SpanUpdate::Link(Link { attributes, ..Link::to(to.trace_id, to.span_id) }));
        }
        self
    }

    /// Keeps the whole flow, whatever the sampling decision.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// fn transfer(cents: u64) {
    ///     if cents > 1_000_000 {
    ///         omegi::current().keep(); // large transfers are always looked at
    ///     }
    /// }
    /// transfer(2_000_000);
    /// ```
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
