//! The factories of omegi's own exporters.

use std::io::IsTerminal as _;
use std::path::PathBuf;
#[cfg(feature = "kafka")]
use std::time::Duration;

use crate::collecting::factory::{Factory, MakeExporter};
use crate::exporting::{self, ConsoleExporter, ExportError, FileExporter};
#[cfg(feature = "kafka")]
use crate::exporting::{KafkaConfig, KafkaExporter, KafkaLogin};
#[cfg(feature = "otlp")]
use crate::exporting::{OtlpConfig, OtlpExporter};
#[cfg(feature = "otlp")]
use crate::settings::OtlpSettings;
use crate::settings::{ConsoleSettings, Destination, ExporterKind, FileConfig, Settings, Word as _};
#[cfg(feature = "kafka")]
use crate::settings::{KafkaSettings, SecretText};

/// Returns the factory of one of omegi's own exporters.
pub(super) fn factory(kind: ExporterKind, settings: &Settings) -> Factory {
    Factory { name: kind.word(), make: make_exporter(kind, settings) }
}

fn make_exporter(kind: ExporterKind, settings: &Settings) -> MakeExporter {
    match kind {
        ExporterKind::Console => {
            let console = settings.console.clone();
            Box::new(move || Ok(Box::new(console_exporter(&console)?)))
        }
        ExporterKind::File => {
            let config = settings.file.clone();
            Box::new(move || Ok(Box::new(FileExporter::new(config.clone())?)))
        }
        #[cfg(feature = "otlp")]
        ExporterKind::Otlp => {
            let config = otlp_config(&settings.otlp, settings.max_export_batch);
            Box::new(move || Ok(Box::new(OtlpExporter::new(config.clone())?)))
        }
        #[cfg(not(feature = "otlp"))]
        ExporterKind::Otlp => Box::new(|| {
            Err(ExportError::new(
                "cannot export over OTLP: the cargo feature `omegi/otlp` is off; switch it on",
            ))
        }),
        #[cfg(feature = "kafka")]
        ExporterKind::Kafka => {
            let config = kafka_config(&settings.kafka, settings.flush_timeout);
            Box::new(move || Ok(Box::new(KafkaExporter::new(config.clone())?)))
        }
        #[cfg(not(feature = "kafka"))]
        ExporterKind::Kafka => Box::new(|| {
            Err(ExportError::new(
                "cannot export to Kafka: the cargo feature `omegi/kafka` is off; switch it on",
            ))
        }),
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
            Ok(ConsoleExporter::to_writer(format, file, path.display().to_string(), colour))
        }
    }
}

#[cfg(feature = "kafka")]
fn kafka_config(kafka: &KafkaSettings, timeout: Duration) -> KafkaConfig {
    let text = |secret: &SecretText| secret.expose().to_owned();
    KafkaConfig {
        encoding: kafka.encoding,
        error_topic: kafka.error_topic.clone(),
        flow_topic: kafka.flow_topic.clone(),
        spans_topic: kafka.spans_topic.clone(),
        token: kafka.token.as_ref().map(text),
        timeout,
        max_message_bytes: kafka.max_message_bytes,
        security: kafka.security,
        ca_location: kafka.ca_location.clone(),
        certificate_location: kafka.certificate_location.clone(),
        key_location: kafka.key_location.clone(),
        login: kafka.login.as_ref().map(|login| KafkaLogin {
            mechanism: login.mechanism,
            username: login.username.clone(),
            password: text(&login.password),
        }),
        properties: kafka.properties.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        ..KafkaConfig::new(&kafka.brokers)
    }
}

/// Returns the configuration of an OTLP exporter with these settings.
#[cfg(feature = "otlp")]
pub(super) fn otlp_config(otlp: &OtlpSettings, max_spans: usize) -> OtlpConfig {
    OtlpConfig {
        protocol: otlp.protocol,
        endpoint: otlp.endpoint.as_str().to_owned(),
        headers: otlp.headers.iter().map(|(name, value)| (name.clone(), value.expose().to_owned())).collect(),
        certificate: otlp.certificate.clone(),
        client_certificate: otlp.client.as_ref().map(|(certificate, _)| certificate.clone()),
        client_key: otlp.client.as_ref().map(|(_, key)| key.clone()),
        timeout: otlp.timeout,
        compression: otlp.compression,
        max_spans,
    }
}

/// Returns the factory of the span dump: a file exporter that never puts its file aside.
pub(super) fn dump_factory(path: PathBuf) -> Factory {
    let config = FileConfig { max_bytes: None, ..FileConfig::new(path) };
    let name = "span dump";
    Factory { name, make: Box::new(move || Ok(Box::new(FileExporter::named(name, config.clone())?))) }
}
