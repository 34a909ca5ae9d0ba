//! The factories of omegi's own exporters.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use crate::collecting::factory::{Factory, MakeExporter};
#[cfg(feature = "kafka")]
use crate::exporting::KafkaExporter;
#[cfg(feature = "otlp")]
use crate::exporting::OtlpExporter;
use crate::exporting::{self, ConsoleExporter, ExportError, FileExporter};
use crate::settings::{ConsoleSettings, Destination, ExporterKind, FileConfig, Settings, Word as _};

/// Returns the factory of one of omegi's own exporters.
pub(super) fn factory(kind: ExporterKind, settings: &Settings) -> Factory {
    Factory { name: kind.word(), make: make_exporter(kind, settings) }
}

fn make_exporter(kind: ExporterKind, settings: &Settings) -> MakeExporter {
    match kind {
        ExporterKind::Console => {
            let (console, bounds) = (settings.console.clone(), settings.run_bounds);
            Box::new(move || Ok(Box::new(console_exporter(&console)?.limited(bounds.bytes))))
        }
        ExporterKind::File => {
            let config = settings.file.clone();
            Box::new(move || Ok(Box::new(FileExporter::new(config.clone())?)))
        }
        #[cfg(feature = "otlp")]
        ExporterKind::Otlp => {
            let config = settings.otlp.clone();
            Box::new(move || Ok(Box::new(OtlpExporter::new(config.clone())?)))
        }
        // The settings leave out an exporter that is not built in, and report it in these words.
        #[cfg(not(feature = "otlp"))]
        ExporterKind::Otlp => Box::new(|| Err(ExportError::new(crate::settings::OTLP_IS_NOT_BUILT_IN))),
        #[cfg(feature = "kafka")]
        ExporterKind::Kafka => {
            let config = settings.kafka.clone();
            Box::new(move || Ok(Box::new(KafkaExporter::new(config.clone())?)))
        }
        #[cfg(not(feature = "kafka"))]
        ExporterKind::Kafka => Box::new(|| Err(ExportError::new(crate::settings::KAFKA_IS_NOT_BUILT_IN))),
    }
}

fn console_exporter(console: &ConsoleSettings) -> Result<ConsoleExporter, ExportError> {
    let style = |is_terminal| (console.format_on(is_terminal), console.colour_on(is_terminal));
    match &console.destination {
        Destination::Stream(stream) => {
            let (format, colour) = style(stream.is_terminal());
            Ok(ConsoleExporter::new(format, *stream, colour))
        }
        Destination::File(path) => {
            let file = exporting::open_to_append(path)?;
            let (format, colour) = style(file.is_terminal());
            Ok(ConsoleExporter::to_file(format, file, path, colour))
        }
    }
}

/// Returns the factory of the span dump: a file exporter that never puts its file aside.
pub(super) fn dump_factory(path: PathBuf) -> Factory {
    let config = FileConfig { max_bytes: None, ..FileConfig::new(path) };
    let name = "span dump";
    Factory { name, make: Box::new(move || Ok(Box::new(FileExporter::named(name, config.clone())?))) }
}
