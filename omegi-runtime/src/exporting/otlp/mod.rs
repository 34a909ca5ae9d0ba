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
use super::{ExportError, Exporter, Refusal};
use client::{Client, untraced};
use failure::Failure;
use parcels::Parcel;
use signal::Signal;

pub use config::OtlpConfig;
pub(crate) use metrics::OtlpMetrics;

/// Sends flows to an OpenTelemetry backend.
///
/// What the backend cannot take for the moment is tried again for a moment; then
/// [`export`](Exporter::export) fails [for now](ExportError::for_now), and [`ExportError::retry`] says when the backend would have
/// the same flows come. What of them has arrived by then is not sent twice; but what did arrive although no answer came in time, the exporter cannot know,
/// and sends again: backends tell such spans by their ids.
///
/// Of what is refused for good, [`ExportError::refusal`] says how much it is, where other requests, or the rest of the same,
/// were taken.
///
/// It brings its own runtime, and may therefore be made anywhere; but it blocks, and must not be asked to
/// [`export`](Exporter::export) on a thread that drives asynchronous tasks. omegi's worker never does.
pub struct OtlpExporter {
    client: Client,
    delivered: Delivered,
    /// Why something was first refused for good of the export that is under way.
    refused: Option<Failure>,
    /// How many spans of it were rejected of requests whose rest was taken: whose, backends do not say.
    rejected_spans: u64,
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
        Ok(Self { client, delivered: Delivered::default(), refused: None, rejected_spans: 0, bytes: 0 })
    }

    /// Sends all that has not arrived. Stops where going on makes no sense for now; goes on where something is refused for good.
    fn send(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        for parcel in parcels::pack(flows, &self.delivered, self.client.config().max_spans) {
            match self.client.send(&parcel.data()) {
                Err(failure) if failure.retry().is_some() => {
                    return Err(self.client.explain(&failure).after_writing(self.written(flows)));
                }
                Err(failure) => self.refused(&parcel, failure),
                Ok(bytes) => self.arrived(&parcel, bytes),
            }
        }
        let refusal = self.refusal(flows);
        self.delivered.forget(flows);
        match self.refused.take() {
            None => Ok(()),
            Some(failure) if refusal.flows.len() == flows.len() => Err(self.client.explain(&failure)),
            Some(failure) => Err(ExportError::in_part(self.client.explain(&failure).to_string(), refusal)),
        }
    }

    fn arrived(&mut self, parcel: &Parcel<'_>, bytes: u64) {
        parcel.note(&mut self.delivered);
        self.bytes += bytes;
    }

    /// The positions of those of these flows that have arrived and of which nothing was refused. What was refused comes again, to be
    /// told of when all are done with.
    fn written(&self, flows: &[Flow]) -> Vec<usize> {
        let has_arrived =
            |flow: &Flow| self.delivered.of(flow) == flow.spans.len() && self.delivered.refused(flow) == 0;
        flows.iter().enumerate().filter_map(|(nth, flow)| has_arrived(flow).then_some(nth)).collect()
    }

    /// Takes note of a request that was refused for good, or a part of it.
    fn refused(&mut self, parcel: &Parcel<'_>, failure: Failure) {
        match failure.rejected() {
            Some(spans) if spans < parcel.spans() => {
                self.rejected_spans += spans;
                parcel.note(&mut self.delivered);
            }
            _ => parcel.refuse(&mut self.delivered),
        }
        self.refused.get_or_insert(failure);
    }

    /// What was refused of these flows, all of which are done with.
    fn refusal(&mut self, flows: &[Flow]) -> Refusal {
        let refused = |flow: &Flow| self.delivered.refused(flow);
        let spans: usize = flows.iter().map(refused).sum();
        let whole = |(nth, flow): (usize, &Flow)| (refused(flow) == flow.spans.len()).then_some(nth);
        let flows = flows.iter().enumerate().filter_map(whole).collect();
        Refusal { flows, spans: spans as u64 + std::mem::take(&mut self.rejected_spans) }
    }
}

impl Exporter for OtlpExporter {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        untraced(|| self.send(flows))
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
