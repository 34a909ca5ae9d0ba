//! The HTTP exchange, watched: why a request failed, and which spans a receiver rejected.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HttpClient as OtelHttpClient, HttpError, Request, Response};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;

use super::failure::Failure;

/// How the last attempt of a request went. A clone is another handle to the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchange(Arc<Mutex<Option<Failure>>>);

impl Exchange {
    /// Forgets how earlier requests went.
    pub(super) fn forget(&self) {
        *self.lock() = None;
    }

    /// Why the last attempt failed, if it did.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.lock().clone()
    }

    fn note(&self, result: &Result<Response<Bytes>, HttpError>) {
        *self.lock() = match result {
            Ok(response) if response.status().is_success() => rejection(response.body()),
            Ok(response) => Some(Failure::of_status(response.status().as_u16())),
            Err(error) => Some(Failure::of_connection(&**error)),
        };
    }

    fn lock(&self) -> MutexGuard<'_, Option<Failure>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The spans that a receiver did not take although it took the request. A body that is no OTLP response says
/// nothing; a message without rejected spans is a warning to whoever runs the receiver.
fn rejection(body: &Bytes) -> Option<Failure> {
    let partial = ExportTraceServiceResponse::decode(body.clone()).ok()?.partial_success?;
    let rejected = Failure::Rejected { spans: partial.rejected_spans, reason: partial.error_message };
    (partial.rejected_spans > 0).then_some(rejected)
}

/// Sends requests with our headers, and notes how each attempt went.
///
/// The headers are added here and not by `opentelemetry-otlp`, which would percent-decode them a second time.
#[derive(Debug)]
pub(super) struct HttpClient {
    client: HyperClient,
    headers: HeaderMap,
    exchange: Exchange,
}

impl HttpClient {
    /// A client whose attempts are noted in `exchange`.
    pub(super) fn new(headers: HeaderMap, timeout: Duration, exchange: Exchange) -> Self {
        Self { client: HyperClient::with_default_connector(timeout, None), headers, exchange }
    }
}

#[async_trait]
impl OtelHttpClient for HttpClient {
    async fn send_bytes(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        request.headers_mut().extend(self.headers.clone());
        let result = self.client.send_bytes(request).await;
        self.exchange.note(&result);
        result
    }
}
