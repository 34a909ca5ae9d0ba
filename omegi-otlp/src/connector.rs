//! Connections to a backend: direct ones, and those through a proxy.
//!
//! | proxy | request over HTTP/1.1 without TLS | with TLS, or gRPC |
//! |---|---|---|
//! | `http`, `https` | the proxy gets it, with an absolute URL | through a tunnel (`CONNECT`) |
//! | `socks5` | through a tunnel | through a tunnel |

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use rustls::ClientConfig;
use tower_service::Service;

use crate::connection::ProxiedConnection;
use crate::proxy::{Proxy, ProxyProtocol};

type BoxError = Box<dyn Error + Send + Sync>;

/// Connects to the proxy, with or without TLS.
type ToProxy = HttpsConnector<HttpConnector>;

/// Connects to a backend, without TLS.
#[derive(Clone)]
pub(crate) enum Connector {
    /// Connects to it directly.
    Direct(HttpConnector),
    /// Connects to the proxy at this address: each request names its whole URL.
    Forward(ToProxy, Uri),
    /// Connects through a proxy over HTTP.
    Tunnel(Tunnel<ToProxy>),
    /// Connects through a SOCKS5 proxy.
    Socks(SocksV5<ToProxy>),
}

/// An error between here and the end of a tunnel. Its causes hold no credentials.
#[derive(Debug)]
pub(crate) struct ProxyError(BoxError);

impl Connector {
    /// Returns a connector. `tls` is for the connection to the proxy. `forwards` is whether a proxy
    /// over HTTP gets the requests, instead of passing bytes on.
    pub(crate) fn new(proxy: Option<Proxy>, tls: ClientConfig, forwards: bool) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let Some(Proxy { protocol, uri, credentials }) = proxy else { return Self::Direct(tcp) };
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let to_proxy = builder.enable_http1().wrap_connector(tcp);
        match (protocol, credentials) {
            (ProxyProtocol::Http, _) if forwards => Self::Forward(to_proxy, uri),
            (ProxyProtocol::Http, Some(credentials)) => {
                Self::Tunnel(Tunnel::new(uri, to_proxy).with_auth(credentials.basic()))
            }
            (ProxyProtocol::Http, None) => Self::Tunnel(Tunnel::new(uri, to_proxy)),
            (ProxyProtocol::Socks5, Some(credentials)) => {
                let socks = SocksV5::new(uri, to_proxy);
                Self::Socks(socks.with_auth(credentials.user, credentials.password))
            }
            (ProxyProtocol::Socks5, None) => Self::Socks(SocksV5::new(uri, to_proxy)),
        }
    }

    async fn connect(self, backend: Uri) -> Result<ProxiedConnection, BoxError> {
        let through = match self {
            Self::Direct(mut tcp) => return Ok(ProxiedConnection::direct(tcp.call(backend).await?)),
            Self::Forward(mut to_proxy, uri) => to_proxy.call(uri).await.map(ProxiedConnection::forwarding),
            Self::Tunnel(mut tunnel) => {
                tunnel.call(with_port(backend)?).await.map(ProxiedConnection::tunnel).map_err(Into::into)
            }
            Self::Socks(mut socks) => {
                socks.call(with_port(backend)?).await.map(ProxiedConnection::tunnel).map_err(Into::into)
            }
        };
        through.map_err(|error| ProxyError(error).into())
    }
}

/// Returns the URL with its port: the port of a tunnel would be 443 otherwise.
fn with_port(uri: Uri) -> Result<Uri, http::Error> {
    if uri.port().is_some() {
        return Ok(uri);
    }
    let port = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    let address = format!("{}:{port}", uri.host().unwrap_or_default());
    let mut parts = uri.into_parts();
    parts.authority = Some(address.parse()?);
    Ok(Uri::from_parts(parts)?)
}

impl Service<Uri> for Connector {
    type Response = ProxiedConnection;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<ProxiedConnection, BoxError>> + Send>>;

    /// Returns that it is ready: no connector here makes anybody wait.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, backend: Uri) -> Self::Future {
        Box::pin(self.clone().connect(backend))
    }
}

/// Shows no credentials.
impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct(_) => "Direct",
            Self::Forward(..) => "Forward",
            Self::Tunnel(_) => "Tunnel",
            Self::Socks(_) => "Socks",
        })
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no way through the proxy")
    }
}

impl Error for ProxyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
