//! The span at work on this thread, for whoever has something to say of it, or must know which it is.

use crate::vocabulary::{Location, TraceContext, clock};

use super::current;
use super::errors::{ErrorFacts, Way};
use super::inquiry::Inquiry;
use super::notes::{Moment, RecordedEvent, SpanUpdate};
use super::record::ROOT;
use super::slot::Apply as _;

/// What a request says that the span at work sends; `None` outside of all flows.
pub(crate) fn context() -> Option<TraceContext> {
    current::with(|segment| segment.context())
}

/// Updates the span at work.
pub(crate) fn update(update: SpanUpdate) {
    current::with(|segment| {
        let span = segment.place().span;
        segment.apply(span, update);
    });
}

/// Updates the whole flow.
pub(crate) fn update_flow(update: SpanUpdate) {
    current::with(|segment| segment.apply(ROOT, update));
}

/// Fails the span at work, as if it returned the error that `describe` describes.
pub(crate) fn fail_with(place: Location, describe: impl FnOnce(&Inquiry) -> ErrorFacts) {
    let asked = current::with(|segment| {
        let span = segment.cursor();
        segment.mark(place);
        segment.fail(span).map(|inquiry| (span, inquiry))
    });
    if let Some((span, inquiry)) = asked.flatten() {
        let facts = describe(&inquiry);
        current::with(|segment| segment.describe_failure(span, facts, Way::Returned));
    }
}

/// How many characters of a text are kept; none outside of all flows.
pub(crate) fn text_limit() -> Option<usize> {
    current::with(|segment| segment.text_limit())
}

/// Whether this thread works on a flow.
#[cfg(feature = "tracing")]
pub(crate) fn is_in_flow() -> bool {
    current::with(|_| ()).is_some()
}

/// The span at work fails, and with it its flow, whatever the call returns.
#[cfg(feature = "tracing")]
pub(crate) fn fail() {
    current::with(|segment| {
        let span = segment.cursor();
        segment.fail_untold(span);
    });
}

/// Something that happens now.
pub(crate) fn event(name: impl Into<std::borrow::Cow<'static, str>>) -> RecordedEvent {
    RecordedEvent { name: name.into(), at: Moment::Ticks(clock::ticks()), attributes: Vec::new() }
}

/// Has the flow kept that this thread works on, whatever sampling says.
pub(crate) fn keep() {
    current::with(|segment| segment.ask());
}

/// Whether the flow that this thread works on is kept because of an error, or because somebody asked for it: that is, in
/// spite of sampling, or whatever that says.
pub(crate) fn is_precious() -> bool {
    current::with(|segment| segment.flow_is_precious()).unwrap_or(false)
}
