//! The claims of `docs/explain/comparison.md` about omegi and its peers, each as a test.
//!
//! ```text
//! cargo test --release --manifest-path benches/Cargo.toml --test comparison
//! ```

use std::fmt;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use fastrace::Span as FastraceSpan;
use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
use opentelemetry::Context;
use opentelemetry::trace::{SpanId, Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, SpanData, SpanExporter};
use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::layer::SubscriberExt as _;

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

/// Functions that fail, or start a thread, with the attribute of one library.
macro_rules! functions {
    ($name:ident, $attribute:meta, $telling:meta) => {
        mod $name {
            use super::Refused;

            #[$attribute]
            pub(super) fn inner() -> Result<(), Refused> {
                Err(Refused)
            }

            #[$attribute]
            pub(super) fn outer() -> Result<(), Refused> {
                inner()
            }

            #[$telling]
            pub(super) fn telling_inner() -> Result<(), Refused> {
                Err(Refused)
            }

            #[$telling]
            pub(super) fn telling_outer() -> Result<(), Refused> {
                telling_inner()
            }
        }
    };
}

functions!(with_omegi, omegi::traced, omegi::traced);
functions!(with_fastrace, fastrace::trace(short_name = true), fastrace::trace(short_name = true));
functions!(with_tracing, tracing::instrument, tracing::instrument(err));

/// Collects the records of fastrace.
struct Records;

static RECORDS: Mutex<Vec<SpanRecord>> = Mutex::new(Vec::new());

impl Reporter for Records {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        RECORDS.lock().unwrap().extend(spans);
    }
}

/// Returns the records that fastrace reports of a trace, without its root.
fn records(program: impl FnOnce(&FastraceSpan)) -> Vec<SpanRecord> {
    static START: Once = Once::new();
    START.call_once(|| fastrace::set_reporter(Records, Config::default()));
    let context = SpanContext::random();
    let root = FastraceSpan::root("root", context);
    {
        let _guard = root.set_local_parent();
        program(&root);
    }
    drop(root);
    fastrace::flush();
    let records = RECORDS.lock().unwrap();
    records.iter().filter(|span| span.trace_id == context.trace_id && span.name != "root").cloned().collect()
}

#[test]
fn a_trace_of_fastrace_can_be_cancelled_by_hand_at_its_end() {
    assert_eq!(records(|_| _ = with_fastrace::outer()).len(), 2);
    let cancelled = records(|root| {
        if with_fastrace::outer().is_err() {
            root.cancel();
        }
    });
    assert!(cancelled.is_empty(), "{cancelled:?}");
}

#[test]
fn fastrace_records_errors_only_by_hand() {
    for record in records(|_| _ = with_fastrace::outer()) {
        assert!(record.events.is_empty() && record.properties.is_empty(), "{record:?}");
    }
}

#[test]
fn a_thread_is_part_of_a_trace_of_fastrace_only_by_hand() {
    let alone = records(|_| _ = std::thread::spawn(with_fastrace::outer).join());
    assert!(alone.is_empty(), "{alone:?}");
    let handed_over = records(|root| {
        let span = FastraceSpan::enter_with_parent("thread", root);
        let work = move || {
            let _guard = span.set_local_parent();
            with_fastrace::outer()
        };
        _ = std::thread::spawn(work).join();
    });
    assert_eq!(handed_over.len(), 3, "{handed_over:?}");
}

/// Collects the spans of OpenTelemetry's SDK.
#[derive(Clone, Debug, Default)]
struct Spans(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Spans {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

/// Returns the spans that `program` makes by OpenTelemetry's API, or by `tracing` with its layer.
fn spans(sampler: Sampler, program: impl FnOnce(&SdkTracer, &Dispatch)) -> Vec<SpanData> {
    let spans = Spans::default();
    let provider =
        SdkTracerProvider::builder().with_sampler(sampler).with_simple_exporter(spans.clone()).build();
    let tracer = provider.tracer("comparison");
    let layer = tracing_opentelemetry::layer().with_tracer(tracer.clone());
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
    with_default(&dispatch, || program(&tracer, &dispatch));
    provider.force_flush().unwrap();
    let spans = spans.0.lock().unwrap();
    spans.clone()
}

fn named<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name} in {spans:?}"))
}

