//! One request and its answer, over HTTP/1.1 or HTTP/2, with or without TLS.

use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;

use super::failure::Failure;

/// How much of an answer is read. OTLP's answers have a few bytes, but who answers may be anybody.
const MAX_ANSWER: usize = 64 << 10;

/// How large the head of an answer may be.
const MAX_HEAD: usize = 64 << 10;

/// A request as it is sent, as often as need be.
pub(super) type Call = Request<Full<Bytes>>;

/// The way to a backend; keeps its connection.
#[derive(Debug)]
pub(super) struct Transport(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// What came back.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The status, as HTTP has it.
    pub(super) status: u16,
    /// The headers, and what stood behind the body.
    pub(super) headers: HeaderMap,
    /// The body, if it is no longer than is reasonable; else nothing.
    pub(super) body: Bytes,
}

impl Transport {
    /// A way over HTTP/2, as gRPC wants it, or over HTTP/1.1. Nothing is connected yet.
    pub(super) fn new(tls: ClientConfig, http2: bool) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let connector = match http2 {
            true => connector.enable_http2().wrap_connector(tcp),
            false => connector.enable_http1().wrap_connector(tcp),
        };
        let window = u32::try_from(MAX_ANSWER).unwrap_or(u32::MAX);
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(1)
            .http1_max_buf_size(MAX_HEAD)
            .http2_only(http2)
            .http2_initial_stream_window_size(window)
            .http2_initial_connection_window_size(window)
            .build(connector);
        Self(client)
    }

    /// Sends the request and reads the answer.
    pub(super) async fn send(&self, call: Call) -> Result<Answer, Failure> {
        let response = self.0.request(call).await.map_err(|error| Failure::of_connection(&error))?;
        read(response).await.map_err(|error| Failure::of_connection(&error))
    }
}

/// Reads the answer up to its bound; of a longer one the rest is left unread, and the connection with it.
async fn read(response: Response<Incoming>) -> Result<Answer, hyper::Error> {
    let (head, mut body) = response.into_parts();
    let mut answer = Answer { status: head.status.as_u16(), headers: head.headers, body: Bytes::new() };
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(data) if bytes.len() + data.len() > MAX_ANSWER => return Ok(answer),
            Ok(data) => bytes.extend_from_slice(&data),
            Err(frame) => answer.headers.extend(frame.into_trailers().unwrap_or_default()),
        }
    }
    answer.body = bytes.into();
    Ok(answer)
}

impl Answer {
    /// A header's text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether its body is of this type, whatever parameters the type has.
    pub(super) fn is(&self, content_type: &str) -> bool {
        self.header("content-type").is_some_and(|it| {
            it.get(..content_type.len()).is_some_and(|it| it.eq_ignore_ascii_case(content_type))
        })
    }
}
