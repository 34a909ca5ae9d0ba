//! A span of OpenTelemetry's API.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use opentelemetry::KeyValue;
use opentelemetry::trace::{self, SpanBuilder, SpanContext, Status};

use crate::recording::data::updates::{Dropped, Moment, RecordedEvent, SpanUpdate};
use crate::recording::policy;
use crate::recording::span::handle::SpanHandle;
use crate::settings::Limits;
use crate::vocabulary::{CallSite, Link, Outcome, SpanKind, clock};

use super::context;
use super::values;

/// The API passes the present as a moment that has just passed. An older moment is a time that the
/// caller chose.
const JUST: Duration = Duration::from_micros(100);

/// A span of OpenTelemetry's API, recorded in a flow ([specification]). Dropping it ends it.
///
/// It records as many attributes, events and links as a span may have
/// (`OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT` and others). Updates after the end of its flow are lost, and
/// so is an end after that.
///
/// ```
/// # use omegi_runtime as omegi;
/// use opentelemetry::KeyValue;
/// use opentelemetry::trace::{Span as _, Status, Tracer as _, TracerProvider as _};
///
/// let mut span = omegi::otel::tracer_provider().tracer("shop").start("checkout");
/// span.set_attribute(KeyValue::new("shop.items", 3));
/// span.set_status(Status::error("the card is expired")); // keeps the flow
/// ```
///
/// [specification]: https://opentelemetry.io/docs/specs/otel/trace/api/#span
#[derive(Debug)]
pub struct Span {
    context: SpanContext,
    /// `None` after the span's end, or if it is not recorded.
    recorded: Option<SpanHandle>,
    status: Status,
    attributes: LimitCounter,
    events: LimitCounter,
    links: LimitCounter,
}

impl Span {
    /// Opens a span below `parent`.
    pub(super) fn build(builder: SpanBuilder, parent: &SpanContext, suppressed: bool) -> Self {
        let open = || {
            SpanHandle::open_foreign(site(builder.span_kind.as_ref()), context::ids(parent), || {
                context::trace_context(parent)
            })
        };
        let recorded = if suppressed { None } else { open() };
        let context = recorded.as_ref().map_or_else(|| parent.clone(), |span| span_context(span, parent));
        let limits = policy::get().map(|policy| policy.settings.limits);
        let counter = |limit: fn(Limits) -> usize| LimitCounter { count: 0, limit: limits.map_or(0, limit) };
        let mut span = Self {
            context,
            recorded,
            status: Status::Unset,
            attributes: counter(|limits| limits.attributes),
            events: counter(|limits| limits.events),
            links: counter(|limits| limits.links),
        };
        if span.recorded.is_some() {
            span.describe(builder);
        }
        span
    }

    fn describe(&mut self, builder: SpanBuilder) {
        self.update(SpanUpdate::Name(builder.name));
        if let Some(start) = builder.start_time {
            self.update(SpanUpdate::Began(values::unix_ns(start)));
        }
        builder.attributes.into_iter().flatten().for_each(|attribute| self.add_attribute(attribute));
        for event in builder.events.into_iter().flatten() {
            self.add_event(event.name, event.timestamp, event.attributes);
        }
        for link in builder.links.into_iter().flatten() {
            self.link(&link.span_context, link.attributes);
        }
    }

    fn update(&self, update: SpanUpdate) {
        if let Some(span) = &self.recorded {
            span.update(update);
        }
    }

    fn add_attribute(&mut self, attribute: KeyValue) {
        if self.recorded.is_some() && self.attributes.fits_one_more() {
            self.update(SpanUpdate::Attribute(values::attribute(attribute)));
        }
    }

    fn add_event(&mut self, name: Cow<'static, str>, at: SystemTime, attributes: Vec<KeyValue>) {
        if self.recorded.is_some() && self.events.fits_one_more() {
            let at = past(at).map_or_else(|| Moment::Ticks(clock::ticks()), Moment::Unix);
            self.update(SpanUpdate::Event(RecordedEvent {
                name,
                at,
                attributes: values::attributes(attributes),
            }));
        }
    }

