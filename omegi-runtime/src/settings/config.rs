//! All settings, resolved from variables into one plain value.

use std::ffi::OsString;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use omegi_config::{KafkaConfig, OtlpConfig};

use crate::vocabulary::say::Level;

use super::choices::{CountedErrors, ExporterKind};
use super::code::CodeValues;
use super::console::ConsoleSettings;
use super::diagnostics::resolve_level;
use super::errors::{ERROR_LIMIT, ERRORS, IgnoredErrors};
use super::exceptions::report_requests_for_logs;
use super::exporters::resolve_exporters;
use super::file::{DEBUG_SPANDUMP, FileConfig};
use super::general::{
    FLUSH_TIMEOUT, MAX_EXPORT_BATCH, MEMORY, PROJECT_ROOT, SCHEDULE_DELAY, SIGNALS, SPOOL, SPOOL_SIZE,
    SWITCH_OFF, TOKEN,
};
use super::kafka::resolve_kafka;
use super::masking::Masking;
use super::metrics::MetricSettings;
use super::origins::Origins;
use super::otlp::{TRACES, resolve_otlp};
use super::problem::Problem;
use super::program::Program;
use super::reader::Reader;
use super::recording::RecordingSettings;
use super::resource::ResourceSettings;
use super::run_bounds::RunBounds;
use super::sampling::HeadSampling;
use super::secret::SecretText;
use super::{table, unsupported};

/// The resolved settings. Their `Debug` shows no secrets.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// True if nothing is recorded and nothing is started.
    pub(crate) switched_off: bool,
    /// The amount of omegi's own messages on stderr.
    pub(crate) level: Level,
    pub(crate) resource: ResourceSettings,
    /// The folder that recorded file paths are relative to.
    pub(crate) project_root: Option<PathBuf>,
    /// The sampling of flows without an error.
    pub(crate) sampling: HeadSampling,
    /// The errors for which a flow is kept.
    pub(crate) counted_errors: CountedErrors,
    /// The errors of those that are no reason all the same.
    pub(crate) ignored_errors: IgnoredErrors,
    /// The number of flows that are kept each minute for the same kind of error; `None` is no
    /// limit.
    pub(crate) error_limit: Option<NonZeroU64>,
    /// The exporters of kept flows, besides those of the program.
    pub(crate) exporters: Vec<ExporterKind>,
    pub(crate) console: ConsoleSettings,
    /// The bounds of a program that `cargo omegi` starts.
    pub(crate) run_bounds: RunBounds,
    /// The settings of the file exporter.
    pub(crate) file: FileConfig,
    /// The file for a copy of every exported flow.
    pub(crate) dump: Option<PathBuf>,
    /// The requests with flows to an OpenTelemetry backend.
    #[cfg_attr(
        not(any(feature = "otlp", test)),
        expect(dead_code, reason = "read by the OTLP exporter alone")
    )]
    pub(crate) otlp: OtlpConfig,
    #[cfg_attr(
        not(any(feature = "kafka", test)),
        expect(dead_code, reason = "read by the Kafka exporter alone")
    )]
    pub(crate) kafka: KafkaConfig,
    /// The export of metrics, if requested.
    #[cfg_attr(not(any(feature = "otlp", test)), expect(dead_code, reason = "sent over OTLP alone"))]
    pub(crate) metrics: Option<MetricSettings>,
    pub(crate) recording: RecordingSettings,
    /// The bound on everything that is recorded and not yet exported, in bytes.
    pub(crate) memory: usize,
    /// The credential, which is removed from everything that is recorded.
    pub(crate) token: Option<SecretText>,
    /// The folder for flows with an error that cannot wait in memory.
    pub(crate) spool: Option<PathBuf>,
    /// The bound on the files in it, in bytes.
    pub(crate) spool_size: u64,
    /// The longest time that a kept flow waits for others before it is exported. Our default is 100
    /// ms, not OpenTelemetry's 5 s: on a console, a flow should appear when it happens.
    pub(crate) schedule_delay: Duration,
    /// The number of spans from which on flows are exported without waiting longer.
    pub(crate) max_export_batch: usize,
    /// The longest time that the program's end waits for exporters. Our default is 5 s, not
    /// OpenTelemetry's 30 s: a command should not hang for half a minute because a backend does.
    pub(crate) flush_timeout: Duration,
    /// True if decided flows are exported when a signal ends the program.
    pub(crate) signals: bool,
    /// The origins of all these settings.
    pub(crate) origins: Origins,
}

impl Settings {
    /// Returns the settings that `environment` and `code` ask for, and the problems with them.
    ///
    /// Pure: the same input gives the same settings. A value that cannot be used never fails, it is
    /// a [`Problem`].
    pub(crate) fn resolve(
        environment: impl Fn(&str) -> Option<OsString>,
        code: &CodeValues,
        program: &Program,
    ) -> (Self, Vec<Problem>) {
        let mut reader = Reader::new(&environment, code, program);
        let settings = Self::read(&mut reader);
        report_requests_for_logs(&mut reader);
        report_without_effect(&mut reader);
        reader.report_all(unsupported::problems(&reader));
        let (origins, problems) = reader.into_results();
        (Self { origins: Origins::new(table::ALL, origins), ..settings }, problems)
    }

    fn read(reader: &mut Reader<'_>) -> Self {
        let masking = Arc::new(Masking::resolve(reader));
        let resource = ResourceSettings::resolve(reader, &masking);
        let token = reader.optional(&TOKEN, "no token");
        let max_export_batch = reader.value(&MAX_EXPORT_BATCH);
        let flush_timeout = reader.value(&FLUSH_TIMEOUT);
        let exporters = resolve_exporters(reader);
        let sends = exporters.contains(&ExporterKind::Otlp);
        Self {
            switched_off: reader.value(&SWITCH_OFF),
            level: resolve_level(reader),
            resource,
            project_root: reader.path(&PROJECT_ROOT),
            sampling: HeadSampling::resolve(reader),
            counted_errors: reader.value(&ERRORS),
            ignored_errors: IgnoredErrors::resolve(reader),
            error_limit: reader.value(&ERROR_LIMIT),
            exporters,
            console: ConsoleSettings::resolve(reader),
            run_bounds: RunBounds::resolve(reader),
            file: FileConfig::resolve(reader),
            dump: reader.path(&DEBUG_SPANDUMP),
            otlp: resolve_otlp(reader, &TRACES, token.as_ref(), max_export_batch, sends),
            metrics: MetricSettings::resolve(reader, token.as_ref(), max_export_batch),
            kafka: resolve_kafka(reader, token.as_ref(), flush_timeout),
            recording: RecordingSettings::resolve(reader, masking),
            memory: reader.value(&MEMORY),
            spool: reader.path(&SPOOL),
            spool_size: reader.value(&SPOOL_SIZE),
            schedule_delay: reader.value(&SCHEDULE_DELAY),
            max_export_batch,
            flush_timeout,
            signals: reader.value(&SIGNALS),
            origins: Origins::default(),
            token,
        }
    }
}

/// Reports documented variables that have no effect yet: to ignore them silently would mislead.
fn report_without_effect(reader: &mut Reader<'_>) {
    for entry in table::ALL {
        if let Some(why) = entry.no_effect {
            reader.mark_unused(entry, format!("has no effect: {why}"), None);
        }
    }
}
