//! The tracer provider and its tracers, which make spans for OpenTelemetry's API.

use std::borrow::Cow;

use opentelemetry::trace::{self, SpanBuilder, TraceContextExt as _};
use opentelemetry::{Context, InstrumentationScope};

use super::context;
use super::span::Span;

/// Returns omegi as a tracer provider. [`init`](crate::init) makes it the program's, unless
/// [`install_otel`](crate::Builder::install_otel) is `false`: then install this one where you want
/// it.
///
/// ```
/// # use omegi_runtime as omegi;
/// use opentelemetry::trace::{Tracer as _, TracerProvider as _};
///
/// let tracer = omegi::otel::tracer_provider().tracer("shop");
/// let answer = tracer.in_span("think", |_| 6 * 7);
/// assert_eq!(answer, 42);
/// ```
#[must_use]
pub fn tracer_provider() -> TracerProvider {
    context::watch();
    TracerProvider(())
}

/// omegi as OpenTelemetry's tracer provider ([specification]). Made by [`tracer_provider`].
///
/// ```
/// # use omegi_runtime as omegi;
/// use opentelemetry::global;
///
/// // A program that decides by itself when omegi becomes the provider.
/// let _omegi = omegi::builder().install_otel(false).init();
/// global::set_tracer_provider(omegi::otel::tracer_provider());
/// ```
///
/// [specification]: https://opentelemetry.io/docs/specs/otel/trace/api/#tracerprovider
#[derive(Clone, Debug)]
pub struct TracerProvider(());

impl trace::TracerProvider for TracerProvider {
    type Tracer = Tracer;

    fn tracer(&self, _name: impl Into<Cow<'static, str>>) -> Tracer {
        Tracer(())
    }

    fn tracer_with_scope(&self, _scope: InstrumentationScope) -> Tracer {
        Tracer(())
    }
}

/// omegi as OpenTelemetry's tracer ([specification]). Made by a [`TracerProvider`].
///
/// The parent of a span is the one in its context. Where that is the current context, and the
/// active function is newer than the span in it, the parent is the function.
///
/// ```
/// # use omegi_runtime as omegi;
/// use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
///
/// let tracer: omegi::otel::Tracer = omegi::otel::tracer_provider().tracer("shop");
/// let mut span = tracer.start("checkout");
/// span.end();
/// ```
///
/// [specification]: https://opentelemetry.io/docs/specs/otel/trace/api/#tracer
#[derive(Clone, Debug)]
pub struct Tracer(());

impl trace::Tracer for Tracer {
    type Span = Span;

    fn build_with_context(&self, builder: SpanBuilder, parent_cx: &Context) -> Span {
        Span::build(builder, parent_cx.span().span_context(), parent_cx.is_telemetry_suppressed())
    }
}
