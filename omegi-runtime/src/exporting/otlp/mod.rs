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
use super::{ExportError, Exporter, Refusal};
use failure::{Failure, Remedies};
use parcels::Parcel;
use reactor::Reactor;
use sender::Sender;

pub use config::OtlpConfig;

/// Sends flows to an OpenTelemetry backend.
///
/// What the backend cannot take for the moment is tried again for a moment; then
/// [`export`](Exporter::export) fails with [`ExportError::retry`] saying when the backend would have the same flows come. What
/// of them has arrived by then is not sent twice; but what did arrive although no answer came in time, the exporter cannot know,
/// and sends again: backends tell such spans by their ids.
///
/// Of what is refused for good, [`ExportError::refusal`] says how much it is, where other requests, or the rest of the same,
/// were taken.
///
/// It brings its own runtime, and may therefore be made anywhere; but it blocks, and must not be asked to
/// [`export`](Exporter::export) on a thread that drives asynchronous tasks. omegi's worker never does.
pub struct OtlpExporter {
    config: OtlpConfig,
    sender: Sender,
    delivered: Delivered,
    /// Why something was first refused for good of the export that is under way.
    refused: Option<Failure>,
    /// How many spans of it were rejected of requests whose rest was taken: whose, backends do not say.
    rejected_spans: u64,
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
            rejected_spans: 0,
            reactor: Reactor::start()?,
            bytes: 0,
        })
    }

    /// Sends all that has not arrived. Stops where going on makes no sense for now; goes on where something is refused for good.
    fn send(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        for parcel in parcels::pack(flows, &self.delivered, self.config.max_spans) {
            let body = self.sender.body(&parcel.data());
            let bytes = body.len() as u64;
            match self.reactor.block_on(self.sender.send(body)) {
                Err(failure) if failure.retry().is_some() => {
                    return Err(self.explain(&failure).after_writing(self.written(flows)));
                }
                Err(failure) => self.refused(&parcel, failure, bytes),
                Ok(()) => self.arrived(&parcel, bytes),
            }
        }
        let refusal = self.refusal(flows);
        self.delivered.forget(flows);
        match self.refused.take() {
            None => Ok(()),
            Some(failure) if refusal.flows.len() == flows.len() => Err(self.explain(&failure)),
            Some(failure) => Err(ExportError::in_part(self.explain(&failure).to_string(), refusal)),
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
    fn refused(&mut self, parcel: &Parcel<'_>, failure: Failure, bytes: u64) {
        match failure.rejected_spans() {
            Some(spans) if spans < parcel.spans() => {
                self.rejected_spans += spans;
                self.arrived(parcel, bytes);
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
        quietly(|| self.send(flows))
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
