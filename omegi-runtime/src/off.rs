//! The runtime without the cargo feature `enable`: the same functions, empty.
//!
//! Each item has the description of its twin, which is there with the feature. Editors show these
//! descriptions, because the feature is off by default.

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
    ($($(#[$attribute:meta])* fn $setting:ident(self, _: $value:ty);)*) => {$(
        $(#[$attribute])*
        ///
        /// The feature `enable` is off: does nothing.
        #[inline]
        pub fn $setting(self, _: $value) -> Self {
            self
        }
    )*};
}

/// Exports pending flows when it is dropped, and waits for that up to `OTEL_BSP_EXPORT_TIMEOUT` (5
/// s).
///
/// The feature `enable` is off: there are none, and this does nothing.
#[derive(Debug)]
#[must_use = "keep it in a variable until the end of main, as with the feature `enable`"]
pub struct Guard(());

/// Starts omegi with the settings of the environment, until the end of the program.
///
/// The feature `enable` is off: does nothing.
#[inline]
pub fn init() -> Guard {
    Guard(())
}

/// Exports all flows that are decided by now, and those that are open and hold errors, as they
/// stand. Returns whether every exporter finished within `timeout`; also `true` if omegi is not
/// started.
///
/// The feature `enable` is off: returns `true`, because there is nothing to export.
#[inline]
pub fn flush(_timeout: Duration) -> bool {
    true
}

/// Returns the counts of recorded, exported and dropped flows since the start of the process.
///
/// The feature `enable` is off: all counts are zero.
#[inline]
#[must_use]
pub fn health() -> Health {
    Health::default()
}

/// Reads the caller's span and its baggage from headers. Returns `None` where they have neither.
///
/// The feature `enable` is off: returns `None`, and reads no header.
#[inline]
pub fn extract_with(_propagators: &[Propagator], _headers: &dyn Headers) -> Option<TraceContext> {
    None
}

/// Writes the calling span and its baggage into headers. A context without a trace has baggage
/// alone.
///
/// The feature `enable` is off: writes nothing.
#[inline]
pub fn inject_with(_propagators: &[Propagator], _context: &TraceContext, _headers: &mut dyn HeadersMut) {}

/// Returns the names of the headers that [`inject_with`] may write, in lower case.
///
/// The feature `enable` is off: returns no names.
#[inline]
#[must_use]
pub fn fields(_propagators: &[Propagator]) -> Vec<&'static str> {
    Vec::new()
}

/// Returns the value of the header `server-timing` by which a service reports that it keeps its
/// part of a flow, which began with this span. The header may occur several times: append it.
///
/// The feature `enable` is off: returns an empty text, because no flow is kept.
#[inline]
#[must_use]
pub fn kept_response(_trace_id: TraceId, _span_id: SpanId) -> String {
    String::new()
}

/// Returns the trace and the span of the called service, if the headers of its response report that
/// it keeps its part of the flow.
///
/// The feature `enable` is off: returns `None`, and reads no header.
#[inline]
pub fn says_kept(_headers: &dyn Headers) -> Option<(TraceId, SpanId)> {
    None
}

/// Reads the trace of a request or message from its headers, in the formats that `OTEL_PROPAGATORS`
/// names. [`in_trace`](crate::in_trace) continues it. Returns `None` where the headers name none,
/// and before `init`.
///
/// The feature `enable` is off: returns `None`, and reads no header.
#[inline]
pub fn extract(_headers: &dyn Headers) -> Option<TraceContext> {
    None
}

/// Writes the active span into the headers of a request or message, in all formats that
/// `OTEL_PROPAGATORS` names. Writes nothing outside of all flows.
///
/// The feature `enable` is off: writes nothing.
#[inline]
pub fn inject(_headers: &mut dyn HeadersMut) {}

/// Writes into the headers of a response that the active flow is kept because of an error or on
/// request, if it is: then the services that the request came through keep their parts too.
///
/// The feature `enable` is off: writes nothing, because no flow is kept.
#[inline]
pub fn tell_kept(_headers: &mut dyn HeadersMut) {}

