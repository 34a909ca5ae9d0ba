//! The runtime without the cargo feature `enable`: the same functions, empty.

use std::borrow::Cow;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

use crate::propagation::{Headers, HeadersMut};
use crate::{
    ArgumentMode, Attribute, ClockMode, CountedErrors, ErrorSeen, Exporter, ExporterKind, Health, InitError,
    Propagator, Sampler, SpanId, TraceContext, TraceId, Value,
};

macro_rules! ignored {
    ($($setting:ident($value:ty);)*) => {$(
        /// Ignored: the feature `enable` is off.
        #[inline]
        pub fn $setting(self, _: $value) -> Self {
            self
        }
    )*};
}

/// The guard that [`init`] returns. Does nothing.
#[derive(Debug)]
#[must_use = "keep it in a variable until the end of main, as with the feature `enable`"]
pub struct Guard(());

/// Does nothing: the feature `enable` is off.
#[inline]
pub fn init() -> Guard {
    Guard(())
}

/// Returns `true`: there is nothing to export.
#[inline]
pub fn flush(_timeout: Duration) -> bool {
    true
}

/// Returns counts of zero: nothing is recorded.
#[inline]
#[must_use]
pub fn health() -> Health {
    Health::default()
}

/// Returns nothing: no header is read.
#[inline]
pub fn extract_with(_propagators: &[Propagator], _headers: &dyn Headers) -> Option<TraceContext> {
    None
}

/// Does nothing: no header is written.
#[inline]
pub fn inject_with(_propagators: &[Propagator], _context: &TraceContext, _headers: &mut dyn HeadersMut) {}

/// Returns nothing: no header is written.
#[inline]
#[must_use]
pub fn fields(_propagators: &[Propagator]) -> Vec<&'static str> {
    Vec::new()
}

/// Returns nothing: no flow is kept.
#[inline]
#[must_use]
pub fn kept_response(_trace_id: TraceId, _span_id: SpanId) -> String {
    String::new()
}

/// Returns nothing: no header is read.
#[inline]
pub fn says_kept(_headers: &dyn Headers) -> Option<(TraceId, SpanId)> {
    None
}

/// Returns nothing: no header is read.
#[inline]
pub fn extract(_headers: &dyn Headers) -> Option<TraceContext> {
    None
}

/// Does nothing: no header is written.
#[inline]
pub fn inject(_headers: &mut dyn HeadersMut) {}

/// Does nothing: no flow is kept.
#[inline]
pub fn tell_kept(_headers: &mut dyn HeadersMut) {}

/// Returns `false`: no flow can be kept.
#[inline]
pub fn hear_kept(_headers: &dyn Headers) -> bool {
    false
}

/// Returns the work as it is: there are no flows.
#[inline]
pub fn in_flow<W>(work: W) -> W {
    work
}

/// Returns the work as it is: there are no flows.
#[inline]
pub fn in_trace<W>(_came: TraceContext, work: W) -> W {
    work
}

