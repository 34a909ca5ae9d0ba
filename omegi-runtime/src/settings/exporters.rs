//! The exporters of kept flows.

use std::ffi::OsString;

use super::choices::ExporterKind::{self, Console, File, Kafka, Otlp};
use super::code::CodeValues;
use super::lists::{each_once, listed, set};
use super::otlp::{OTLP_ENDPOINT, OTLP_TRACES_ENDPOINT};
use super::parsed::{Parsed, Reason};
use super::program::Program;
use super::reader::Reader;
use super::variable::Fallback::Rule;
use super::variable::Parser::Pieces;
use super::variable::Variable;
use super::words::Word;

pub(crate) static EXPORTER_KIND: Variable<Vec<ExporterKind>> = Variable::new(
    "OMEGI_EXPORTER_KIND",
    Rule(
        "`otlp` if an OTLP endpoint is set, else `console`, or none if the program has exporters of its own",
    ),
    Pieces(parse),
    "destinations of kept flows: a comma list of `console`, `otlp`, `file` and `kafka`, or `none`",
)
.or(&["OTEL_TRACES_EXPORTER"])
.checked(check);

#[cfg(not(feature = "autostart"))]
pub(crate) const OTLP_IS_NOT_BUILT_IN: &str = "the program was built without omegi's cargo feature `otlp`";
#[cfg(feature = "autostart")]
pub(crate) const OTLP_IS_NOT_BUILT_IN: &str =
    "the program was built without OTLP: a build with OMEGI_EXPORTER_KIND=otlp set includes it";

#[cfg(not(feature = "autostart"))]
pub(crate) const KAFKA_IS_NOT_BUILT_IN: &str = "the program was built without omegi's cargo feature `kafka`";
#[cfg(feature = "autostart")]
pub(crate) const KAFKA_IS_NOT_BUILT_IN: &str =
    "the program was built without Kafka: a build with OMEGI_EXPORTER_KIND=kafka set includes it";

impl Word for ExporterKind {
    fn word(self) -> &'static str {
        match self {
            Console => "console",
            Otlp => "otlp",
            File => "file",
            Kafka => "kafka",
        }
    }
}

/// Returns the requested exporters, each once; none if the value is `none`.
pub(super) fn resolve_exporters(reader: &mut Reader<'_>) -> Vec<ExporterKind> {
    let reading = reader.read(&EXPORTER_KIND);
    let exporters = match reading.value() {
        Some(chosen) => chosen.clone(),
        // A requested exporter that is not built in has a line already: the endpoint needs no
        // second one.
        None => default_exporter(reader, reading.is_set()).into_iter().collect(),
    };
    reader.finish(reading, &listed(&exporters));
    exporters
}

/// Returns the exporters that a program takes by `lookup`, if all are built in and it has none of
/// its own. `cargo omegi` builds in those that the program will use.
pub fn exporters_by(lookup: impl Fn(&str) -> Option<OsString>) -> Vec<ExporterKind> {
    let program = Program {
        executable: None,
        otlp: true,
        kafka: true,
        own_exporters: false,
        autostart: true,
        is_cgi: false,
        woven: None,
    };
    resolve_exporters(&mut Reader::new(&lookup, &CodeValues::default(), &program))
}

/// Returns OTLP if an endpoint for it is set: a deployer who names a backend wants flows there, not
/// on stdout. A program with exporters of its own writes nothing to stdout either.
fn default_exporter(reader: &mut Reader<'_>, is_reported: bool) -> Option<ExporterKind> {
    let program = reader.program();
    let endpoints = [&OTLP_TRACES_ENDPOINT.entry, &OTLP_ENDPOINT.entry];
    let endpoint = endpoints.into_iter().find(|endpoint| reader.note_if_set(endpoint));
    if endpoint.is_some() && program.otlp {
        return Some(Otlp);
    }
    let default = (!program.own_exporters).then_some(Console);
    if let Some(endpoint) = endpoint.filter(|_| !is_reported) {
        reader.report(endpoint, Reason::unusable(OTLP_IS_NOT_BUILT_IN), &listed(default.as_slice()));
    }
    default
}

fn parse(text: &str, program: &Program) -> Parsed<Vec<ExporterKind>> {
    let words = [Console, Otlp, File, Kafka].map(|kind| (kind.word(), built_in(kind, program)));
    set(text, "exporters", &words)
}

/// Checks that exporters which code requests are built in.
fn check(kinds: Vec<ExporterKind>, program: &Program) -> Parsed<Vec<ExporterKind>> {
    let is_none = kinds.is_empty();
    let mut reasons = Vec::new();
    let mut usable = each_once(kinds);
    usable.retain(|kind| {
        let why = built_in(*kind, program).err();
        reasons.extend(why.map(|why| Reason::unusable(why).of_piece(kind.word())));
        why.is_none()
    });
    Parsed { value: (is_none || !usable.is_empty()).then_some(usable), reasons }
}

/// Returns `kind`, or the reason why this program cannot use it.
fn built_in(kind: ExporterKind, program: &Program) -> Result<ExporterKind, &'static str> {
    match kind {
        Otlp if !program.otlp => Err(OTLP_IS_NOT_BUILT_IN),
        Kafka if !program.kafka => Err(KAFKA_IS_NOT_BUILT_IN),
        _ => Ok(kind),
    }
}
