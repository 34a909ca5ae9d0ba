//! The layer: what `tracing` calls.

use tracing_core::{Event, Level, Subscriber, span};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::recording::notes::SpanUpdate;
use crate::recording::shared_span::SharedSpan;
use crate::recording::shield::shielded;
use crate::recording::{here, policy, visits};
use crate::vocabulary::{CallSite, Link};

use super::{call_sites, said};

/// A layer that records `tracing`'s spans and events into the flow; see [`TracingLayer`].
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// let subscriber = tracing_subscriber::registry().with(omegi_runtime::tracing_layer());
/// tracing::subscriber::with_default(subscriber, || {
///     tracing::info_span!("order", id = 7).in_scope(|| tracing::info!("placed"));
/// });
/// ```
#[must_use]
pub fn tracing_layer() -> TracingLayer {
    TracingLayer { error_events_fail: false }
}

/// Records `tracing`'s spans and events into the flow, to be added to a `tracing_subscriber::Registry`. Made by [`tracing_layer`].
///
/// A span becomes a span below the one that is at work, be that `tracing`'s or a function's, and functions that are called while
/// it is entered stand below it. An explicit parent is obeyed; `parent: None` begins a flow. It has the name that `tracing` gives it,
/// `code.*` of the place where it is written, its fields as attributes, and its level and, if that is not the module, its target as
/// `omegi.level` and `omegi.target`. The fields `otel.name`, `otel.kind`, `otel.status_code` and `otel.status_description` mean what they mean
/// to `tracing-opentelemetry`. It may be entered on any thread, also on several at once, and in other tasks.
///
/// An event becomes an event of the span at work, named by its message. One with an error (a field that is a `dyn Error`, or a text
/// called `error`) is an `exception` event. Outside of all flows events are not recorded.
///
/// Which spans and events those are is for filters to say, of the whole subscriber or of this layer alone. Who runs
/// `tracing-opentelemetry` should have one of the two layers, not both.
#[derive(Clone, Debug)]
pub struct TracingLayer {
    error_events_fail: bool,
}

impl TracingLayer {
    /// Whether an event of the level ERROR makes the span fail that it stands on, so that its flow is kept whatever sampling says.
    /// Off by default: programs log errors that they have dealt with.
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
                None if attributes.is_root() => SharedSpan::root(site),
                None => SharedSpan::open(site),
            };
            let mut opened = opened?;
            said::of_new_span(&mut opened, attributes);
            context.span(id)?.extensions_mut().insert(opened);
            Some(())
        });
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        recording(|| {
            let said = said::of_span(values);
            with_span(id, &context, |span| {
                said.into_iter().for_each(|(name, said)| said::say(span, name, said))
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
            visits::leave(id.into_u64());
            Some(())
        });
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        recording(|| {
            // Taken out first: what ends with it is done while nothing is locked.
            let closed = context.span(&id)?.extensions_mut().remove::<SharedSpan>();
            closed.map(drop)
        });
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        recording(|| {
            let fails = self.error_events_fail && *event.metadata().level() == Level::ERROR;
            match event.parent() {
                Some(parent) => {
                    let said = said::of_event(event);
                    with_recorded(parent, &context, |span| {
                        if fails {
                            said::fail(span, said::reason(&said));
                        }
                        span.update(SpanUpdate::Event(said));
                    })
                }
                None if event.is_root() => None,
                None => at_work(event, fails),
            }
        });
    }
}

/// Says it of the span at work, if there is one.
fn at_work(event: &Event<'_>, fails: bool) -> Option<()> {
    visits::tidy();
    if !here::is_in_flow() {
        return None;
    }
    // Read first: that calls the user's code.
    let said = said::of_event(event);
    if fails {
        here::fail();
        here::update(SpanUpdate::Failed(said::reason(&said)));
    }
    here::update(SpanUpdate::Event(said));
    Some(())
}

/// A span below `parent`, or the nearest around that which is recorded.
fn below<S>(site: &'static CallSite, parent: &span::Id, context: &Context<'_, S>) -> Option<SharedSpan>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    with_recorded(parent, context, |parent| parent.below(site)).unwrap_or_else(|| SharedSpan::root(site))
}

/// Works on the span that is called `id`, or the nearest around that which is recorded.
fn with_recorded<S, R>(
    id: &span::Id,
    context: &Context<'_, S>,
    work: impl FnOnce(&mut SharedSpan) -> R,
) -> Option<R>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let recorded = context.span_scope(id)?.find(|span| span.extensions().get::<SharedSpan>().is_some())?;
    recorded.extensions_mut().get_mut::<SharedSpan>().map(work)
}

/// Works on the span that is called `id`, if it is recorded.
fn with_span<S, R>(
    id: &span::Id,
    context: &Context<'_, S>,
    work: impl FnOnce(&mut SharedSpan) -> R,
) -> Option<R>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    context.span(id)?.extensions_mut().get_mut::<SharedSpan>().map(work)
}

/// Does it where something is recorded, and lets nothing out that goes wrong.
fn recording(work: impl FnOnce() -> Option<()>) {
    if policy::is_on() {
        let _ = shielded(work);
    }
}
