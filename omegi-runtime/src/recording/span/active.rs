//! The active span of this thread, for code that reads or updates it.

use crate::vocabulary::{Location, TraceContext, clock};

use crate::recording::data::error_paths::{ErrorFacts, Exit, ExitPlace};
use crate::recording::data::error_query::ErrorQuery;
use crate::recording::data::record::ROOT;
use crate::recording::data::updates::{Moment, RecordedEvent, SpanUpdate};
use crate::recording::flow::slot::Apply as _;
use crate::recording::thread::current;

/// Returns the trace context for a request that the active span sends; `None` outside of all flows.
pub(crate) fn context() -> Option<TraceContext> {
    current::with(|segment| segment.context())
}

/// Updates the active span.
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

/// Fails the active span, as if it returned the error that `describe` describes.
pub(crate) fn fail_with(place: Location, describe: impl FnOnce(&ErrorQuery) -> ErrorFacts) {
    let failing = current::with_memory(|segment| {
        let span = segment.cursor();
        segment.note_exit(ExitPlace { location: place, by_question_mark: true });
        segment.fail(span).map(|query| (span, query))
    });
    if let Some((span, query)) = failing.flatten() {
        let facts = describe(&query);
        current::with(|segment| segment.describe_failure(span, facts, Exit::Returned));
    }
}

/// Returns whether this thread works on a flow and may allocate for it: in a signal handler it must
/// not.
pub(crate) fn has_memory() -> bool {
    current::with_memory(|_| ()).is_some()
}

/// Returns the most characters of a text; `None` outside of all flows and in a signal handler.
pub(crate) fn text_limit() -> Option<usize> {
    current::with_memory(|segment| segment.text_limit())
}

/// Returns whether this thread works on a flow.
#[cfg(feature = "tracing")]
pub(crate) fn is_in_flow() -> bool {
    current::with(|_| ()).is_some()
}

/// Fails the active span and its flow, whatever the call returns.
#[cfg(feature = "tracing")]
pub(crate) fn fail() {
    current::with(|segment| {
        let span = segment.cursor();
        segment.fail_undescribed(span);
    });
}

/// Returns an event that happens now.
pub(crate) fn event(name: impl Into<std::borrow::Cow<'static, str>>) -> RecordedEvent {
    RecordedEvent { name: name.into(), at: Moment::Ticks(clock::ticks()), attributes: Vec::new() }
}

/// Requests that the flow of this thread be kept, whatever sampling decides.
pub(crate) fn keep() {
    current::with(|segment| segment.request_keep());
}

/// Notes that the callee of the active span keeps its part of the flow.
pub(crate) fn note_upstream() {
    current::with(|segment| segment.note_upstream());
}

/// Returns whether the flow of this thread is kept whatever sampling decides: for an error, or by
/// request.
pub(crate) fn must_keep() -> bool {
    current::with(|segment| segment.must_keep_flow()).unwrap_or(false)
}
