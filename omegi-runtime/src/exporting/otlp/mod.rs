//! Flows to any OpenTelemetry backend over OTLP: HTTP with protobuf, or gRPC.
//!
//! `opentelemetry-otlp` writes, compresses, sends and retries the requests. What it leaves out stands around it here:
//! a runtime for a worker that has none ([`reactor`]), a hand on the HTTP exchange, because the exporter keeps the
//! reasons of failures and rejections to itself ([`exchange`]), and messages that say what to do ([`failure`]).

mod config;
mod exchange;
mod failure;
mod reactor;

use std::fmt;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry_otlp::{
    Compression as OtelCompression, ExporterBuildError, Protocol, SpanExporter, WithExportConfig,
    WithHttpConfig, WithTonicConfig, tonic_types::metadata::MetadataMap,
};
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};

use crate::settings::{Compression, OtlpProtocol};
use crate::vocabulary::{Flow, Resource};

use super::span_data::{otel_resource, span_data};
use super::{ExportError, Exporter};
use exchange::{Exchange, HttpClient};
use failure::{Failure, Remedies};
use reactor::Reactor;

pub use config::OtlpConfig;

/// Sends flows to an OpenTelemetry backend.
///
/// It brings its own runtime, and may therefore be made anywhere; but it blocks, and must not be asked to
/// [`export`](Exporter::export) on a thread that drives asynchronous tasks. omegi's worker never does.
pub struct OtlpExporter {
    config: OtlpConfig,
    sender: SpanExporter,
    exchange: Exchange,
    resource: Option<Arc<Resource>>,
    reactor: Reactor,
}

impl OtlpExporter {
    /// An exporter to this backend. Nothing is sent yet, and nobody asked whether the backend is there.
    ///
    /// # Errors
    ///
    /// An endpoint that is no URL or wants TLS, which is not built in, a header that HTTP does not allow, or a machine
    /// that has no more file descriptors.
    pub fn new(config: OtlpConfig) -> Result<Self, ExportError> {
        config.check()?;
        let reactor = Reactor::start()?;
        let exchange = Exchange::default();
        let sender = reactor.inside(|| sender(&config, &exchange))?;
        Ok(Self { config, sender, exchange, resource: None, reactor })
    }

    fn describe(&mut self, resource: &Arc<Resource>) {
        if self.resource.as_ref() != Some(resource) {
            self.sender.set_resource(&otel_resource(resource));
            self.resource = Some(Arc::clone(resource));
        }
    }

    /// Sends the spans of flows with the same resource, in requests that receivers accept.
    fn send_all(&mut self, flows: &[Flow]) -> Result<(), Failure> {
        let mut spans = flows.iter().flat_map(span_data).peekable();
        while spans.peek().is_some() {
            self.send(spans.by_ref().take(self.config.max_spans.max(1)).collect())?;
        }
        Ok(())
    }

    fn send(&self, spans: Vec<SpanData>) -> Result<(), Failure> {
        // Whatever of the client is instrumented for OpenTelemetry must not trace the sending of traces.
        let _untraced = Context::enter_telemetry_suppressed_scope();
        self.exchange.forget();
        let sent = self.reactor.block_on(self.config.timeout, self.sender.export(spans));
        match (sent, self.exchange.failure()) {
            (None, _) => Err(Failure::TimedOut),
            (Some(_), Some(failure)) => Err(failure),
            (Some(Err(error)), None) => Err(Failure::of_grpc(&error.to_string())),
            (Some(Ok(())), None) => Ok(()),
        }
    }

    fn explain(&self, failure: &Failure) -> ExportError {
        let endpoint = self.config.shown_endpoint();
        ExportError::new(Remedies { failure, endpoint: &endpoint, timeout: self.config.timeout }.to_string())
    }
}

impl Exporter for OtlpExporter {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        for flows in flows.chunk_by(|one, next| one.resource == next.resource) {
            self.describe(&flows[0].resource);
            self.send_all(flows).map_err(|failure| self.explain(&failure))?;
        }
        Ok(())
    }
}

impl fmt::Debug for OtlpExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpExporter").field("config", &self.config).finish_non_exhaustive()
    }
}

fn sender(config: &OtlpConfig, exchange: &Exchange) -> Result<SpanExporter, ExportError> {
    let headers = config.header_map()?;
    let built = match config.protocol {
        OtlpProtocol::HttpProtobuf => {
            http_sender(config, HttpClient::new(headers, config.timeout, exchange.clone()))
        }
        OtlpProtocol::Grpc => grpc_sender(config, MetadataMap::from_headers(headers)),
    };
    // What it says is not passed on: it repeats the endpoint with whatever credentials are in it.
    built.map_err(|_| config.no_url())
}

fn http_sender(config: &OtlpConfig, client: HttpClient) -> Result<SpanExporter, ExporterBuildError> {
    let builder = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(&config.endpoint)
        .with_timeout(config.timeout);
    match config.compression {
        Compression::None => builder.build(),
        Compression::Gzip => builder.with_compression(OtelCompression::Gzip).build(),
    }
}

fn grpc_sender(config: &OtlpConfig, headers: MetadataMap) -> Result<SpanExporter, ExporterBuildError> {
    let builder = SpanExporter::builder()
        .with_tonic()
        .with_metadata(headers)
        .with_protocol(Protocol::Grpc)
        .with_endpoint(&config.endpoint)
        .with_timeout(config.timeout);
    match config.compression {
        Compression::None => builder.build(),
        Compression::Gzip => builder.with_compression(OtelCompression::Gzip).build(),
    }
}
