//! Whether, when and how figures of omegi's own are sent as metrics.

use std::time::Duration;

use super::exporters::OTLP_IS_NOT_BUILT_IN;
use super::otlp::{METRICS, OtlpSettings};
use super::parsing::{listed, one_of, set, timeout, whole_number};
use super::problem::Complaint;
use super::program::Program;
use super::reader::Reader;
use super::secret::SecretText;
use super::variables::{METRIC_INTERVAL, METRIC_TIMEOUT, METRICS_EXPORTER, OTLP_METRICS_TEMPORALITY};

/// When and how metrics are sent.
#[derive(Clone, Debug)]
pub(crate) struct MetricSettings {
    /// The time from one export to the next.
    pub(crate) interval: Duration,
    /// What counters count from.
    pub(crate) temporality: Temporality,
    /// How to reach the backend; no export takes longer than its timeout.
    pub(crate) otlp: OtlpSettings,
}

/// What counters count from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Temporality {
    /// The start.
    Cumulative,
    /// The last export that arrived.
    Delta,
}

impl MetricSettings {
    /// None where nobody has asked for metrics.
    pub(super) fn resolve(
        reader: &mut Reader<'_>,
        program: &Program,
        token: Option<&SecretText>,
    ) -> Option<Self> {
        if is_asked_for(reader, program) {
            return Some(Self::read(reader, token));
        }
        reader.unheard(|reader| Self::read(reader, token));
        None
    }

    fn read(reader: &mut Reader<'_>, token: Option<&SecretText>) -> Self {
        let otlp = OtlpSettings::resolve(reader, &METRICS, token);
        let longest = reader.value(&METRIC_TIMEOUT, timeout);
        Self {
            interval: reader.value(&METRIC_INTERVAL, interval),
            temporality: reader.value(&OTLP_METRICS_TEMPORALITY, temporality),
            otlp: OtlpSettings { timeout: otlp.timeout.min(longest), ..otlp },
        }
    }
}

fn is_asked_for(reader: &mut Reader<'_>, program: &Program) -> bool {
    let reading =
        reader.read_pieces(&METRICS_EXPORTER, |text| set(text, "exporters", |word| exporter(word, program)));
    let asked = reading.value().is_some_and(|exporters| !exporters.is_empty());
    reader.settle(reading, &listed(asked.then_some("otlp").into_iter()));
    asked
}

/// The one exporter that there is, or that there shall be none.
fn exporter(word: &str, program: &Program) -> Result<Option<()>, Complaint> {
    const OTLP_ALONE: &str = "omegi sends metrics over OTLP alone";
    let otlp = if program.otlp { Ok(Some(())) } else { Err(OTLP_IS_NOT_BUILT_IN) };
    one_of(
        &[("otlp", otlp), ("none", Ok(None)), ("prometheus", Err(OTLP_ALONE)), ("console", Err(OTLP_ALONE))],
        word,
    )
}

/// A time in milliseconds after which something comes again.
fn interval(text: &str) -> Result<Duration, Complaint> {
    whole_number(text, 1..=u64::from(u32::MAX)).map(Duration::from_millis)
}

/// Low memory asks for differences only where they are all that has to be remembered. Our counters remember nothing for
/// whoever reads them: they are what the specification calls asynchronous, and stay cumulative.
fn temporality(text: &str) -> Result<Temporality, Complaint> {
    use Temporality::{Cumulative, Delta};
    one_of(&[("cumulative", Ok(Cumulative)), ("delta", Ok(Delta)), ("lowmemory", Ok(Cumulative))], text)
}
