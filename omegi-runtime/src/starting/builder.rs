//! Settings in code.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::collecting::resource::dependencies;
use crate::exporting::Exporter;
use crate::settings::{
    self, ArgumentMode, ClockMode, CodeSettable, CodeValues, CountedErrors, ExporterKind, FlowRate,
    InitError, MetricExporter, Propagator, Sampler, SecretText, SettingsError, Variable,
};
use crate::vocabulary::say::say;
use crate::vocabulary::{Attribute, ErrorSeen, Value};

use super::code_only::CodeOnlySettings;
use super::guard::Guard;
use super::launch::launch;

/// Starts omegi with the settings of the environment, until the end of the program.
///
/// Reads `OMEGI_*` and `OTEL_*`. A value that cannot be used is reported in one line on stderr,
/// with the value that is used instead. A second call changes nothing, and reports that. With the
/// feature `autostart` the first instrumented call may have started omegi before; then this returns
/// a guard of that.
///
/// ```
/// # use omegi_runtime as omegi;
/// let _omegi = omegi::init();
/// ```
pub fn init() -> Guard {
    builder().init()
}

/// Returns a builder for settings in code, which hold if the environment leaves them unset.
///
/// ```
/// # use omegi_runtime as omegi;
/// let _omegi = omegi::builder().service_name("shop").flow_rate(100).init();
/// ```
pub fn builder() -> Builder {
    Builder::default()
}

/// Settings in code; made by [`builder`].
///
/// The environment wins: it belongs to the deployer, who knows more than the author.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{ExporterKind, Propagator, Sampler};
/// use std::time::Duration;
///
/// let builder = omegi::builder()
///     .service_name("shop")
///     .export_to(&[ExporterKind::File])
///     .propagators(&[Propagator::TraceContext])
///     .sampler(Sampler::TraceIdRatio(0.01))
///     .memory(32 << 20)
///     .spool("/var/spool/shop")
///     .spool_size(1 << 30)
///     .flush_timeout(Duration::from_secs(2));
/// # drop(builder);
/// ```
#[derive(Default)]
#[must_use = "nothing is started before `init`"]
pub struct Builder {
    variables: CodeValues,
    code_only: CodeOnlySettings,
    /// The program's own exporters.
    exporters: Vec<Box<dyn Exporter>>,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("variables", &self.variables.names().collect::<Vec<_>>())
            .field("clock", &self.code_only.clock)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// Sets the resource's `service.name` (`OMEGI_SERVICE_NAME`).
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// // A deployer can still set another name, by `OMEGI_SERVICE_NAME`.
    /// let _omegi = omegi::builder().service_name("checkout").init();
    /// ```
    pub fn service_name(self, name: impl Into<String>) -> Self {
        self.set(&settings::SERVICE_NAME, name.into())
    }

    /// Adds an attribute of the resource, which every flow carries. `OTEL_RESOURCE_ATTRIBUTES`
    /// wins.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let version = env!("CARGO_PKG_VERSION");
    /// let builder = omegi::builder().resource("service.version", version);
    /// ```
    pub fn resource(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        let attribute = Attribute::new(key, value);
        if attribute.key == "service.name" {
            return self.service_name(attribute.value.to_string());
        }
        self.code_only.resource.push(attribute);
        self
    }

    /// Adds the resource attribute `omegi.dependencies` (`anyhow 1.0.102, axum 0.8.6`): the
    /// packages of the program's `Cargo.lock` that come from other sources than its workspace.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// # macro_rules! include_str { ($path:literal) => { "" } }
    /// let builder = omegi::builder().dependencies(include_str!("../Cargo.lock"));
    /// ```
    pub fn dependencies(self, cargo_lock: &str) -> Self {
        let dependencies = dependencies::of_lock(cargo_lock);
        if dependencies.is_empty() { self } else { self.resource("omegi.dependencies", dependencies) }
    }

    /// Keeps 1 in `n` flows that had no error; 1 keeps all, 0 only flows with an error
    /// (`OMEGI_FLOW_RATE`).
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// // A test keeps every flow.
    /// let memory = omegi::MemoryExporter::new();
    /// let _omegi = omegi::builder().flow_rate(1).exporter(memory.clone()).init();
    /// ```
    pub fn flow_rate(self, n: u64) -> Self {
        self.set(&settings::FLOW_RATE, FlowRate::one_in(n))
    }

