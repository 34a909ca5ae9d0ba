//! The peers, each with the same flow.

use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, SpanData, SpanExporter,
};
use tracing_subscriber::layer::SubscriberExt as _;

/// A period within which no thread wakes by itself during the measurement.
const NEVER: Duration = Duration::from_secs(3600);

/// `#[tracing::instrument]`, with any subscriber.
pub(crate) mod tracing {
    crate::flows::flows! {
        #[tracing::instrument(skip_all)];
        #[tracing::instrument(skip_all)];
        #[tracing::instrument];
        #[tracing::instrument(skip_all, err)];
        ()
    }
}

/// `tracing`'s registry with one layer, or with none. All are subscribers of one process, so each
/// flow names its own.
pub(crate) mod tracing_layers {
    use std::hint::black_box;
    use std::sync::LazyLock;

    use ::tracing::dispatcher::{Dispatch, with_default};
    use ::tracing::{info, info_span};

    use crate::flows::body;

    fn of_fields(children: u32) {
        let _root = info_span!("root").entered();
        for n in 0..children {
            let _child = info_span!("child", count = n, name = "a short text").entered();
            black_box(body(u64::from(n)));
        }
    }

    fn of_events(children: u32) {
        let _root = info_span!("root").entered();
        for n in 0..children {
            info!(count = n, name = "a short text", "told");
            black_box(body(u64::from(n)));
        }
    }

    macro_rules! layers {
        ($($(#[$doc:meta])* $name:ident: $subscriber:expr;)*) => {$(
            $(#[$doc])*
            pub(crate) mod $name {
                use tracing_subscriber::layer::SubscriberExt as _;
                use tracing_subscriber::registry;

                use super::{Dispatch, LazyLock, of_events, of_fields, with_default};

                static SUBSCRIBER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new($subscriber));

                /// Enters a span with two fields.
                pub(crate) fn fields(children: u32) {
                    with_default(&SUBSCRIBER, || of_fields(children));
                }

                /// Emits an event with two fields.
                pub(crate) fn events(children: u32) {
                    with_default(&SUBSCRIBER, || of_events(children));
                }
            }
        )*};
    }

    layers! {
        /// Spans have ids, but no layer listens.
        no_layer: registry().with(Option::<tracing_subscriber::layer::Identity>::None);
        omegi: registry().with(::omegi::tracing_layer());
        otel: registry().with(tracing_opentelemetry::layer().with_tracer(crate::peers::tracer().clone()));
    }
}

/// `#[fastrace::trace]` below a root.
pub(crate) mod fastrace {
    use ::fastrace::Span;
    use ::fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};

    crate::flows::flows! {
        ;
        #[fastrace::trace];
        #[fastrace::trace];
        #[fastrace::trace];
        {
            let root = Span::root("root", SpanContext::random());
            let guard = root.set_local_parent();
            (guard, root)
        }
    }

    /// `args` with the arguments, which the macro that makes the flows hides from fastrace.
    pub(crate) fn properties(children: u32) {
        #[fastrace::trace(properties = { "count": "{count}", "share": "{share}", "name": "{name}" })]
        #[inline(never)]
        fn child(count: u64, share: f64, name: &str) -> u64 {
            body(count ^ share.to_bits() ^ name.len() as u64)
        }
        let root = Span::root("root", SpanContext::random());
        let _guard = root.set_local_parent();
        for n in 0..children {
            black_box(child(u64::from(n), black_box(0.5), black_box("a short text")));
        }
    }

    /// Spans below a root that is not sampled.
    pub(crate) mod unsampled {
        use ::fastrace::Span;
        use ::fastrace::collector::SpanContext;

        crate::flows::flows! {
            ; #[fastrace::trace]; #[fastrace::trace]; #[fastrace::trace];
            {
                let root = Span::root("root", SpanContext::random().sampled(false));
                let guard = root.set_local_parent();
                (guard, root)
            }
        }
    }

    /// Spans without a trace.
    pub(crate) mod orphan {
        crate::flows::flows! {
            #[fastrace::trace]; #[fastrace::trace]; #[fastrace::trace]; #[fastrace::trace]; ()
        }
    }

    struct Nowhere;

    impl Reporter for Nowhere {
        fn report(&mut self, spans: Vec<SpanRecord>) {
            black_box(spans);
        }
    }

    pub(crate) fn start() {
        ::fastrace::set_reporter(Nowhere, Config::default().report_interval(super::NEVER));
    }
}

/// `Tracer::in_span` of OpenTelemetry's API.
pub(crate) mod otel {
    use opentelemetry::Context;
    use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, Tracer as _};
    use std::hint::black_box;

    use super::tracer;
    use crate::flows::{Yield, block_on, body};

    pub(crate) fn sync(children: u32) {
        #[inline(never)]
        fn child(n: u64) -> u64 {
            tracer().in_span("child", |_| body(n))
        }
        tracer().in_span("root", |_| {
            for n in 0..children {
                black_box(child(u64::from(n)));
            }
        });
    }

    pub(crate) fn ready(children: u32) {
        awaiting(children, async |n| body(n));
    }

    pub(crate) fn yielding(children: u32) {
        awaiting(children, async |n| {
            Yield::default().await;
            body(n)
        });
    }

    fn awaiting(children: u32, child: impl AsyncFn(u64) -> u64) {
        tracer().in_span("root", |_| {
            block_on(async {
                for n in 0..children {
                    let context = Context::current_with_span(tracer().start("child"));
                    black_box(child(u64::from(n)).with_context(context).await);
                }
            });
        });
    }
}

static PROVIDER: OnceLock<(SdkTracerProvider, SdkTracer)> = OnceLock::new();

fn tracer() -> &'static SdkTracer {
    &PROVIDER.get().expect("started").1
}

/// Exports all flows of OpenTelemetry's SDK.
pub(crate) fn flush_otel() {
    PROVIDER.get().expect("started").0.force_flush().expect("nothing can fail");
}

#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        std::hint::black_box(batch);
        Ok(())
    }
}

/// OpenTelemetry's SDK with the batch processor, which keeps all flows or none.
pub(crate) fn start_otel(all: bool) {
    // The queue has room for a whole section: it loses nothing, and the processor's thread sleeps
    // until a flush.
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(1 << 16)
        .with_max_export_batch_size(1 << 16)
        .with_scheduled_delay(NEVER)
        .build();
    let processor = BatchSpanProcessor::builder(Nowhere).with_batch_config(config).build();
    let provider = SdkTracerProvider::builder()
        .with_sampler(if all { Sampler::AlwaysOn } else { Sampler::AlwaysOff })
        .with_span_processor(processor)
        .build();
    let tracer = provider.tracer("benches");
    PROVIDER.set((provider, tracer)).expect("started once");
}

/// tracing on OpenTelemetry's SDK; a filter passes the spans of `#[instrument]`'s level, or rejects
/// them.
pub(crate) fn start_tracing_otel(lets_through: bool) {
    use tracing_subscriber::filter::LevelFilter;

    let level = if lets_through { LevelFilter::INFO } else { LevelFilter::ERROR };
    let layer = tracing_opentelemetry::layer().with_tracer(tracer().clone());
    let subscriber = tracing_subscriber::registry().with(level).with(layer);
    ::tracing::subscriber::set_global_default(subscriber).expect("set once");
}
