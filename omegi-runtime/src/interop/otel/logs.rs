//! Logs with the ids of the function that makes them.

use std::borrow::Cow;

use opentelemetry::logs::{self, LogRecord as _, Severity};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, InstrumentationScope};

use super::context;

/// A logger provider whose logs carry the ids of the function that makes them, where no
/// OpenTelemetry span is newer.
///
/// Wrap the SDK's provider in it where a bridge for logs is built
/// (`OpenTelemetryTracingBridge::new`, `OpenTelemetryLogBridge::new`). Ids that are set by hand are
/// left alone.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::otel::LoggerProvider;
///
/// fn provider<P: opentelemetry::logs::LoggerProvider>(sdk: P) -> LoggerProvider<P> {
///     LoggerProvider::new(sdk)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct LoggerProvider<P>(P);

impl<P: logs::LoggerProvider> LoggerProvider<P> {
    /// Wraps `provider`: its logs carry the ids of the function that makes them.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::otel::LoggerProvider;
    /// use opentelemetry::logs::{NoopLoggerProvider, LoggerProvider as _};
    ///
    /// let provider = LoggerProvider::new(NoopLoggerProvider::new()); // in a program, the SDK's
    /// let logger = provider.logger("shop");
    /// # drop(logger);
    /// ```
    pub const fn new(provider: P) -> Self {
        Self(provider)
    }

    /// Returns the wrapped provider, to flush it or to shut it down.
    pub const fn inner(&self) -> &P {
        &self.0
    }
}

impl<P: logs::LoggerProvider> logs::LoggerProvider for LoggerProvider<P> {
    type Logger = Logger<P::Logger>;

    fn logger(&self, name: impl Into<Cow<'static, str>>) -> Self::Logger {
        Logger(self.0.logger(name))
    }

    fn logger_with_scope(&self, scope: InstrumentationScope) -> Self::Logger {
        Logger(self.0.logger_with_scope(scope))
    }
}

/// A logger whose logs carry the ids of the function that makes them. Made by a [`LoggerProvider`].
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::otel::Logger;
/// use opentelemetry::logs::{self, LogRecord as _, Logger as _};
///
/// /// Writes a log record, with the ids of the function that calls this.
/// fn log<L: logs::Logger>(logger: &Logger<L>, text: &'static str) {
///     let mut record = logger.create_log_record();
///     record.set_body(text.into());
///     logger.emit(record);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Logger<L>(L);

impl<L: logs::Logger> logs::Logger for Logger<L> {
    type LogRecord = L::LogRecord;

    fn create_log_record(&self) -> L::LogRecord {
        let mut record = self.0.create_log_record();
        let function =
            Context::map_current(|current| context::function_newer_than(current.span().span_context()));
        if let Some(function) = function {
            record.set_trace_context(function.trace_id(), function.span_id(), Some(function.trace_flags()));
        }
        record
    }

    fn emit(&self, record: L::LogRecord) {
        self.0.emit(record);
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.0.event_enabled(level, target, name)
    }
}