    fn link(&mut self, to: &SpanContext, attributes: Vec<KeyValue>) {
        if self.recorded.is_some() && to.is_valid() && self.links.fits_one_more() {
            let (trace_id, span_id) = context::ids(to);
            self.update(SpanUpdate::Link(Link {
                attributes: values::attributes(attributes),
                ..Link::to(trace_id, span_id)
            }));
        }
    }

    fn finish(&mut self, at: Option<SystemTime>) {
        let Some(span) = self.recorded.take() else { return };
        let [attributes, events, links] =
            [self.attributes, self.events, self.links].map(LimitCounter::dropped);
        if attributes.max(events).max(links) > 0 {
            span.update(SpanUpdate::Dropped(Dropped { attributes, events, links }));
        }
        if let Some(at) = at.and_then(past) {
            span.update(SpanUpdate::Ended(at));
        }
        let failed = matches!(self.status, Status::Error { .. });
        span.end(if failed { Outcome::Error } else { Outcome::Returned });
    }
}

impl trace::Span for Span {
    fn add_event_with_timestamp<T>(&mut self, name: T, timestamp: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        self.add_event(name.into(), timestamp, attributes);
    }

    fn span_context(&self) -> &SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        self.recorded.is_some()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.add_attribute(attribute);
    }

    /// An error keeps the flow. `Ok` is final, and nothing unsets a status.
    fn set_status(&mut self, status: Status) {
        let Some(span) = &mut self.recorded else { return };
        match (&self.status, &status) {
            (Status::Ok, _) | (_, Status::Unset) => return,
            (_, Status::Ok) => span.update(SpanUpdate::Succeeded),
            (_, Status::Error { description }) => {
                span.fail();
                span.update(SpanUpdate::Failed(description.clone()));
            }
        }
        self.status = status;
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        self.update(SpanUpdate::Name(new_name.into()));
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        self.link(&span_context, attributes);
    }

    fn end(&mut self) {
        self.finish(None);
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        self.finish(Some(timestamp));
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        self.finish(None);
    }
}

/// Counts updates of one kind against their limit.
#[derive(Clone, Copy, Debug)]
struct LimitCounter {
    count: usize,
    limit: usize,
}

impl LimitCounter {
    /// Counts one more. Returns whether it is within the limit.
    fn fits_one_more(&mut self) -> bool {
        self.count += 1;
        self.count <= self.limit
    }

    fn dropped(self) -> u32 {
        u32::try_from(self.count.saturating_sub(self.limit)).unwrap_or(u32::MAX)
    }
}

/// Returns a moment in nanoseconds since the Unix epoch, or `None` where it is now.
fn past(at: SystemTime) -> Option<u64> {
    let just_now = SystemTime::now().duration_since(at).is_ok_and(|ago| ago < JUST);
    (!just_now).then(|| values::unix_ns(at))
}

fn span_context(span: &SpanHandle, parent: &SpanContext) -> SpanContext {
    let (trace_id, span_id) = span.ids();
    let state = if context::ids(parent).0 == trace_id {
        parent.trace_state().clone()
    } else {
        span.remote().map(|remote| context::otel_state(&remote.state)).unwrap_or_default()
    };
    context::span_context(trace_id, span_id, span.is_sampled(), state)
}

fn site(kind: Option<&trace::SpanKind>) -> &'static CallSite {
    static INTERNAL: CallSite = CallSite::foreign(SpanKind::Internal);
    static SERVER: CallSite = CallSite::foreign(SpanKind::Server);
    static CLIENT: CallSite = CallSite::foreign(SpanKind::Client);
    static PRODUCER: CallSite = CallSite::foreign(SpanKind::Producer);
    static CONSUMER: CallSite = CallSite::foreign(SpanKind::Consumer);
    match kind {
        None | Some(trace::SpanKind::Internal) => &INTERNAL,
        Some(trace::SpanKind::Server) => &SERVER,
        Some(trace::SpanKind::Client) => &CLIENT,
        Some(trace::SpanKind::Producer) => &PRODUCER,
        Some(trace::SpanKind::Consumer) => &CONSUMER,
    }
}
