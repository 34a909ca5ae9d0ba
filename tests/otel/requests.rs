//! Traces that come from other services, and continue there.

use std::collections::HashMap;

use omegi::otel::Propagator;
use omegi_tests::flows_of;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState, Tracer as _};
use opentelemetry::{Context, global};
use opentelemetry_sdk::propagation::TraceContextPropagator;

const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
const CALLER: u64 = 0x00f0_67aa_0ba9_02b7;

/// A context as a server's library extracts it.
fn came() -> Context {
    let state = TraceState::from_key_value([("rojo", "1")]).unwrap();
    let caller = SpanContext::new(TRACE.into(), CALLER.into(), TraceFlags::SAMPLED, true, state);
    Context::new().with_remote_span_context(caller)
}

#[omegi::instrument_crate]
mod shop {
    use super::*;

    pub(crate) fn serve() -> HashMap<String, String> {
        global::tracer("library").in_span("query", |_| ());
        let mut headers = HashMap::new();
        Propagator::new(TraceContextPropagator::new()).inject(&mut headers);
        headers
    }
}

#[test]
fn a_function_goes_on_with_the_trace_that_is_current() {
    let flows = flows_of(|| {
        let _attached = came().attach();
        let headers = shop::serve();
        assert!(headers["traceparent"].starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
        assert_eq!(headers["tracestate"], "rojo=1");
    });
    assert_eq!(flows[0].outline(), "requests::shop::serve\n  query\n");
    assert_eq!(flows[0].trace_id.to_u128(), TRACE);
    assert_eq!(flows[0].spans[0].parent_span_id.to_u64(), CALLER);
}

#[test]
fn a_span_goes_on_with_the_trace_that_it_is_given() {
    let flows = flows_of(|| {
        let span = global::tracer("library").start_with_context("request", &came());
        let context = came().with_span(span);
        assert_eq!(context.span().span_context().trace_state().header(), "rojo=1");
        let _attached = context.attach();
        shop::serve();
    });
    assert_eq!(flows[0].outline(), "request\n  requests::shop::serve\n    query\n");
    assert_eq!(flows[0].trace_id.to_u128(), TRACE);
    assert_eq!(flows[0].spans[0].parent_span_id.to_u64(), CALLER);
}

#[test]
fn a_request_names_the_function_that_sends_it_or_the_span_that_is_newer() {
    let flows = flows_of(|| {
        let headers = shop::serve();
        HEADERS.lock().unwrap().extend(headers);
    });
    let root = &flows[0].spans[0];
    let sent = format!("00-{}-{}-01", flows[0].trace_id, root.span_id);
    assert_eq!(HEADERS.lock().unwrap()["traceparent"], sent);
    let flows = flows_of(|| {
        spanning();
    });
    assert_eq!(flows[0].outline(), "requests::spanning\n  send\n");
}

static HEADERS: std::sync::LazyLock<std::sync::Mutex<HashMap<String, String>>> =
    std::sync::LazyLock::new(Default::default);

#[omegi::traced]
fn spanning() {
    global::tracer("library").in_span("send", |context| {
        let mut headers = HashMap::new();
        Propagator::new(TraceContextPropagator::new()).inject(&mut headers);
        let own = context.span().span_context().span_id().to_string();
        assert!(headers["traceparent"].contains(&own));
        assert_eq!(omegi::otel_context().span().span_context().span_id().to_string(), own);
    });
}
