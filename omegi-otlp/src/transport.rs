//! One request and its answer, over HTTP/1.1 or HTTP/2, with or without TLS.

use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;

use crate::connector::Connector;
use crate::send_error::SendError;

/// The largest body of an answer that is read, in bytes. OTLP's answers are short, but any server
/// may answer.
const MAX_ANSWER: usize = 64 << 10;

/// The largest head of an answer, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// Connections to one backend. Keeps one connection open.
#[derive(Debug)]
pub(crate) struct Transport(legacy::Client<HttpsConnector<Connector>, Full<Bytes>>);

/// An answer to a request.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// HTTP's status.
    pub(crate) status: u16,
    /// The headers and the trailers.
    pub(crate) headers: HeaderMap,
    /// The body; empty if it is larger than [`MAX_ANSWER`].
    pub(crate) body: Bytes,
}

impl Transport {
    /// Returns a transport over HTTP/2, for gRPC, or over HTTP/1.1, without connecting.
    pub(crate) fn new(connector: Connector, tls: ClientConfig, http2: bool) -> Self {
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let connector = match http2 {
            true => builder.enable_http2().wrap_connector(connector),
            false => builder.enable_http1().wrap_connector(connector),
        };
        let window = u32::try_from(MAX_ANSWER).unwrap_or(u32::MAX);
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(1)
            .http1_max_buf_size(MAX_HEAD)
            .http2_only(http2)
            .http2_initial_stream_window_size(window)
            .http2_initial_connection_window_size(window)
            .build(connector);
        Self(client)
    }

    /// Sends the request and reads the answer.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, SendError> {
        let response = self.0.request(request).await.map_err(|error| SendError::of_connection(&error))?;
        read(response).await.map_err(|error| SendError::of_connection(&error))
    }
}

/// Reads the answer up to its bound. Drops a longer answer's connection with the rest of its body.
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
    /// Returns a header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns whether the body is of this type, with any parameters.
    pub(crate) fn is(&self, content_type: &str) -> bool {
        self.header("content-type").is_some_and(|it| {
            it.get(..content_type.len()).is_some_and(|it| it.eq_ignore_ascii_case(content_type))
        })
    }
}
