//! Flows to any OpenTelemetry backend over [OTLP]: gRPC, or HTTP with protobuf or JSON.
//!
//! A client of our own, and not `opentelemetry-otlp` (ADR 10). Flows are cut into requests ([`parcels`]), written straight into
//! OTLP's form, and sent until they are answered for good ([`sender`]) over one HTTP stack for all three protocols
//! ([`transport`], [`tls`]). What an answer means stands in [`over_http`] and [`over_grpc`], what is done about it in [`failure`] and
//! [`retrying`].
//!
//! [OTLP]: https://opentelemetry.io/docs/specs/otlp/

mod base64;
mod config;
mod failure;
mod over_grpc;
mod over_http;
mod parcels;
mod reactor;
mod response;
mod retrying;
mod sender;
mod tls;
mod transport;

use std::fmt;

use opentelemetry::Context;

use crate::recording::muting::quietly;
use crate::vocabulary::Flow;

use super::delivered::Delivered;
use super::{ExportError, Exporter};
use failure::{Failure, Remedies};
use reactor::Reactor;
use sender::Sender;

pub use config::OtlpConfig;

/// Sends flows to an OpenTelemetry backend.
///
/// What the backend cannot take for the moment is tried again for a moment; then
/// [`export`](Exporter::export) fails with [`ExportError::retry`] saying when the backend would have the same flows come. What
/// of them has arrived by then is not sent twice.
///
/// It brings its own runtime, and may therefore be made anywhere; but it blocks, and must not be asked to
/// [`export`](Exporter::export) on a thread that drives asynchronous tasks. omegi's worker never does.
pub struct OtlpExporter {
    config: OtlpConfig,
    sender: Sender,
    delivered: Delivered,
    /// What was refused for good of the export that is under way.
    refused: Option<Failure>,
    reactor: Reactor,
    /// What the backend took, in bytes.
    bytes: u64,
}

impl OtlpExporter {
    /// An exporter to this backend. Nothing is sent yet, and nobody asked whether the backend is there.
    ///
    /// # Errors
    ///
    /// An endpoint that is no URL, a certificate or key that cannot be read, a header that HTTP does not allow, or a machine
    /// that has no more file descriptors.
    pub fn new(config: OtlpConfig) -> Result<Self, ExportError> {
        let sender = Sender::new(&config)?;
        Ok(Self {
            config,
            sender,
            delivered: Delivered::default(),
            refused: None,
            reactor: Reactor::start()?,
            bytes: 0,
        })
    }

    /// Sends all that has not arrived. Stops where going on makes no sense for now; goes on where something is refused for good.
    fn send(&mut self, flows: &[Flow]) -> Result<(), Failure> {
        for parcel in parcels::pack(flows, &self.delivered, self.config.max_spans) {
            let body = self.sender.body(&parcel.data());
            let bytes = body.len() as u64;
            match self.reactor.block_on(self.sender.send(body)) {
                Err(failure) if failure.retry().is_some() => return Err(failure),
                Err(failure) => drop(self.refused.get_or_insert(failure)),
                Ok(()) => self.bytes += bytes,
            }
            parcel.note(&mut self.delivered);
        }
        self.delivered.forget(flows);
        self.refused.take().map_or(Ok(()), Err)
    }

    fn explain(&self, failure: &Failure) -> ExportError {
        let endpoint = self.config.shown_endpoint();
        let told = Remedies { failure, endpoint: &endpoint, timeout: self.config.timeout }.to_string();
        let told = self.config.without_secrets(told);
        match failure.retry() {
            Some(retry) => ExportError::for_now(told, retry.after),
            None => ExportError::new(told),
        }
    }
}

impl Exporter for OtlpExporter {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        // Whatever of the client is instrumented, for omegi or for OpenTelemetry, must not trace the sending of traces.
        let _untraced = Context::enter_telemetry_suppressed_scope();
        quietly(|| self.send(flows)).map_err(|failure| self.explain(&failure))
    }

    fn bytes_written(&self) -> Option<u64> {
        Some(self.bytes)
    }
}

impl fmt::Debug for OtlpExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpExporter").field("config", &self.config).finish_non_exhaustive()
    }
}
