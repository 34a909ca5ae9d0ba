//! Flows and [`metrics`] to an OpenTelemetry backend over [OTLP].
//!
//! The crate `omegi-otlp` connects, sends and retries. This folder packs flows into requests
//! ([`request_batch`]), writes them ([`backend`]), and turns errors into messages with a remedy
//! ([`explain`]).
//!
//! [OTLP]: https://opentelemetry.io/docs/specs/otlp/

mod backend;
mod explain;
mod metrics;
mod request_batch;
mod request_limit;

use std::fmt;
use std::time::Instant;

use omegi_config::OtlpConfig;
use omegi_otlp::{SendError, Signal};

use crate::recording::muting::quietly;
use crate::vocabulary::Flow;

use super::delivered::Delivered;
use super::export_error::{ExportError, Refusal};
use super::exporter::Exporter;
use backend::{Backend, FailedRequest};
use request_batch::RequestBatch;
use request_limit::RequestLimit;

pub(crate) use metrics::OtlpMetrics;

/// Sends flows to an OpenTelemetry backend.
///
/// Retries temporary failures for up to half of [`OtlpConfig::timeout`]. Then
/// [`export`](Exporter::export) fails [for now](ExportError::for_now), and [`ExportError::retry`]
/// holds the delay that the backend asks for. Spans that the backend took by then are not sent
/// again. Spans whose answer was lost are sent again: backends recognise them by their ids.
///
/// A request that is too large for the backend is sent again in parts, at last a span at a time.
/// Later requests are smaller from the start.
///
/// If the backend refuses only a part for good, [`ExportError::refusal`] counts it.
///
/// The exporter brings its own asynchronous runtime, so it can be made on any thread. But `export`
/// blocks: do not call it on a thread that drives asynchronous tasks. omegi's own worker never
/// does.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{OtlpConfig, OtlpExporter, OtlpProtocol};
///
/// // Beside the backend that the environment names, a second one gets all flows.
/// let config = OtlpConfig::new(OtlpProtocol::HttpProtobuf, "http://localhost:4318/v1/traces");
/// let _omegi = omegi::builder().exporter(OtlpExporter::new(config)?).init();
/// # Ok::<(), omegi::ExportError>(())
/// ```
pub struct OtlpExporter {
    backend: Backend,
    limit: RequestLimit,
    delivered: Delivered,
    /// The first final error of the current export.
    first_refusal: Option<FailedRequest>,
    /// The number of spans that the backend rejected from requests that it took. It does not name
    /// their flows.
    rejected_spans: u64,
    /// The bytes that the backend took.
    bytes: u64,
}

impl OtlpExporter {
    /// Returns an exporter to this backend, without connecting.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::{OtlpConfig, OtlpExporter, OtlpProtocol};
    ///
    /// let config = OtlpConfig::new(OtlpProtocol::Grpc, "localhost:4317");
    /// let error = OtlpExporter::new(config).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "cannot send to localhost:4317: not an http or https URL; \
    ///      set OTEL_EXPORTER_OTLP_ENDPOINT to one like http://localhost:4318"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// An endpoint that is no URL, a certificate or key that cannot be read, a header that HTTP
    /// does not allow, or no file descriptors left.
    pub fn new(config: OtlpConfig) -> Result<Self, ExportError> {
        let backend = Backend::new(config, Signal::Traces)?;
        let (limit, delivered) = (RequestLimit::new(), Delivered::default());
        Ok(Self { backend, limit, delivered, first_refusal: None, rejected_spans: 0, bytes: 0 })
    }

    /// Sends all spans that have not arrived. Stops at a temporary failure, and continues after a
    /// final one, or with smaller requests.
    fn send(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        while !self.send_requests(flows)? {}
        let refusal = self.take_refusal(flows);
        self.delivered.forget(flows);
        match self.first_refusal.take() {
            None => Ok(()),
            Some(failed) if refusal.flows.len() == flows.len() => Err(self.backend.explain(&failed)),
            Some(failed) => Err(ExportError::in_part(self.backend.explain(&failed).to_string(), refusal)),
        }
    }

    /// Sends spans that have not arrived, until none is left or requests have to be smaller.
    /// Returns whether none is left.
    fn send_requests(&mut self, flows: &[Flow]) -> Result<bool, ExportError> {
        let (max_spans, max_bytes) = (self.backend.config().max_spans, self.limit.bytes(Instant::now()));
        for batch in request_batch::pack(flows, &self.delivered, max_spans, max_bytes) {
            match self.backend.send(&batch.data()) {
                Ok(bytes) => {
                    batch.note_arrived(&mut self.delivered);
                    self.bytes += bytes;
                }
                Err(FailedRequest { error: SendError::TooLarge(_), .. }) if batch.has_parts() => {
                    self.limit.note_too_large(batch.bytes(), Instant::now());
                    return Ok(false);
                }
                Err(failed) if failed.error.is_temporary() => {
                    if matches!(failed.error, SendError::Exhausted(_)) {
                        self.limit.note_maybe_too_large(batch.bytes(), Instant::now());
                    }
                    return Err(self.backend.explain(&failed).after_writing(self.written(flows)));
                }
                Err(failed) => self.note_refused(&batch, failed),
            }
        }
        Ok(true)
    }

    /// Returns the positions of the flows that have arrived whole. Flows with refused spans come
    /// again, to be counted when all flows are done.
    fn written(&self, flows: &[Flow]) -> Vec<usize> {
        let has_arrived =
            |flow: &Flow| self.delivered.of(flow) == flow.spans.len() && self.delivered.refused(flow) == 0;
        flows.iter().enumerate().filter_map(|(nth, flow)| has_arrived(flow).then_some(nth)).collect()
    }

    /// Notes a request that was refused for good as a whole or in part.
    fn note_refused(&mut self, batch: &RequestBatch<'_>, failed: FailedRequest) {
        match failed.error.rejected_items() {
            Some(spans) if spans < batch.spans() => {
                self.rejected_spans += spans;
                batch.note_arrived(&mut self.delivered);
            }
            _ => batch.note_refused(&mut self.delivered),
        }
        self.first_refusal.get_or_insert(failed);
    }

    /// Returns the refused part of these flows, all of which are done.
    fn take_refusal(&mut self, flows: &[Flow]) -> Refusal {
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
        quietly(|| self.send(flows))
    }

    fn bytes_written(&self) -> Option<u64> {
        Some(self.bytes)
    }
}

impl fmt::Debug for OtlpExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpExporter").field("config", self.backend.config()).finish_non_exhaustive()
    }
}
