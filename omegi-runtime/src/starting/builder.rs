//! Settings in code.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU64;
use std::path::Path;
use std::time::Duration;

use crate::collecting::resource::dependencies;
use crate::exporting::Exporter;
use crate::recording::muting::quietly;
use crate::recording::policy;
use crate::settings::{
    self, ArgumentMode, ClockMode, CodeSettable, CodeValues, CountedErrors, ExporterKind, FlowRate,
    InitError, MetricExporter, Problem, Propagator, Sampler, SecretText, Settings, SettingsError, Variable,
};
use crate::vocabulary::say::{Level, say, set_level};
use crate::vocabulary::{Attribute, ErrorSeen, Value};

use super::exit;
use super::guard::Guard;
use super::process::{self, Extras, Process};
#[cfg(all(unix, feature = "signals"))]
use super::signals;

/// Starts omegi as the environment says, and keeps it going until the end of the program.
///
/// Reads `OMEGI_*` and `OTEL_*`. A value that cannot be used is told in one line on stderr, with what is used instead.
/// Called a second time it changes nothing, and says so; with the feature `autostart` the first instrumented call may have
/// started omegi before, and this returns a guard of that.
///
/// ```
/// let _omegi = omegi_runtime::init();
/// ```
pub fn init() -> Guard {
    builder().init()
}

/// Settings in code: what they say holds where the environment says nothing.
///
/// ```
/// let _omegi = omegi_runtime::builder().service_name("shop").flow_rate(100).init();
/// ```
pub fn builder() -> Builder {
    Builder::default()
}

/// Settings in code; made by [`builder`].
///
/// The environment wins: whoever runs a program knows more than who wrote it.
#[derive(Default)]
#[must_use = "nothing is started before `init`"]
pub struct Builder {
    variables: CodeValues,
    clock: ClockMode,
    extras: Extras,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("variables", &self.variables.names().collect::<Vec<_>>())
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// The resource's `service.name` (`OMEGI_SERVICE_NAME`).
    pub fn service_name(self, name: impl Into<String>) -> Self {
        self.set(&settings::SERVICE_NAME, name.into())
    }

    /// Keeps 1 in `n` flows that had no error; 1 keeps all, 0 only flows with an error (`OMEGI_FLOW_RATE`).
    pub fn flow_rate(self, n: u64) -> Self {
        self.set(&settings::FLOW_RATE, FlowRate::one_in(n))
    }

    /// Where kept flows go, besides exporters of your own (`OMEGI_EXPORTER_KIND`); nowhere where the list is empty.
    pub fn export_to(self, kinds: &[ExporterKind]) -> Self {
        self.set(&settings::EXPORTER_KIND, kinds.to_vec())
    }

    /// For which errors a flow is kept in spite of sampling (`OMEGI_ERRORS`).
    pub fn counted_errors(self, errors: CountedErrors) -> Self {
        self.set(&settings::ERRORS, errors)
    }

    /// Keeps so many flows a minute for the same kind of error, and counts the others; 0 is no limit (`OMEGI_ERROR_LIMIT`).
    pub fn error_limit(self, flows: u64) -> Self {
        self.set(&settings::ERROR_LIMIT, NonZeroU64::new(flows))
    }

