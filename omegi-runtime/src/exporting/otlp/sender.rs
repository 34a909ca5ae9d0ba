//! Requests, sent until they are answered for good.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use hyper::body::Bytes;
use tokio::time::{Instant, sleep, timeout_at};

use crate::exporting::ExportError;
use crate::exporting::envelope::OtlpMessage;
use crate::settings::{Compression, NO_LIMIT, OtlpProtocol};

use super::failure::Failure;
use super::signal::Signal;
use super::transport::{Answer, Call, Transport};
use super::{OtlpConfig, over_grpc, over_http, retrying, tls};

/// Who we are, as the specification of OTLP exporters would have us say ([User Agent]).
///
/// [User Agent]: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#user-agent
const USER_AGENT: &str = concat!("OTel-OTLP-Exporter-Rust-omegi/", env!("CARGO_PKG_VERSION"));

/// Writes requests and sends them to one backend.
#[derive(Debug)]
pub(super) struct Sender {
    transport: Transport,
    protocol: OtlpProtocol,
    compression: Compression,
    timeout: Duration,
    uri: Uri,
    headers: HeaderMap,
}

impl Sender {
    /// A sender of this signal to the backend that the configuration names.
    pub(super) fn new(config: &OtlpConfig, signal: Signal) -> Result<Self, ExportError> {
        Ok(Self {
            transport: Transport::new(tls::client_config(config)?, config.protocol == OtlpProtocol::Grpc),
            protocol: config.protocol,
            compression: config.compression,
            // Has to be added to the present.
            timeout: config.timeout.min(NO_LIMIT),
            uri: config.uri(signal)?,
            headers: headers(config)?,
        })
    }

    /// The body of a request that carries this.
    pub(super) fn body(&self, message: &impl OtlpMessage) -> Bytes {
        let message = match self.protocol {
            OtlpProtocol::HttpJson => message.to_string().into_bytes(),
            OtlpProtocol::HttpProtobuf | OtlpProtocol::Grpc => message.to_protobuf(),
        };
        let (message, compressed) = match self.compression {
            Compression::None => (message, false),
            Compression::Gzip => (gzip(&message), true),
        };
        match self.protocol {
            OtlpProtocol::Grpc => over_grpc::frame(&message, compressed).into(),
            OtlpProtocol::HttpProtobuf | OtlpProtocol::HttpJson => message.into(),
        }
    }

    /// Sends a request, again if that is worth trying, until it is answered or time is up.
    ///
    /// Not again where less than half of the time would be left: what is cut off may have been taken, and come twice.
    pub(super) async fn send(&self, body: Bytes) -> Result<(), Failure> {
        let begun = Instant::now();
        let (last_start, deadline) = (begun + self.timeout / 2, begun + self.timeout);
        let mut attempts = 0;
        loop {
            let answered = timeout_at(deadline, self.attempt(body.clone())).await;
            let Err(failure) = answered.unwrap_or(Err(Failure::TimedOut)) else { return Ok(()) };
            attempts += 1;
            match retrying::pause(&failure, attempts) {
                Some(pause) if Instant::now() + pause < last_start => sleep(pause).await,
                _ => return Err(failure),
            }
        }
    }

    async fn attempt(&self, body: Bytes) -> Result<(), Failure> {
        let answer = self.transport.send(self.call(body)).await?;
        self.judge(&answer)
    }

    fn call(&self, body: Bytes) -> Call {
        let mut call = Request::new(Full::new(body));
        *call.method_mut() = Method::POST;
        *call.uri_mut() = self.uri.clone();
        *call.headers_mut() = self.headers.clone();
        call
    }

    fn judge(&self, answer: &Answer) -> Result<(), Failure> {
        match self.protocol {
            OtlpProtocol::Grpc => over_grpc::judge(answer),
            OtlpProtocol::HttpProtobuf | OtlpProtocol::HttpJson => over_http::judge(answer),
        }
    }
}

/// The headers of every request: who we are, what the configuration says, and what the protocol demands.
fn headers(config: &OtlpConfig) -> Result<HeaderMap, ExportError> {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    headers.extend(config.header_map()?);
    let (content_type, encoding) = match config.protocol {
        OtlpProtocol::HttpProtobuf => (over_http::PROTOBUF, "content-encoding"),
        OtlpProtocol::HttpJson => (over_http::JSON, "content-encoding"),
        OtlpProtocol::Grpc => (over_grpc::CONTENT_TYPE, "grpc-encoding"),
    };
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if config.compression == Compression::Gzip {
        headers.insert(HeaderName::from_static(encoding), HeaderValue::from_static("gzip"));
    }
    if config.protocol == OtlpProtocol::Grpc {
        headers.insert(http::header::TE, HeaderValue::from_static("trailers"));
    }
    Ok(headers)
}

fn gzip(message: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(message.len() / 4), Level::default());
    // A `Vec` takes whatever it is given.
    let _ = encoder.write_all(message);
    encoder.finish().unwrap_or_default()
}
