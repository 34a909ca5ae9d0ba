//! tracing-opentelemetry, on omegi's tracer.

use omegi_tests::outline_of;
use opentelemetry::trace::TracerProvider as _;
use tracing_subscriber::layer::SubscriberExt as _;

#[omegi::instrument_crate]
mod shop {
    pub(crate) fn order() {
        tracing::info_span!("query", rows = 3).in_scope(|| {
            row();
            tracing::info_span!("decode").in_scope(leaf);
        });
        leaf();
    }

    #[omegi::traced]
    fn row() {
        tracing::info_span!("decode").in_scope(|| {
            leaf();
            tracing::info!("decoded");
        });
    }

    #[omegi::traced]
    pub(crate) fn leaf() {}
}

fn with_layer(program: impl FnOnce()) {
    let tracer = omegi::otel::tracer_provider().tracer("tracing");
    let layer = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_level(false)
        .with_target(false)
        .with_tracked_inactivity(false);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), program);
}

#[test]
fn its_spans_and_functions_nest_both_ways() {
    assert_eq!(
        outline_of(|| with_layer(shop::order)),
        "\
tracing::shop::order
  query(rows=3)
    tracing::shop::row
      decode
        * decoded(level=INFO, target=otel::tracing::shop)
        tracing::shop::leaf
    decode
      tracing::shop::leaf
  tracing::shop::leaf
"
    );
}

#[test]
fn its_spans_may_be_the_root() {
    let outline = outline_of(|| {
        with_layer(|| tracing::info_span!("request").in_scope(shop::order));
    });
    assert!(outline.starts_with("request\n  tracing::shop::order\n    query(rows=3)\n"), "{outline}");
}
