//! Requests, sent until a backend answers them for good.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use hyper::body::Bytes;
use omegi_config::{Compression, OtlpConfig, OtlpProtocol};
use tokio::time::{Instant, sleep, timeout_at};

use crate::config_error::ConfigError;
use crate::connector::Connector;
use crate::proxy::{Proxy, ProxyProtocol};
use crate::send_error::SendError;
use crate::signal::Signal;
use crate::transport::Transport;
use crate::{endpoint, over_grpc, over_http, retries, tls};

/// The client's name and version, in the form that OTLP's specification asks for ([User Agent]).
///
/// [User Agent]: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#user-agent
const USER_AGENT: &str = concat!("OTel-OTLP-Exporter-Rust-omegi/", env!("CARGO_PKG_VERSION"));

/// The longest timeout: 49 days. A longer one could not be added to the present.
const MAX_TIMEOUT: Duration = Duration::from_millis(u32::MAX as u64);

/// Sends requests to one backend.
#[derive(Debug)]
pub(crate) struct Sender {
    config: OtlpConfig,
    transport: Transport,
    uri: Uri,
    headers: HeaderMap,
}

impl Sender {
    /// Returns a sender of this signal, without connecting.
    pub(crate) fn new(config: OtlpConfig, signal: Signal) -> Result<Self, ConfigError> {
        let is_grpc = config.protocol == OtlpProtocol::Grpc;
        let forwards = !is_grpc && !endpoint::wants_tls(&config);
        let (uri, mut headers) = (endpoint::uri(&config, signal)?, headers(&config)?);
        let proxy = Proxy::of(&config)?;
        if let Some(Proxy { protocol: ProxyProtocol::Http, credentials: Some(credentials), .. }) = &proxy
            && forwards
        {
            headers.insert(http::header::PROXY_AUTHORIZATION, credentials.basic());
        }
        let proxy_tls = tls::proxy_config(&config, proxy.as_ref())?;
        let connector = Connector::new(proxy, proxy_tls, forwards);
        let transport = Transport::new(connector, tls::client_config(&config)?, is_grpc);
        Ok(Self { config, transport, uri, headers })
    }

    /// Returns the configuration.
    pub(crate) const fn config(&self) -> &OtlpConfig {
        &self.config
    }

    /// Returns the body of a request that carries the message.
    pub(crate) fn body(&self, message: Vec<u8>) -> Bytes {
        let (message, is_compressed) = match self.config.compression {
            Compression::None => (message, false),
            Compression::Gzip => (gzip(&message), true),
        };
        match self.config.protocol {
            OtlpProtocol::Grpc => over_grpc::frame(&message, is_compressed).into(),
            OtlpProtocol::HttpProtobuf | OtlpProtocol::HttpJson => message.into(),
        }
    }

    /// Sends a request, with retries, until it is answered for good or the time is up.
    ///
    /// Starts no attempt in the second half of the time. The backend may take a request that is cut
    /// off, and then get it twice.
    pub(crate) async fn send(&self, body: Bytes) -> Result<(), SendError> {
        let begun = Instant::now();
        let timeout = self.config.timeout.min(MAX_TIMEOUT);
        let (last_start, deadline) = (begun + timeout / 2, begun + timeout);
        let mut attempts = 0;
        loop {
            let outcome = timeout_at(deadline, self.attempt(body.clone())).await;
            let Err(error) = outcome.unwrap_or(Err(SendError::TimedOut)) else { return Ok(()) };
            attempts += 1;
            match retries::pause(&error, attempts) {
                Some(pause) if Instant::now() + pause < last_start => sleep(pause).await,
                _ => return Err(error),
            }
        }
    }

    async fn attempt(&self, body: Bytes) -> Result<(), SendError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let answer = self.transport.send(request).await?;
        match self.config.protocol {
            OtlpProtocol::Grpc => over_grpc::outcome(&answer),
            OtlpProtocol::HttpProtobuf | OtlpProtocol::HttpJson => over_http::outcome(&answer),
        }
    }
}

/// Returns the headers of every request: the client's name, the configured ones, and the
/// protocol's.
fn headers(config: &OtlpConfig) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    headers.extend(endpoint::headers(config)?);
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
    // Writing to a `Vec` cannot fail.
    let _ = encoder.write_all(message);
    encoder.finish().unwrap_or_default()
}
