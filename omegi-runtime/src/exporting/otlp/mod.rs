//! Flows, and figures of omegi's own ([`metrics`]), to any OpenTelemetry backend over [OTLP]: gRPC, or HTTP with protobuf or JSON.
//!
//! A [client] of our own, and not `opentelemetry-otlp` (ADR 10). Flows are cut into requests ([`parcels`]), written straight into
//! OTLP's form, and sent until they are answered for good ([`sender`]) over one HTTP stack for all three protocols
//! ([`transport`], [`tls`]). What an answer means stands in [`over_http`] and [`over_grpc`], what is done about it in [`failure`] and
//! [`retrying`].
//!
//! [OTLP]: https://opentelemetry.io/docs/specs/otlp/

mod base64;
mod client;
mod config;
mod failure;
mod metrics;
mod over_grpc;
mod over_http;
mod parcels;
mod reactor;
mod response;
mod retrying;
mod sender;
mod signal;
mod tls;
mod transport;

use std::fmt;

use crate::vocabulary::Flow;

use super::delivered::Delivered;
use super::{ExportError, Exporter};
use client::{Client, untraced};
use failure::Failure;
use signal::Signal;

pub use config::OtlpConfig;
pub(crate) use metrics::OtlpMetrics;

/// Sends flows to an OpenTelemetry backend.
///
/// What the backend cannot take for the moment is tried again for a moment; then
/// [`export`](Exporter::export) fails with [`ExportError::retry`] saying when the backend would have the same flows come. What
/// of them has arrived by then is not sent twice.
///
/// It brings its own runtime, and may therefore be made anywhere; but it blocks, and must not be asked to
/// [`export`](Exporter::export) on a thread that drives asynchronous tasks. omegi's worker never does.
pub struct OtlpExporter {
    client: Client,
    delivered: Delivered,
    /// What was refused for good of the export that is under way.
    refused: Option<Failure>,
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
        let client = Client::new(config, Signal::Traces)?;
        Ok(Self { client, delivered: Delivered::default(), refused: None, bytes: 0 })
    }

    /// Sends all that has not arrived. Stops where going on makes no sense for now; goes on where something is refused for good.
    fn send(&mut self, flows: &[Flow]) -> Result<(), Failure> {
        for parcel in parcels::pack(flows, &self.delivered, self.client.config().max_spans) {
            match self.client.send(&parcel.data()) {
                Err(failure) if failure.retry().is_some() => return Err(failure),
                Err(failure) => drop(self.refused.get_or_insert(failure)),
                Ok(bytes) => self.bytes += bytes,
            }
            parcel.note(&mut self.delivered);
        }
        self.delivered.forget(flows);
        self.refused.take().map_or(Ok(()), Err)
    }
}

impl Exporter for OtlpExporter {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        untraced(|| self.send(flows)).map_err(|failure| self.client.explain(&failure))
    }

    fn bytes_written(&self) -> Option<u64> {
        Some(self.bytes)
    }
}

impl fmt::Debug for OtlpExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpExporter").field("config", self.client.config()).finish_non_exhaustive()
    }
}