    /// Sets the sampler of flows without an error, for programs without a flow rate
    /// (`OTEL_TRACES_SAMPLER`).
    ///
    /// A ratio outside of 0 to 1 is a value that cannot be used.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::Sampler;
    ///
    /// let builder = omegi::builder().sampler(Sampler::TraceIdRatio(0.05)); // 1 in 20
    /// assert!(builder.try_init().is_ok());
    /// ```
    pub fn sampler(self, sampler: Sampler) -> Self {
        let this = self.set(&settings::SAMPLER, sampler.into());
        match sampler.ratio() {
            Some(ratio) => this.set(&settings::SAMPLER_ARG, ratio),
            None => this,
        }
    }

    /// Sets the errors for which a flow is kept in spite of sampling (`OMEGI_ERRORS`).
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::CountedErrors;
    ///
    /// // Also flows whose answer blames the caller are kept.
    /// let builder = omegi::builder().counted_errors(CountedErrors::Any);
    /// # drop(builder);
    /// ```
    pub fn counted_errors(self, errors: CountedErrors) -> Self {
        self.set(&settings::ERRORS, errors)
    }

    /// Sets a rule that decides for which errors a flow is kept in spite of sampling. A flow that
    /// is kept for another reason shows all its errors. The rule applies besides that of
    /// [`counted_errors`](Self::counted_errors).
    ///
    /// The rule runs when a flow has ended, on the thread that ended it. It runs once for each
    /// error of the flow, and again for an error that [does not quote](ErrorSeen) the one it was
    /// made from. Nothing that it calls is recorded. If it panics, the error counts.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let builder = omegi::builder()
    ///     .error_filter(|error| error.text.error_type != "shop::NotFound");
    /// # drop(builder);
    /// ```
    pub fn error_filter(mut self, counts: impl Fn(&ErrorSeen<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.code_only.error_filter = Some(Arc::new(counts));
        self
    }

    /// Keeps at most `flows` flows a minute for the same kind of error, and counts the others; 0 is
    /// no limit (`OMEGI_ERROR_LIMIT`).
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// // While the database is down, 10 flows a minute say so.
    /// let builder = omegi::builder().error_limit(10);
    /// # drop(builder);
    /// ```
    pub fn error_limit(self, flows: u64) -> Self {
        self.set(&settings::ERROR_LIMIT, NonZeroU64::new(flows))
    }

    /// Sets the exporters of kept flows, besides exporters of your own (`OMEGI_EXPORTER_KIND`);
    /// none if the list is empty.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::ExporterKind;
    ///
    /// let builder = omegi::builder().export_to(&[ExporterKind::Console]);
    /// let silent = omegi::builder().export_to(&[]);
    /// # drop((builder, silent));
    /// ```
    pub fn export_to(self, kinds: &[ExporterKind]) -> Self {
        self.set(&settings::EXPORTER_KIND, kinds.to_vec())
    }

    /// Adds an exporter of your own. omegi's own exporters are then used only on request: by the
    /// environment or code, if only by an OTLP endpoint.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let memory = omegi::MemoryExporter::new();
    /// let builder = omegi::builder().exporter(memory.clone());
    /// # drop(builder);
    /// ```
    pub fn exporter(mut self, exporter: impl Exporter + 'static) -> Self {
        self.exporters.push(Box::new(exporter));
        self
    }

    /// Sets the credential for backends (`OMEGI_TOKEN`).
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let builder = omegi::builder().token(read_secret("omegi-token"));
    /// assert!(!format!("{builder:?}").contains("s3cret"));
    ///
    /// fn read_secret(_name: &str) -> String {
    ///     "s3cret".to_owned() // from the vault of your platform
    /// }
    /// ```
    pub fn token(self, token: impl Into<String>) -> Self {
        self.set(&settings::TOKEN, SecretText::new(token))
    }

    /// Sets the headers that carry traces between services, in the order in which they are read
    /// (`OTEL_PROPAGATORS`); none if the list is empty.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::Propagator::{Baggage, Jaeger, TraceContext};
    ///
    /// // Callers still send the headers of Jaeger.
    /// let builder = omegi::builder().propagators(&[TraceContext, Baggage, Jaeger]);
    /// # drop(builder);
    /// ```
    pub fn propagators(self, propagators: &[Propagator]) -> Self {
        self.set(&settings::PROPAGATORS, propagators.to_vec())
    }

    /// Sets the recording of arguments of functions whose attribute does not set it (`OMEGI_ARGS`).
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let builder = omegi::builder().arguments(omegi::ArgumentMode::Always);
    /// # drop(builder);
    /// ```
    pub fn arguments(self, mode: ArgumentMode) -> Self {
        self.set(&settings::ARGS, mode)
    }

    /// Sets the times at which the clock is read.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let builder = omegi::builder().clock(omegi::ClockMode::Exact);
    /// # drop(builder);
    /// ```
    pub fn clock(mut self, mode: ClockMode) -> Self {
        self.code_only.clock = mode;
        self
    }

    /// Bounds everything that is recorded and not yet exported, in bytes (`OMEGI_MEMORY`). At least
    /// 1 MiB.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// // A small container: 16 MiB instead of 64 MiB.
    /// let builder = omegi::builder().memory(16 << 20);
    /// assert!(builder.try_init().is_ok());
    /// ```
    pub fn memory(self, bytes: usize) -> Self {
        self.set(&settings::MEMORY, bytes)
    }

    /// Sets the largest number of spans of one flow that are recorded one by one; calls beyond are
    /// summarised. The default is as many as fill a 64th of the memory bound: 32,768.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// // A batch job calls millions of functions in one flow: the first 100,000 have spans.
    /// let builder = omegi::builder().spans_per_flow(100_000);
    /// # drop(builder);
    /// ```
    pub fn spans_per_flow(mut self, limit: usize) -> Self {
        self.code_only.span_limit = Some(limit.max(1));
        self
    }

    /// Sets a folder for flows with an error (`OMEGI_SPOOL`). They wait there while a backend is
    /// down, if they fill half of the memory or the program ends. Processes may share it.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let folder = std::env::temp_dir().join("shop-spool");
    /// let builder = omegi::builder().spool(folder);
    /// # drop(builder);
    /// ```
    pub fn spool(self, folder: impl AsRef<Path>) -> Self {
        self.set(&settings::SPOOL, folder.as_ref().to_owned())
    }

    /// Bounds the files of one process in the spool, in bytes (`OMEGI_SPOOL_SIZE`). At least 1 MiB.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let builder = omegi::builder().spool("/var/spool/shop").spool_size(256 << 20); // 256 MiB
    /// # drop(builder);
    /// ```
    pub fn spool_size(self, bytes: u64) -> Self {
        self.set(&settings::SPOOL_SIZE, bytes)
    }

    /// Sets the longest time that the ended part of a flow waits for its tasks and threads
    /// (`OMEGI_FLOW_WAIT`). In whole milliseconds.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::time::Duration;
    ///
    /// // Requests start work that takes up to a minute.
    /// let builder = omegi::builder().flow_wait(Duration::from_secs(60));
    /// # drop(builder);
    /// ```
    pub fn flow_wait(self, wait: Duration) -> Self {
        self.set(&settings::FLOW_WAIT, wait)
    }

    /// Sets the time for which a span may stay open until each of its finished children is a flow
    /// of its own, linked to it (`OMEGI_FLOW_OPEN`). In whole milliseconds; 0 is never.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::time::Duration;
    ///
    /// // The whole run of a program stays one flow, however long it takes.
    /// let builder = omegi::builder().flow_open(Duration::ZERO);
    /// # drop(builder);
    /// ```
    pub fn flow_open(self, open: Duration) -> Self {
        self.set(&settings::FLOW_OPEN, open)
    }

    /// Sets the longest time that the end of the program waits for exporters
    /// (`OTEL_BSP_EXPORT_TIMEOUT`). In whole milliseconds; 0 is no limit.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::time::Duration;
    ///
    /// // A command line tool waits a second at most.
    /// let _omegi = omegi::builder().flush_timeout(Duration::from_secs(1)).init();
    /// ```
    pub fn flush_timeout(self, timeout: Duration) -> Self {
        self.set(&settings::FLUSH_TIMEOUT, timeout)
    }

    /// Exports decided flows when SIGTERM or SIGINT ends the program (`OMEGI_SIGNALS`). Needs the
    /// cargo feature `signals`, and a Unix.
    ///
    /// The program then dies of the signal as usual, and of a second signal at once. A handler that
    /// the program has at the time of `init` is called too, and decides when to end (known on Linux
    /// alone). A process that is forked off later dies of these signals once it has started omegi.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let _omegi = omegi::builder().service_name("worker").flush_on_signals().init();
    /// ```
    pub fn flush_on_signals(self) -> Self {
        self.set(&settings::SIGNALS, true)
    }

    /// Exports the figures of [`health`](crate::health) as metrics, every minute and at the end of
    /// the program. Needs the cargo feature `otlp`.
    ///
    /// The environment names the OpenTelemetry backend (`OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`) and
    /// the interval (`OTEL_METRIC_EXPORT_INTERVAL`); its `OTEL_METRICS_EXPORTER` wins over this.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let builder = omegi::builder()
    ///     .health_metrics(true)
    ///     .variable("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://collector:4318/v1/metrics");
    /// # drop(builder);
    /// ```
    pub fn health_metrics(self, send: bool) -> Self {
        let exporters = if send { vec![MetricExporter::Otlp] } else { Vec::new() };
        self.set(&settings::METRICS_EXPORTER, exporters)
    }

    /// Draws all ids from this seed, for tests: a program of one thread has the same ids each time
    /// it runs.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::{MemoryExporter, TraceContext};
    ///
    /// let memory = MemoryExporter::new();
    /// let guard = omegi::builder().flow_rate(1).seed_ids(7).exporter(memory.clone()).init();
    /// omegi::in_trace(TraceContext::default(), || ())();
    /// drop(guard);
    /// assert_eq!(memory.flows().len(), 1); // with the same ids in every run
    /// ```
    pub fn seed_ids(mut self, seed: u64) -> Self {
        self.code_only.id_seed = Some(seed);
        self
    }

    /// Sets whether omegi becomes the program's OpenTelemetry tracer provider
    /// (`opentelemetry::global`). The default is `true`. A provider that is set later replaces it.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// // The program keeps its own OpenTelemetry pipeline beside omegi.
    /// let _omegi = omegi::builder().install_otel(false).init();
    /// ```
    #[cfg(feature = "otel")]
    pub fn install_otel(mut self, install: bool) -> Self {
        self.code_only.leaves_otel = !install;
        self
    }

    /// Sets the environment variable `name` in code: every documented variable can be set like
    /// this.
    ///
    /// An unknown name is a problem like a value that cannot be used.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let builder = omegi::builder().variable("OTEL_SPAN_EVENT_COUNT_LIMIT", "1000");
    /// ```
    pub fn variable(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.variables.set_text(name, value);
        self
    }

    /// Starts omegi; see [`init`].
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let _omegi = omegi::builder().service_name("shop").init();
    /// ```
    pub fn init(self) -> Guard {
        launch(&self.variables, self.code_only, self.exporters, |_| Ok(())).unwrap_or_else(|_| {
            say("cannot start: init() was called again; the first call holds");
            Guard { flushes: false }
        })
    }

    /// Starts omegi, unless the settings hold a value that cannot be used. Settings without effect
    /// are reported on stderr.
    ///
    /// # Errors
    ///
    /// Lists every value that cannot be used, or reports that this is a second call. Then nothing
    /// is started or changed. Files are not looked for: the exporter that needs a missing file
    /// reports it on stderr later.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let guard = omegi::builder().memory(1).try_init();
    /// # #[cfg(feature = "enable")]
    /// assert!(guard.unwrap_err().to_string().contains("OMEGI_MEMORY"));
    /// ```
    pub fn try_init(self) -> Result<Guard, InitError> {
        launch(&self.variables, self.code_only, self.exporters, |problems| {
            let unusable = problems.iter().filter(|problem| problem.is_unusable_value());
            let error = SettingsError::of(unusable.cloned().collect());
            error.map_or(Ok(()), |error| Err(InitError::Settings(error)))
        })
    }

    fn set<T: CodeSettable>(mut self, variable: &Variable<T>, value: T) -> Self {
        self.variables.set(variable, value);
        self
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn a_spool_folder_whose_name_is_not_utf8_is_kept() {
        let folder = Path::new(OsStr::from_bytes(b"/var/spool/caf\xe9"));
        let (settings, _) = settings::env::resolve_with(&builder().spool(folder).variables, false);
        assert_eq!(settings.spool.as_deref(), Some(folder));
    }
}
