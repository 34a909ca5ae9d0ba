//! The span at work on this thread, for whoever has something to say of it, or must know which it is.

use crate::vocabulary::{Location, TraceContext, clock};

use crate::recording::data::error_query::ErrorQuery;
use crate::recording::data::errors::{ErrorFacts, Exit};
use crate::recording::data::record::ROOT;
use crate::recording::data::updates::{Moment, RecordedEvent, SpanUpdate};
use crate::recording::flow::slot::Apply as _;
use crate::recording::thread::current;

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
pub(crate) fn fail_with(place: Location, describe: impl FnOnce(&ErrorQuery) -> ErrorFacts) {
    let failing = current::with(|segment| {
        let span = segment.cursor();
        segment.mark(place);
        segment.fail(span).map(|query| (span, query))
    });
    if let Some((span, query)) = failing.flatten() {
        let facts = describe(&query);
        current::with(|segment| segment.describe_failure(span, facts, Exit::Returned));
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
        segment.fail_undescribed(span);
    });
}

/// Something that happens now.
pub(crate) fn event(name: impl Into<std::borrow::Cow<'static, str>>) -> RecordedEvent {
    RecordedEvent { name: name.into(), at: Moment::Ticks(clock::ticks()), attributes: Vec::new() }
}

/// Has the flow kept that this thread works on, whatever sampling says.
pub(crate) fn keep() {
    current::with(|segment| segment.request_keep());
}

/// Whether the flow that this thread works on is kept because of an error, or because somebody failing for it: that is, in
/// spite of sampling, or whatever that says.
pub(crate) fn must_keep() -> bool {
    current::with(|segment| segment.must_keep_flow()).unwrap_or(false)
}