/// Reads in the headers of a response whether the service that answered keeps its part of the trace
/// because of an error. If so, keeps the active flow too, and returns `true`.
///
/// The feature `enable` is off: returns `false`.
#[inline]
pub fn hear_kept(_headers: &dyn Headers) -> bool {
    false
}

/// Makes `work` part of the active flow: a closure, a future, or with the feature `stream` a
/// stream.
///
/// The feature `enable` is off: returns the work as it is.
#[inline]
pub fn in_flow<W>(work: W) -> W {
    work
}

/// Makes `work` part of the trace of a message or a request, as layers for servers do.
///
/// The feature `enable` is off: returns the work as it is.
#[inline]
pub fn in_trace<W>(_came: TraceContext, work: W) -> W {
    work
}

/// Tags the whole active flow: as [`Current::tag`] does, on the local root.
///
/// The feature `enable` is off: does nothing.
#[inline]
pub fn tag(_: impl Into<Cow<'static, str>>, _: impl Into<Value>) {}

/// Returns the active span: that of the function that calls this. See [`Current`].
///
/// The feature `enable` is off: returns a span that records nothing.
#[inline]
#[must_use]
pub fn current() -> Current {
    Current(())
}

/// The innermost span that is active when one of these methods is called. Outside of all flows they
/// do nothing.
///
/// The feature `enable` is off: they do nothing anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Current(());

impl Current {
    ignored! {
        /// Names the span `name`, instead of the function's path.
        fn name(self, _: impl Into<Cow<'static, str>>);
        /// Adds a link to a span of another flow.
        fn link(self, _: &TraceContext);
    }

    /// Adds a tag: the attribute `omegi.tag.<key>`, for people to find flows by. Several values of
    /// one key accumulate in it.
    ///
    /// The feature `enable` is off: does nothing.
    #[inline]
    pub fn tag(self, _: impl Into<Cow<'static, str>>, _: impl Into<Value>) -> Self {
        self
    }

    /// Adds an `exception` event: an error that the function meets, and does not return. The span
    /// does not fail, and the flow is not kept for it; [`fail`](Self::fail) does both.
    ///
    /// The feature `enable` is off: does nothing.
    #[inline]
    pub fn exception<E: Error + ?Sized>(self, _: &E) -> Self {
        self
    }

    /// Fails the span, as if the function returned this error here: the status is that of an error,
    /// the error has its event and its path, and the flow is kept. If the function then returns it,
    /// it is the same error.
    ///
    /// The feature `enable` is off: does nothing.
    #[inline]
    pub fn fail<E: Error + ?Sized>(self, _: &E) -> Self {
        self
    }

    /// Sets the status `Ok`, which no error changes any more ([OpenTelemetry]). A flow in which
    /// something failed is kept all the same.
    ///
    /// The feature `enable` is off: does nothing.
    ///
    /// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
    #[inline]
    pub fn ok(self) -> Self {
        self
    }

    /// Adds a link to a span of another flow, with attributes that describe the relation.
    ///
    /// The feature `enable` is off: does nothing.
    #[inline]
    pub fn link_with(self, _: &TraceContext, _: impl IntoIterator<Item = Attribute>) -> Self {
        self
    }

    /// Sets an attribute.
    ///
    /// The feature `enable` is off: does nothing.
    #[inline]
    pub fn attribute(self, _: impl Into<Cow<'static, str>>, _: impl Into<Value>) -> Self {
        self
    }

    /// Adds an event that happens now.
    ///
    /// The feature `enable` is off: does nothing.
    #[inline]
    pub fn event(self, _: impl Into<Cow<'static, str>>, _: impl IntoIterator<Item = Attribute>) -> Self {
        self
    }

    /// Keeps the whole flow, whatever the sampling decision.
    ///
    /// The feature `enable` is off: does nothing.
    #[inline]
    pub fn keep(self) -> Self {
        self
    }

    /// Returns the context that a request of this span carries to another service. `None` outside
    /// of all flows.
    ///
    /// The feature `enable` is off: returns `None`.
    #[inline]
    #[must_use]
    pub fn context(self) -> Option<TraceContext> {
        None
    }
}

/// Returns OpenTelemetry's current context with the active function as its span. For code that
/// passes contexts on itself, to another thread or to a library that takes one.
///
/// The feature `enable` is off: returns OpenTelemetry's current context as it is.
#[cfg(feature = "otel")]
#[inline]
#[must_use]
pub fn otel_context() -> opentelemetry::Context {
    opentelemetry::Context::current()
}

/// Returns a builder for settings in code, which hold if the environment leaves them unset.
///
/// The feature `enable` is off: nothing reads the settings.
#[inline]
pub fn builder() -> Builder {
    Builder(())
}

/// Settings in code; made by [`builder`].
///
/// The feature `enable` is off: nothing reads them.
#[derive(Debug, Default)]
#[must_use = "nothing is started before `init`"]
pub struct Builder(());

impl Builder {
    ignored! {
        /// Sets the resource's `service.name` (`OMEGI_SERVICE_NAME`).
        fn service_name(self, _: impl Into<String>);
        /// Keeps 1 in `n` flows that had no error; 1 keeps all, 0 only flows with an error
        /// (`OMEGI_FLOW_RATE`).
        fn flow_rate(self, _: u64);
        /// Sets the exporters of kept flows, besides exporters of your own (`OMEGI_EXPORTER_KIND`);
        /// none if the list is empty.
        fn export_to(self, _: &[ExporterKind]);
        /// Adds an exporter of your own. omegi's own exporters are then used only on request: by
        /// the environment or code, if only by an OTLP endpoint.
        fn exporter(self, _: impl Exporter + 'static);
        /// Sets the headers that carry traces between services, in the order in which they are read
        /// (`OTEL_PROPAGATORS`); none if the list is empty.
        fn propagators(self, _: &[Propagator]);
        /// Sets the recording of arguments of functions whose attribute does not set it
        /// (`OMEGI_ARGS`).
        fn arguments(self, _: ArgumentMode);
        /// Bounds everything that is recorded and not yet exported, in bytes (`OMEGI_MEMORY`). At
        /// least 1 MiB.
        fn memory(self, _: usize);
        /// Sets the longest time that the end of the program waits for exporters
        /// (`OTEL_BSP_EXPORT_TIMEOUT`). In whole milliseconds; 0 is no limit.
        fn flush_timeout(self, _: Duration);
        /// Exports the figures of [`health`](crate::health) as metrics, every minute and at the end
        /// of the program. Needs the cargo feature `otlp`.
        fn health_metrics(self, _: bool);
        /// Sets the longest time that the ended part of a flow waits for its tasks and threads
        /// (`OMEGI_FLOW_WAIT`). In whole milliseconds.
        fn flow_wait(self, _: Duration);
        /// Sets the time for which a span may stay open until each of its finished children is a
        /// flow of its own, linked to it (`OMEGI_FLOW_OPEN`). In whole milliseconds; 0 is never.
        fn flow_open(self, _: Duration);
        /// Sets the sampler of flows without an error, for programs without a flow rate
        /// (`OTEL_TRACES_SAMPLER`).
        fn sampler(self, _: Sampler);
        /// Sets the credential for backends (`OMEGI_TOKEN`).
        fn token(self, _: impl Into<String>);
        /// Adds the resource attribute `omegi.dependencies` (`anyhow 1.0.102, axum 0.8.6`): the
        /// packages of the program's `Cargo.lock` that come from other sources than its workspace.
        fn dependencies(self, _: &str);
        /// Sets the errors for which a flow is kept in spite of sampling (`OMEGI_ERRORS`).
        fn counted_errors(self, _: CountedErrors);
        /// Keeps at most `flows` flows a minute for the same kind of error, and counts the others;
        /// 0 is no limit (`OMEGI_ERROR_LIMIT`).
        fn error_limit(self, _: u64);
        /// Sets a folder for flows with an error (`OMEGI_SPOOL`). They wait there while a backend
        /// is down, if they fill half of the memory or the program ends. Processes may share it.
        fn spool(self, _: impl AsRef<Path>);
        /// Bounds the files of one process in the spool, in bytes (`OMEGI_SPOOL_SIZE`). At least 1
        /// MiB.
        fn spool_size(self, _: u64);
        /// Sets a rule that decides for which errors a flow is kept in spite of sampling. A flow
        /// that is kept for another reason shows all its errors. The rule applies besides that of
        /// [`counted_errors`](Self::counted_errors).
        fn error_filter(self, _: impl Fn(&ErrorSeen<'_>) -> bool + Send + Sync + 'static);
        /// Sets the times at which the clock is read.
        fn clock(self, _: ClockMode);
        /// Sets the largest number of spans of one flow that are recorded one by one; calls beyond
        /// are summarised. The default is as many as fill a 64th of the memory bound: 32,768.
        fn spans_per_flow(self, _: usize);
        /// Draws all ids from this seed, for tests: a program of one thread has the same ids each
        /// time it runs.
        fn seed_ids(self, _: u64);
    }

    /// Sets the environment variable `name` in code: every documented variable can be set like
    /// this.
    ///
    /// The feature `enable` is off: does nothing.
    #[inline]
    pub fn variable(self, _: impl Into<Cow<'static, str>>, _: impl Into<String>) -> Self {
        self
    }

    /// Adds an attribute of the resource, which every flow carries. `OTEL_RESOURCE_ATTRIBUTES`
    /// wins.
    ///
    /// The feature `enable` is off: does nothing.
    #[inline]
    pub fn resource(self, _: impl Into<Cow<'static, str>>, _: impl Into<Value>) -> Self {
        self
    }

    #[cfg(feature = "otel")]
    ignored! {
        /// Sets whether omegi becomes the program's OpenTelemetry tracer provider
        /// (`opentelemetry::global`). The default is `true`. A provider that is set later replaces
        /// it.
        fn install_otel(self, _: bool);
    }

    /// Exports decided flows when SIGTERM or SIGINT ends the program (`OMEGI_SIGNALS`). Needs the
    /// cargo feature `signals`, and a Unix.
    ///
    /// The feature `enable` is off: does nothing.
    #[inline]
    pub fn flush_on_signals(self) -> Self {
        self
    }

    /// Starts omegi; see [`init`].
    ///
    /// The feature `enable` is off: does nothing.
    #[inline]
    pub fn init(self) -> Guard {
        init()
    }

    /// Starts omegi, unless the settings hold a value that cannot be used. Settings without effect
    /// are reported on stderr.
    ///
    /// The feature `enable` is off: does nothing.
    ///
    /// # Errors
    ///
    /// None.
    #[inline]
    pub fn try_init(self) -> Result<Guard, InitError> {
        Ok(init())
    }
}

/// Returns a layer that records `tracing`'s spans and events into the flow; see [`TracingLayer`].
///
/// The feature `enable` is off: returns a layer that does nothing.
#[cfg(feature = "tracing")]
#[inline]
#[must_use]
pub fn tracing_layer() -> TracingLayer {
    TracingLayer(())
}

/// Records `tracing`'s spans and events into the flow. Add it to a `tracing_subscriber::Registry`.
/// Made by [`tracing_layer`].
///
/// The feature `enable` is off: it records nothing.
#[cfg(feature = "tracing")]
#[derive(Clone, Debug)]
pub struct TracingLayer(());

#[cfg(feature = "tracing")]
impl TracingLayer {
    /// Sets whether an event of the level ERROR fails its span, so that the flow is kept
    /// independently of sampling. Off by default: programs log errors that they have handled.
    ///
    /// The feature `enable` is off: does nothing.
    #[inline]
    #[must_use]
    pub fn fail_on_error_events(self, _: bool) -> Self {
        self
    }
}

#[cfg(feature = "tracing")]
impl<S: tracing_core::Subscriber> tracing_subscriber::Layer<S> for TracingLayer {}
