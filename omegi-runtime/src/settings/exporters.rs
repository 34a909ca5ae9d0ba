//! Where kept flows go.

use super::choices::ExporterKind;
use super::parsing::{listed, one_of, set};
use super::problem::Complaint;
use super::program::Program;
use super::reader::Reader;
use super::variables::{EXPORTER_KIND, OTLP_ENDPOINT, OTLP_TRACES_ENDPOINT};

#[cfg(not(feature = "autostart"))]
pub(super) const OTLP_IS_NOT_BUILT_IN: &str = "the program was built without omegi's cargo feature `otlp`";
#[cfg(feature = "autostart")]
pub(super) const OTLP_IS_NOT_BUILT_IN: &str =
    "the program was built without OTLP: `OMEGI_EXPORTER_KIND=otlp cargo omegi build` builds it with";

#[cfg(not(feature = "autostart"))]
const KAFKA_IS_NOT_BUILT_IN: &str = "the program was built without omegi's cargo feature `kafka`";
#[cfg(feature = "autostart")]
const KAFKA_IS_NOT_BUILT_IN: &str =
    "the program was built without Kafka: `OMEGI_EXPORTER_KIND=kafka cargo omegi build` builds it with";

/// The exporters that are asked for, each once; none at all where the user said `none`.
pub(super) fn resolve_exporters(reader: &mut Reader<'_>, program: &Program) -> Vec<ExporterKind> {
    let reading = reader
        .read_pieces(&EXPORTER_KIND, |text| set(text, "exporters", |word| parse_exporter(word, program)));
    let exporters = match reading.value() {
        Some(chosen) => chosen.clone(),
        // What was asked for and cannot be had has its own line already: no second one about the endpoint.
        None => default_exporter(reader, program, reading.is_set()).into_iter().collect(),
    };
    reader.settle(reading, &listed(exporters.iter().map(|it| it.word())));
    exporters
}

/// An exporter, or that there shall be none.
fn parse_exporter(word: &str, program: &Program) -> Result<Option<ExporterKind>, Complaint> {
    use ExporterKind::{Console, File, Kafka, Otlp};
    let known = |kind: ExporterKind, missing: Option<_>| (kind.word(), missing.map_or(Ok(Some(kind)), Err));
    let words = [
        known(Console, None),
        known(Otlp, (!program.otlp).then_some(OTLP_IS_NOT_BUILT_IN)),
        known(File, None),
        known(Kafka, (!program.kafka).then_some(KAFKA_IS_NOT_BUILT_IN)),
        ("none", Ok(None)),
    ];
    one_of(&words, word)
}

/// OTLP where an endpoint for it is set: a deployer who names a backend wants flows there, not on stdout. A program that brings
/// exporters of its own writes nothing there either.
fn default_exporter(reader: &mut Reader<'_>, program: &Program, told_already: bool) -> Option<ExporterKind> {
    let endpoint = [&OTLP_TRACES_ENDPOINT, &OTLP_ENDPOINT].into_iter().find(|it| reader.raw(it).is_some());
    if endpoint.is_some() && program.otlp {
        return Some(ExporterKind::Otlp);
    }
    let default = (!program.own_exporters).then_some(ExporterKind::Console);
    if let Some(endpoint) = endpoint.filter(|_| !told_already) {
        let instead = listed(default.iter().map(|it| it.word()));
        reader.complain(endpoint, format!("cannot be used: {OTLP_IS_NOT_BUILT_IN}"), &instead);
    }
    default
}
