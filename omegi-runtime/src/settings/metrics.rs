//! The export of omegi's own figures as metrics.

use std::time::Duration;

use omegi_config::OtlpConfig;

use super::exporters::OTLP_IS_NOT_BUILT_IN;
use super::lists::{each_once, set};
use super::otlp::{METRICS, resolve_otlp};
use super::parsed::{Parsed, Reason};
use super::parsing::{milliseconds, timeout, whole_number};
use super::program::Program;
use super::reader::Reader;
use super::secret::SecretText;
use super::variable::Fallback::Text;
use super::variable::Parser::{Pieces, Whole};
use super::variable::Variable;
use super::words::{Word, one_of};

pub(crate) static METRICS_EXPORTER: Variable<Vec<MetricExporter>> = Variable::new(
    "OTEL_METRICS_EXPORTER",
    Text("none"),
    Pieces(parse_exporters),
    "`otlp`: the figures of `omegi::health()` are sent as metrics, with the cargo feature `otlp`. The \
     specification's default is `otlp`, which would send metrics without a request; omegi has none of its \
     other exporters",
)
.checked(check_exporters);

pub(super) static METRIC_INTERVAL: Variable<Duration> = Variable::new(
    "OTEL_METRIC_EXPORT_INTERVAL",
    Text("60000"),
    Whole(|text| whole_number(text, 1..=u64::from(u32::MAX)).map(Duration::from_millis)),
    "time in milliseconds from one export of metrics to the next; the last one is at the program's end",
);

pub(super) static METRIC_TIMEOUT: Variable<Duration> = Variable::new(
    "OTEL_METRIC_EXPORT_TIMEOUT",
    Text("30000"),
    Whole(|text| milliseconds(text).map(timeout)),
    "longest time in milliseconds for one export of metrics; `0` is no limit. The timeout of one OTLP export \
     holds as well",
);

pub(super) static OTLP_METRICS_TEMPORALITY: Variable<Temporality> = Variable::new(
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
    Text("cumulative"),
    Whole(parse_temporality),
    "start from which metrics count: `cumulative`: the start of omegi; `delta`: the last export that \
     arrived, except for sizes, which are absolute; `lowmemory`: the same as `cumulative`, as all figures \
     are read when they are exported",
);

/// An exporter of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetricExporter {
    Otlp,
}

impl Word for MetricExporter {
    fn word(self) -> &'static str {
        match self {
            Self::Otlp => "otlp",
        }
    }
}

/// The settings of the export of metrics.
#[derive(Clone, Debug)]
pub(crate) struct MetricSettings {
    /// The time from one export to the next.
    pub(crate) interval: Duration,
    pub(crate) temporality: Temporality,
    /// The requests to the backend; their timeout holds for each export.
    pub(crate) otlp: OtlpConfig,
}

/// The start from which counters count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Temporality {
    /// The start of omegi.
    Cumulative,
    /// The last export that arrived.
    Delta,
}

impl MetricSettings {
    /// Returns nothing if no metrics are requested.
    pub(super) fn resolve(
        reader: &mut Reader<'_>,
        token: Option<&SecretText>,
        max_export_batch: usize,
    ) -> Option<Self> {
        if reader.words(&METRICS_EXPORTER).is_empty() {
            reader.silently(|reader| Self::read(reader, token, max_export_batch));
            return None;
        }
        Some(Self::read(reader, token, max_export_batch))
    }

    fn read(reader: &mut Reader<'_>, token: Option<&SecretText>, max_export_batch: usize) -> Self {
        let otlp = resolve_otlp(reader, &METRICS, token, max_export_batch, true);
        let longest = reader.value(&METRIC_TIMEOUT);
        Self {
            interval: reader.value(&METRIC_INTERVAL),
            temporality: reader.value(&OTLP_METRICS_TEMPORALITY),
            otlp: OtlpConfig { timeout: otlp.timeout.min(longest), ..otlp },
        }
    }
}

fn parse_exporters(text: &str, program: &Program) -> Parsed<Vec<MetricExporter>> {
    const OTLP_ALONE: &str = "omegi sends metrics over OTLP alone";
    let otlp = built_in(program).map(|()| MetricExporter::Otlp);
    set(text, "exporters", &[("otlp", otlp), ("prometheus", Err(OTLP_ALONE)), ("console", Err(OTLP_ALONE))])
}

/// Checks that the exporter that code requests is built in.
fn check_exporters(exporters: Vec<MetricExporter>, program: &Program) -> Parsed<Vec<MetricExporter>> {
    match built_in(program) {
        Err(why) if !exporters.is_empty() => Err(Reason::unusable(why).of_piece("otlp")).into(),
        _ => Ok(each_once(exporters)).into(),
    }
}

fn built_in(program: &Program) -> Result<(), &'static str> {
    if program.otlp { Ok(()) } else { Err(OTLP_IS_NOT_BUILT_IN) }
}

/// Reads a temporality.
///
/// `lowmemory` selects deltas only if they need no memory between exports. Our counters need none
/// either way: they are asynchronous in the specification's words, and stay cumulative.
fn parse_temporality(text: &str) -> Result<Temporality, Reason> {
    use Temporality::{Cumulative, Delta};
    one_of(&[("cumulative", Ok(Cumulative)), ("delta", Ok(Delta)), ("lowmemory", Ok(Cumulative))], text)
}