#[test]
fn tracing_records_an_error_on_each_function_that_asks_for_it() {
    let spans = spans(Sampler::AlwaysOn, |_, _| {
        _ = with_tracing::outer();
        _ = with_tracing::telling_outer();
    });
    for name in ["inner", "outer"] {
        let span = named(&spans, name);
        assert!(span.events.is_empty() && span.status == Status::Unset, "{span:?}");
    }
    for name in ["telling_inner", "telling_outer"] {
        let span = named(&spans, name);
        assert_eq!(span.events.len(), 1, "{span:?}");
        assert!(matches!(span.status, Status::Error { .. }), "{span:?}");
    }
}

#[test]
fn an_unsampled_trace_of_opentelemetry_is_lost_if_it_fails() {
    let spans = spans(Sampler::AlwaysOff, |tracer, _| {
        tracer.in_span("by hand", |context| context.span().set_status(Status::error("refused")));
        _ = with_tracing::telling_outer();
    });
    assert!(spans.is_empty(), "{spans:?}");
}

#[test]
fn opentelemetry_records_errors_only_by_hand() {
    let spans = spans(Sampler::AlwaysOn, |tracer, _| {
        _ = tracer.in_span("silent", |_| Err::<(), _>(Refused));
        _ = tracer.in_span("told", |context: Context| {
            context.span().record_error(&Refused);
            Err::<(), _>(Refused)
        });
    });
    assert!(named(&spans, "silent").events.is_empty(), "{spans:?}");
    assert_eq!(named(&spans, "told").events.len(), 1, "{spans:?}");
}

#[test]
fn spans_of_opentelemetry_nest_below_those_of_tracing() {
    let spans = spans(Sampler::AlwaysOn, |tracer, _| {
        tracing::info_span!("around").in_scope(|| tracer.in_span("within", |_| ()));
    });
    assert_eq!(
        named(&spans, "within").parent_span_id,
        named(&spans, "around").span_context.span_id(),
        "{spans:?}"
    );
}

#[test]
fn a_thread_is_part_of_a_trace_of_tracing_only_by_hand() {
    let spans = spans(Sampler::AlwaysOn, |_, dispatch| {
        let start = |span: tracing::Span| {
            let dispatch = dispatch.clone();
            let work = move || with_default(&dispatch, || span.in_scope(with_tracing::outer));
            _ = std::thread::spawn(work).join();
        };
        tracing::info_span!("alone").in_scope(|| start(tracing::Span::none()));
        tracing::info_span!("handed over").in_scope(|| start(tracing::Span::current()));
    });
    let parents: Vec<_> =
        spans.iter().filter(|span| span.name == "outer").map(|span| span.parent_span_id).collect();
    let expected = [SpanId::INVALID, named(&spans, "handed over").span_context.span_id()];
    assert_eq!(parents, expected, "{spans:?}");
}

#[test]
fn omegi_keeps_a_flow_that_fails_with_the_thread_that_failed() {
    #[omegi::traced]
    fn root() -> Result<(), Refused> {
        std::thread::spawn(with_omegi::outer).join().unwrap()
    }
    #[omegi::traced]
    fn healthy() -> Result<(), Refused> {
        Ok(())
    }
    let kept = omegi::MemoryExporter::new();
    let _omegi = omegi::builder().flow_rate(0).exporter(kept.clone()).init();
    _ = healthy();
    _ = root();
    assert!(omegi::flush(Duration::from_secs(60)));
    let flows = kept.flows();
    assert_eq!(flows.len(), 1, "{flows:?}");
    let [error] = &flows[0].errors[..] else { panic!("one error: {flows:?}") };
    let path: Vec<_> = error.path.iter().filter_map(|step| step.function.rsplit("::").next()).collect();
    assert_eq!(path, ["inner", "outer", "{thread}", "root"], "{error:?}");
}