/// Does nothing: there are no flows.
#[inline]
pub fn tag(_: impl Into<Cow<'static, str>>, _: impl Into<Value>) {}

/// Returns a span that records nothing.
#[inline]
#[must_use]
pub fn current() -> Current {
    Current(())
}

/// A span that records nothing.
#[derive(Clone, Copy, Debug)]
pub struct Current(());

impl Current {
    ignored! {
        name(impl Into<Cow<'static, str>>);
        link(&TraceContext);
    }

    /// Ignored: the feature `enable` is off.
    #[inline]
    pub fn tag(self, _: impl Into<Cow<'static, str>>, _: impl Into<Value>) -> Self {
        self
    }

    /// Ignored: the feature `enable` is off.
    #[inline]
    pub fn exception<E: Error + ?Sized>(self, _: &E) -> Self {
        self
    }

    /// Ignored: the feature `enable` is off.
    #[inline]
    pub fn fail<E: Error + ?Sized>(self, _: &E) -> Self {
        self
    }

    /// Ignored: the feature `enable` is off.
    #[inline]
    pub fn ok(self) -> Self {
        self
    }

    /// Ignored: the feature `enable` is off.
    #[inline]
    pub fn link_with(self, _: &TraceContext, _: impl IntoIterator<Item = Attribute>) -> Self {
        self
    }

    /// Ignored: the feature `enable` is off.
    #[inline]
    pub fn attribute(self, _: impl Into<Cow<'static, str>>, _: impl Into<Value>) -> Self {
        self
    }

    /// Ignored: the feature `enable` is off.
    #[inline]
    pub fn event(self, _: impl Into<Cow<'static, str>>, _: impl IntoIterator<Item = Attribute>) -> Self {
        self
    }

    /// Ignored: the feature `enable` is off.
    #[inline]
    pub fn keep(self) -> Self {
        self
    }

    /// Returns nothing: there is no trace.
    #[inline]
    #[must_use]
    pub fn context(self) -> Option<TraceContext> {
        None
    }
}

/// Returns the current context as it is: there are no flows.
#[cfg(feature = "otel")]
#[inline]
#[must_use]
pub fn otel_context() -> opentelemetry::Context {
    opentelemetry::Context::current()
}

/// Returns settings that are not read.
#[inline]
pub fn builder() -> Builder {
    Builder(())
}

/// Settings that are not read; made by [`builder`].
#[derive(Debug, Default)]
#[must_use = "nothing is started before `init`"]
pub struct Builder(());

impl Builder {
    ignored! {
        service_name(impl Into<String>);
        flow_rate(u64);
        export_to(&[ExporterKind]);
        exporter(impl Exporter + 'static);
        propagators(&[Propagator]);
        arguments(ArgumentMode);
        memory(usize);
        flush_timeout(Duration);
        health_metrics(bool);
        flow_wait(Duration);
        flow_open(Duration);
        sampler(Sampler);
        token(impl Into<String>);
        dependencies(&str);
        counted_errors(CountedErrors);
        error_limit(u64);
        spool(impl AsRef<Path>);
        spool_size(u64);
        error_filter(impl Fn(&ErrorSeen<'_>) -> bool + Send + Sync + 'static);
        clock(ClockMode);
        spans_per_flow(usize);
        seed_ids(u64);
    }

    /// Ignored: the feature `enable` is off.
    #[inline]
    pub fn variable(self, _: impl Into<Cow<'static, str>>, _: impl Into<String>) -> Self {
        self
    }

    /// Ignored: the feature `enable` is off.
    #[inline]
    pub fn resource(self, _: impl Into<Cow<'static, str>>, _: impl Into<Value>) -> Self {
        self
    }

    #[cfg(feature = "otel")]
    ignored! {
        install_otel(bool);
    }

    /// Ignored: the feature `enable` is off.
    #[inline]
    pub fn flush_on_signals(self) -> Self {
        self
    }

    /// Does nothing: the feature `enable` is off.
    #[inline]
    pub fn init(self) -> Guard {
        init()
    }

    /// Does nothing: the feature `enable` is off.
    ///
    /// # Errors
    ///
    /// Returns none.
    #[inline]
    pub fn try_init(self) -> Result<Guard, InitError> {
        Ok(init())
    }
}

/// Returns a layer that does nothing: the feature `enable` is off.
#[cfg(feature = "tracing")]
#[inline]
#[must_use]
pub fn tracing_layer() -> TracingLayer {
    TracingLayer(())
}

/// A layer that does nothing: the feature `enable` is off. Made by [`tracing_layer`].
#[cfg(feature = "tracing")]
#[derive(Clone, Debug)]
pub struct TracingLayer(());

#[cfg(feature = "tracing")]
impl TracingLayer {
    /// Ignored: the feature `enable` is off.
    #[inline]
    #[must_use]
    pub fn fail_on_error_events(self, _: bool) -> Self {
        self
    }
}

#[cfg(feature = "tracing")]
impl<S: tracing_core::Subscriber> tracing_subscriber::Layer<S> for TracingLayer {}