    /// Asks a rule of your own which errors count: only for those a flow is kept in spite of sampling. What is kept for another
    /// reason shows all its errors.
    ///
    /// The rule is asked when a flow has ended, on the thread that ended it, once for each of its errors, and again for what an
    /// error became that [does not quote it](ErrorSeen); nothing that it calls is recorded. Where it panics, the error counts.
    ///
    /// ```
    /// let builder = omegi_runtime::builder().error_filter(|error| error.text.error_type != "shop::NotFound");
    /// # drop(builder);
    /// ```
    pub fn error_filter(mut self, counts: impl Fn(&ErrorSeen<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.extras.error_filter = Some(Box::new(counts));
        self
    }

    /// Adds an exporter of your own. Where neither the environment nor code says anything of others, be it an OTLP endpoint, flows then
    /// go nowhere else.
    pub fn exporter(mut self, exporter: impl Exporter + 'static) -> Self {
        self.extras.exporters.push(Box::new(exporter));
        self
    }

    /// The headers that carry traces between services, in the order in which they are read (`OTEL_PROPAGATORS`); none
    /// where the list is empty.
    pub fn propagators(self, propagators: &[Propagator]) -> Self {
        self.set(&settings::PROPAGATORS, propagators.to_vec())
    }

    /// Whose arguments are recorded without being asked for in the code (`OMEGI_ARGS`).
    pub fn arguments(self, mode: ArgumentMode) -> Self {
        self.set(&settings::ARGS, mode)
    }

    /// The bound on everything that is recorded and not yet exported, in bytes (`OMEGI_MEMORY`).
    pub fn memory(self, bytes: usize) -> Self {
        self.set(&settings::MEMORY, bytes)
    }

    /// Lets flows with an error wait in this folder for a backend that is down, when they fill half of the memory or the program
    /// ends (`OMEGI_SPOOL`). Processes may share it.
    pub fn spool(self, folder: impl AsRef<Path>) -> Self {
        self.set(&settings::SPOOL, folder.as_ref().to_owned())
    }

    /// The bound on what one process keeps there, in bytes (`OMEGI_SPOOL_SIZE`).
    pub fn spool_size(self, bytes: u64) -> Self {
        self.set(&settings::SPOOL_SIZE, bytes)
    }

    /// How long the end of the program waits for exporters at most (`OTEL_BSP_EXPORT_TIMEOUT`); to the millisecond.
    pub fn flush_timeout(self, timeout: Duration) -> Self {
        self.set(&settings::FLUSH_TIMEOUT, timeout)
    }

    /// Sends what [`health`](crate::health) says as metrics, every minute and at the end of the program, to the OpenTelemetry backend that
    /// the environment names (`OTEL_METRICS_EXPORTER`, `OTEL_METRIC_EXPORT_INTERVAL`, `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`).
    /// Needs the cargo feature `otlp`.
    ///
    /// ```
    /// let builder = omegi_runtime::builder()
    ///     .health_metrics(true)
    ///     .variable("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://collector:4318/v1/metrics");
    /// # drop(builder);
    /// ```
    pub fn health_metrics(self, send: bool) -> Self {
        let exporters = if send { vec![MetricExporter::Otlp] } else { Vec::new() };
        self.set(&settings::METRICS_EXPORTER, exporters)
    }

    /// Exports what is decided when SIGTERM or SIGINT ends the program (`OMEGI_SIGNALS`). Needs the cargo feature `signals`, and a
    /// Unix.
    ///
    /// The program then dies of the signal as it would have, a second signal at once. Where the program has a handler of its own
    /// when this is called, that is called too, and decides when to end (known on Linux alone). A process that is forked off
    /// later without executing another program does not die of these signals.
    pub fn flush_on_signals(self) -> Self {
        self.set(&settings::SIGNALS, true)
    }

    /// How long what has ended of a flow waits for the tasks and threads which it started (`OMEGI_FLOW_WAIT`); to the millisecond.
    pub fn flow_wait(self, wait: Duration) -> Self {
        self.set(&settings::FLOW_WAIT, wait)
    }

    /// Says something of the program that every flow is told with: an attribute of the resource. `OTEL_RESOURCE_ATTRIBUTES` wins.
    ///
    /// ```
    /// let builder = omegi_runtime::builder().resource("service.version", env!("CARGO_PKG_VERSION"));
    /// ```
    pub fn resource(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        let attribute = Attribute::new(key, value);
        if attribute.key == "service.name" {
            return self.service_name(attribute.value.to_string());
        }
        self.extras.resource.push(attribute);
        self
    }

    /// Tells with every flow what the program was built from: the packages of its `Cargo.lock` that come from elsewhere, in the
    /// attribute `omegi.dependencies` of the resource (`anyhow 1.0.102, axum 0.8.6`).
    ///
    /// ```
    /// # macro_rules! include_str { ($path:literal) => { "" } }
    /// let builder = omegi_runtime::builder().dependencies(include_str!("../Cargo.lock"));
    /// ```
    pub fn dependencies(self, cargo_lock: &str) -> Self {
        let dependencies = dependencies::of_lock(cargo_lock);
        if dependencies.is_empty() { self } else { self.resource("omegi.dependencies", dependencies) }
    }

    /// Which flows without an error are kept, where nobody sets a flow rate (`OTEL_TRACES_SAMPLER`).
    pub fn sampler(self, sampler: Sampler) -> Self {
        let this = self.set(&settings::SAMPLER, sampler.into());
        match sampler.ratio() {
            Some(ratio) => this.set(&settings::SAMPLER_ARG, ratio),
            None => this,
        }
    }

    /// The credential for whoever receives flows (`OMEGI_TOKEN`).
    pub fn token(self, token: impl Into<String>) -> Self {
        self.set(&settings::TOKEN, SecretText::new(token))
    }

    /// What the environment variable `name` would say: every variable of the documentation has its equivalent in code by
    /// this. A name that nothing is read from is a problem like a value that cannot be used.
    ///
    /// ```
    /// let builder = omegi_runtime::builder().variable("OTEL_SPAN_EVENT_COUNT_LIMIT", "1000");
    /// ```
    pub fn variable(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.variables.set_text(name, value);
        self
    }

    fn set<T: CodeSettable>(mut self, variable: &Variable<T>, value: T) -> Self {
        self.variables.set(variable, value);
        self
    }

    /// When the clock is read.
    pub fn clock(mut self, mode: ClockMode) -> Self {
        self.clock = mode;
        self
    }

    /// The most spans of one flow that are recorded one by one; the calls beyond are summarised. Without it, as many
    /// as fill a 64th of the memory bound: 32,768.
    pub fn spans_per_flow(mut self, limit: usize) -> Self {
        self.extras.span_limit = Some(limit.max(1));
        self
    }

    /// Draws all ids from this seed, so that a program of one thread has the same ids each time it runs: for tests.
    pub fn seed_ids(mut self, seed: u64) -> Self {
        self.extras.id_seed = Some(seed);
        self
    }

    /// Whether omegi becomes the program's OpenTelemetry tracer provider (`opentelemetry::global`), which it does unless this says
    /// `false`. Whoever sets one later replaces it.
    #[cfg(feature = "otel")]
    pub fn install_otel(mut self, install: bool) -> Self {
        self.extras.leaves_otel = !install;
        self
    }

    /// Starts omegi; see [`init`].
    pub fn init(self) -> Guard {
        self.start(|_| Ok(())).unwrap_or_else(|_| {
            say("init() was called again: it changes nothing, the first one holds.");
            Guard { flushes: false }
        })
    }

    /// Starts omegi, unless the settings hold a value that cannot be used. What is set and has no effect is told on stderr.
    ///
    /// # Errors
    ///
    /// Every value that cannot be used, all at once; or that this is a second call. Nothing is started or changed then. Files are not
    /// looked for: one that is not there is told on stderr by the exporter that needs it, when it does.
    ///
    /// ```
    /// let guard = omegi_runtime::builder().memory(1).try_init();
    /// # #[cfg(feature = "enable")]
    /// assert!(guard.unwrap_err().to_string().contains("OMEGI_MEMORY"));
    /// ```
    pub fn try_init(self) -> Result<Guard, InitError> {
        self.start(|problems| {
            let unusable = problems.iter().filter(|problem| problem.is_unusable_value());
            let error = SettingsError::of(unusable.cloned().collect());
            error.map_or(Ok(()), |error| Err(InitError::Settings(error)))
        })
    }

    /// Starts omegi, unless it was started before, or `judge` says that the problems with the settings forbid it. Otherwise they are
    /// said.
    fn start(self, judge: impl FnOnce(&[Problem]) -> Result<(), InitError>) -> Result<Guard, InitError> {
        quietly(|| {
            if !policy::claim() {
                policy::await_decision();
            }
            if let Some(running) = process::get().filter(|process| process.by_itself) {
                self.join(running);
                return Ok(Guard { flushes: true });
            }
            if process::get().is_some() {
                return Err(InitError::Again);
            }
            let (settings, problems) = self.settings();
            judge(&problems).inspect_err(|_| policy::refuse())?;
            set_level(settings.level);
            problems.iter().for_each(say);
            if start(settings, self.extras) { Ok(Guard { flushes: true }) } else { Err(InitError::Again) }
        })
    }

    /// Joins an omegi that the first instrumented call has started: of what is set in code, only exporters still count.
    fn join(self, running: &Process) {
        let ignored = self.ignored().join(", ");
        running.join(self.extras.exporters);
        if running.debug && !ignored.is_empty() {
            say(format_args!(
                "the first instrumented call started omegi, as the environment says, before init() was called: what is \
                 set in code has no effect ({ignored})."
            ));
        }
    }

    /// What is set in code, and would have had an effect.
    fn ignored(&self) -> Vec<&str> {
        let mut ignored: Vec<_> =
            self.variables.names().filter(|name| !settings::env::is_set(name)).collect();
        ignored.sort_unstable();
        let others = [
            ("error_filter", self.extras.error_filter.is_some()),
            ("clock", self.clock != ClockMode::default()),
            ("spans_per_flow", self.extras.span_limit.is_some()),
            ("seed_ids", self.extras.id_seed.is_some()),
            ("resource", !self.extras.resource.is_empty()),
            #[cfg(feature = "otel")]
            ("install_otel", self.extras.leaves_otel),
        ];
        ignored.extend(others.into_iter().filter(|(_, set)| *set).map(|(name, _)| name));
        ignored
    }

    fn settings(&self) -> (Settings, Vec<Problem>) {
        let (mut settings, problems) =
            settings::env::resolve_with(&self.variables, !self.extras.exporters.is_empty());
        settings.clock = self.clock;
        (settings, problems)
    }
}

/// Starts omegi, or decides that nothing is recorded. `false` if it was started before.
fn start(settings: Settings, extras: Extras) -> bool {
    if settings.level == Level::Debug {
        say(&settings.origins);
    }
    if settings.switched_off {
        policy::switch_off();
        return process::get().is_none();
    }
    exit::flush_at_end_of_thread();
    exit::flush_at_end_of_process();
    if settings.signals {
        watch_signals();
    }
    process::start(settings, extras)
}

#[cfg(all(unix, feature = "signals"))]
fn watch_signals() {
    if let Err(problem) = signals::watch() {
        say(format_args!(
            "nothing is flushed on signals: the system does not let us hear of them ({problem})"
        ));
    }
}

#[cfg(not(all(unix, feature = "signals")))]
fn watch_signals() {
    say("OMEGI_SIGNALS=true has no effect: it needs a Unix and the cargo feature `omegi/signals`");
}

/// Starts omegi as [`init`] does, for a program that has not called it.
#[cfg(feature = "autostart")]
pub(super) fn start_by_itself() {
    // A macro or a build script may call what is woven for the program.
    if settings::env::is_building() {
        return policy::switch_off();
    }
    let (settings, problems) = builder().settings();
    set_level(settings.level);
    problems.iter().for_each(say);
    start(settings, Extras { by_itself: true, ..Extras::default() });
}

#[cfg(all(test, feature = "otel"))]
mod tests {
    use super::*;

    #[test]
    fn everything_that_a_late_init_cannot_change_is_named() {
        let set = builder()
            .variable("OMEGI_KAFKA_TOPIC_FLOW", "shop.flows")
            .error_filter(|_| true)
            .clock(ClockMode::Exact)
            .spans_per_flow(1)
            .seed_ids(1)
            .resource("a", 1)
            .install_otel(false);
        let named = [
            "OMEGI_KAFKA_TOPIC_FLOW",
            "error_filter",
            "clock",
            "spans_per_flow",
            "seed_ids",
            "resource",
            "install_otel",
        ];
        assert_eq!(set.ignored(), named);
        assert_eq!(builder().install_otel(true).ignored(), [""; 0]);
    }
}

#[cfg(all(test, unix))]
mod paths {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn a_spool_folder_whose_name_is_not_utf8_is_kept() {
        let folder = Path::new(OsStr::from_bytes(b"/var/spool/caf\xe9"));
        let (settings, _) = builder().spool(folder).settings();
        assert_eq!(settings.spool.as_deref(), Some(folder));
    }
}
