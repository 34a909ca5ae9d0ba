//! The layer that `tracing` calls.

use tracing_core::{Event, Level, Subscriber, span};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::recording::data::updates::SpanUpdate;
use crate::recording::policy;
use crate::recording::shield::shielded;
use crate::recording::span::active;
use crate::recording::span::entered;
use crate::recording::span::handle::SpanHandle;
use crate::vocabulary::{CallSite, Link};

use super::{call_sites, convert};

/// Returns a layer that records `tracing`'s spans and events into the flow; see [`TracingLayer`].
///
/// ```
/// # use omegi_runtime as omegi;
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// let subscriber = tracing_subscriber::registry().with(omegi::tracing_layer());
/// tracing::subscriber::with_default(subscriber, || {
///     tracing::info_span!("order", id = 7).in_scope(|| tracing::info!("placed"));
/// });
/// ```
#[must_use]
pub fn tracing_layer() -> TracingLayer {
    TracingLayer { error_events_fail: false }
}

/// Records `tracing`'s spans and events into the flow. Add it to a `tracing_subscriber::Registry`.
/// Made by [`tracing_layer`].
///
/// A span becomes a span below the active one, be that `tracing`'s or a function's. Functions that
/// are called while it is entered are below it. An explicit parent wins; `parent: None` begins a
/// flow. The span has the name that `tracing` gives it, `code.*` of its place in the source, and
/// its fields as attributes. Its level is `omegi.level`; its target, if that is not the module, is
/// `omegi.target`. The fields `otel.name`, `otel.kind`, `otel.status_code` and
/// `otel.status_description` have the same meaning as in `tracing-opentelemetry`. It may be entered
/// on any thread, on several at once, and in other tasks.
///
/// An event becomes an event of the active span, named by its message. One with an error (a field
/// that is a `dyn Error`, or a text called `error`) is an `exception` event. Outside of all flows
/// events are not recorded.
///
/// Filters choose the spans and events, for the whole subscriber or for this layer alone. Use
/// either this layer or that of `tracing-opentelemetry`, not both.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::TracingLayer;
/// use tracing_subscriber::Layer as _;
/// use tracing_subscriber::filter::LevelFilter;
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// // Spans and events below the level INFO are not recorded.
/// let layer: TracingLayer = omegi::tracing_layer();
/// let subscriber = tracing_subscriber::registry().with(layer.with_filter(LevelFilter::INFO));
/// # tracing::subscriber::with_default(subscriber, || tracing::info!("started"));
/// ```
#[derive(Clone, Debug)]
pub struct TracingLayer {
    error_events_fail: bool,
}

impl TracingLayer {
    /// Sets whether an event of the level ERROR fails its span, so that the flow is kept
    /// independently of sampling. Off by default: programs log errors that they have handled.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use tracing_subscriber::layer::SubscriberExt as _;
    ///
    /// let layer = omegi::tracing_layer().fail_on_error_events(true);
    /// let subscriber = tracing_subscriber::registry().with(layer);
    /// tracing::subscriber::with_default(subscriber, || {
    ///     tracing::info_span!("pay").in_scope(|| tracing::error!("the card is expired"));
    /// });
    /// ```
    #[must_use]
    pub fn fail_on_error_events(mut self, fail: bool) -> Self {
        self.error_events_fail = fail;
        self
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for TracingLayer {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        recording(|| {
            let site = call_sites::of(attributes.metadata());
            let opened = match attributes.parent() {
                Some(parent) => below(site, parent, &context),
                None if attributes.is_root() => SpanHandle::root(site),
                None => SpanHandle::open(site),
            };
            let mut opened = opened?;
            convert::set_new_fields(&mut opened, attributes);
            context.span(id)?.extensions_mut().insert(opened);
            Some(())
        });
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        recording(|| {
            let fields = convert::read_fields(values);
            with_span(id, &context, |span| {
                fields.into_iter().for_each(|(name, value)| convert::set_field(span, name, value))
            })
        });
    }

    fn on_follows_from(&self, id: &span::Id, follows: &span::Id, context: Context<'_, S>) {
        recording(|| {
            let (trace_id, span_id) = with_span(follows, &context, |span| span.ids())?;
            let link = Link::to(trace_id, span_id);
            with_span(id, &context, |span| span.update(SpanUpdate::Link(link)))
        });
    }

    fn on_enter(&self, id: &span::Id, context: Context<'_, S>) {
        recording(|| with_span(id, &context, |span| span.enter(id.into_u64())));
    }

    fn on_exit(&self, id: &span::Id, _: Context<'_, S>) {
        recording(|| {
            entered::leave(id.into_u64());
            Some(())
        });
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        recording(|| {
            // Taken out first: the end of the span must not run while the registry is locked.
            let closed = context.span(&id)?.extensions_mut().remove::<SpanHandle>();
            closed.map(drop)
        });
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        recording(|| {
            let fails = self.error_events_fail && *event.metadata().level() == Level::ERROR;
            match event.parent() {
                Some(parent) => {
                    let recorded = convert::convert_event(event);
                    with_recorded(parent, &context, |span| {
                        if fails {
                            convert::fail(span, convert::failure_reason(&recorded));
                        }
                        span.update(SpanUpdate::Event(recorded));
                    })
                }
                None if event.is_root() => None,
                None => on_active_span(event, fails),
            }
        });
    }
}

/// Records an event of the active span, if there is one.
fn on_active_span(event: &Event<'_>, fails: bool) -> Option<()> {
    entered::tidy();
    if !active::is_in_flow() {
        return None;
    }
    // Converted first: that calls code of the user.
    let recorded = convert::convert_event(event);
    if fails {
        active::fail();
        active::update(SpanUpdate::Failed(convert::failure_reason(&recorded)));
    }
    active::update(SpanUpdate::Event(recorded));
    Some(())
}

/// Opens a span below `parent`, or below the nearest recorded span around that.
fn below<S>(site: &'static CallSite, parent: &span::Id, context: &Context<'_, S>) -> Option<SpanHandle>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    with_recorded(parent, context, |parent| parent.below(site)).unwrap_or_else(|| SpanHandle::root(site))
}

/// Calls `work` with the span `id`, or with the nearest recorded span around it.
fn with_recorded<S, R>(
    id: &span::Id,
    context: &Context<'_, S>,
    work: impl FnOnce(&mut SpanHandle) -> R,
) -> Option<R>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let recorded = context.span_scope(id)?.find(|span| span.extensions().get::<SpanHandle>().is_some())?;
    recorded.extensions_mut().get_mut::<SpanHandle>().map(work)
}

/// Calls `work` with the span `id`, if it is recorded.
fn with_span<S, R>(
    id: &span::Id,
    context: &Context<'_, S>,
    work: impl FnOnce(&mut SpanHandle) -> R,
) -> Option<R>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    context.span(id)?.extensions_mut().get_mut::<SpanHandle>().map(work)
}

/// Calls `work` where omegi records. A panic in it goes no further.
fn recording(work: impl FnOnce() -> Option<()>) {
    if policy::records_spans() {
        let _ = shielded(work);
    }
}
