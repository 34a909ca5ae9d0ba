//! Requests of libraries with the id of the function that sends them.

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

use super::context;

/// A propagator that sees the active function: where no OpenTelemetry span is newer, `P` writes the
/// function into the request that it sends.
///
/// Without it, a request of a function names the OpenTelemetry span around the function, or none.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::otel::Propagator;
/// use opentelemetry::global;
/// use opentelemetry::propagation::TextMapCompositePropagator;
///
/// let propagators = Vec::new(); // of the SDK: TraceContextPropagator and others
/// global::set_text_map_propagator(Propagator::new(TextMapCompositePropagator::new(propagators)));
/// ```
#[derive(Clone, Debug)]
pub struct Propagator<P>(P);

impl<P: TextMapPropagator> Propagator<P> {
    /// Wraps `propagator`, which then sees the active function.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::collections::HashMap;
    ///
    /// use omegi::otel::Propagator;
    /// use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator as _};
    ///
    /// let propagator = Propagator::new(TextMapCompositePropagator::new(Vec::new()));
    /// let mut headers = HashMap::new();
    /// propagator.inject(&mut headers);
    /// assert!(headers.is_empty()); // no formats, no headers
    /// ```
    pub const fn new(propagator: P) -> Self {
        Self(propagator)
    }
}

impl<P: TextMapPropagator> TextMapPropagator for Propagator<P> {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        match context::newest(cx) {
            Some(newest) => self.0.inject_context(&newest, injector),
            None => self.0.inject_context(cx, injector),
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        self.0.extract_with_context(cx, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        self.0.fields()
    }
}
