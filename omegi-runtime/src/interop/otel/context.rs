//! The active span as a context of OpenTelemetry.

use std::str::FromStr as _;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState};

use crate::recording::external_parent;
use crate::recording::hooks::{self, Hooks};
use crate::vocabulary::{SpanId, TraceContext, TraceId, TraceState as OurTraceState};

/// Returns OpenTelemetry's current context with the active function as its span. For code that
/// passes contexts on itself, to another thread or to a library that takes one.
///
/// It is the current context unchanged where an OpenTelemetry span is newer than the active
/// function, and outside of all flows. A span with this parent context joins the flow, on any
/// thread. A span on the same thread finds the function by itself.
///
/// ```
/// # use omegi_runtime as omegi;
/// use opentelemetry::trace::Tracer as _;
///
/// fn fetch_all(tracer: impl opentelemetry::trace::Tracer + Send + 'static) {
///     let context = omegi::otel_context();
///     let fetcher = std::thread::spawn(move || {
///         let _span = tracer.start_with_context("fetch", &context);
///     });
///     fetcher.join().unwrap();
/// }
/// # fetch_all(opentelemetry::global::tracer("docs"));
/// ```
#[must_use]
pub fn otel_context() -> Context {
    Context::map_current(|current| newest(current).unwrap_or_else(|| current.clone()))
}

/// Returns `context` with the active function as its span, if `context` has the current span and
/// the function is newer.
pub(super) fn newest(context: &Context) -> Option<Context> {
    let function = function_newer_than(context.span().span_context())?;
    Some(context.with_remote_span_context(function))
}

/// Returns the active function, if `span` is the current span and the function is newer.
pub(super) fn function_newer_than(span: &SpanContext) -> Option<SpanContext> {
    let is_current =
        Context::map_current(|current| current.span().span_context().span_id() == span.span_id());
    let function = is_current.then(external_parent::newer_than_current).flatten()?;
    Some(span_context(function.trace_id, function.span_id, function.sampled, otel_state(&function.state)))
}

/// Makes the context of a span of this process.
pub(super) fn span_context(
    trace_id: TraceId,
    span_id: SpanId,
    sampled: bool,
    state: TraceState,
) -> SpanContext {
    let flags = TraceFlags::default().with_sampled(sampled);
    SpanContext::new(trace_id.to_u128().into(), span_id.to_u64().into(), flags, false, state)
}

/// Returns the ids of a span: of its trace and its own.
pub(super) fn ids(span: &SpanContext) -> (TraceId, SpanId) {
    let trace_id = TraceId::from_u128(u128::from_be_bytes(span.trace_id().to_bytes()));
    (trace_id, span_id(span))
}

fn span_id(span: &SpanContext) -> SpanId {
    SpanId::from_u64(u64::from_be_bytes(span.span_id().to_bytes()))
}

/// Converts the context of a span to ours.
pub(super) fn trace_context(span: &SpanContext) -> TraceContext {
    let (trace_id, span_id) = ids(span);
    let state = OurTraceState::parse(&span.trace_state().header());
    TraceContext { trace_id, span_id, sampled: span.is_sampled(), state, ..TraceContext::default() }
}

/// Converts a trace state. It is empty where OpenTelemetry's stricter parser refuses it.
pub(super) fn otel_state(state: &OurTraceState) -> TraceState {
    if state.is_empty() { TraceState::NONE } else { TraceState::from_str(state.as_str()).unwrap_or_default() }
}

/// Makes the recorder ask for OpenTelemetry's current span from now on.
pub(super) fn watch() {
    hooks::set(Hooks { span_id: current_span_id, context: current_span });
}

fn current_span_id() -> SpanId {
    ask(span_id).unwrap_or(SpanId::NONE)
}

fn current_span() -> Option<TraceContext> {
    ask(|span| span.is_valid().then(|| trace_context(span))).flatten()
}

/// Calls `question` with the current span. Returns `None` on a thread that is ending: OpenTelemetry
/// would panic there.
fn ask<T>(question: impl FnOnce(&SpanContext) -> T) -> Option<T> {
    /// A type with a destructor.
    struct Alive;

    impl Drop for Alive {
        fn drop(&mut self) {}
    }

    thread_local! {
        // Destructors run in the reverse order: this value is gone before OpenTelemetry's own.
        static ALIVE: Alive = Context::map_current(|_| Alive);
    }

    ALIVE.try_with(|_| Context::map_current(|current| question(current.span().span_context()))).ok()
}
