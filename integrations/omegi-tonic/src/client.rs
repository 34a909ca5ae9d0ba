//! gRPC at the end of the client.

use std::sync::Arc;

use http::{HeaderMap, StatusCode, request};
use omegi::SpanKind;
use omegi::instrumentation::{ActiveSpan, LibraryCallSite, StartedSpan};
use omegi::propagation::{hear_kept, inject};
use omegi_http::{Authority, HeaderExtractor, HeaderInjector, authority};
use omegi_tower::{Convention, Exchange, WithBody};

use super::call::{code, describe_call, describe_end, message};
use super::code::Code;

static SITE: LibraryCallSite = LibraryCallSite::new("omegi::tonic", "ClientService::call", SpanKind::Client);

/// The convention for clients of gRPC.
///
/// ```
/// use omegi_tonic::GrpcClient;
/// use omegi_tower::TraceLayer;
///
/// let layer = TraceLayer::with(GrpcClient::default().server("orders.example", 443));
/// # drop(layer);
/// ```
#[derive(Clone, Debug, Default)]
pub struct GrpcClient {
    server: Option<(Arc<str>, u16)>,
}

impl GrpcClient {
    /// Sets the called server (`server.address`, `server.port`).
    ///
    /// ```
    /// use omegi_tonic::GrpcClient;
    ///
    /// let convention = GrpcClient::default().server("10.0.0.7", 50_051);
    /// # drop(convention);
    /// ```
    #[must_use]
    pub fn server(self, address: impl Into<String>, port: u16) -> Self {
        Self { server: Some((address.into().into(), port)) }
    }

    /// Returns the called server: the one that was set, else that of the request.
    fn authority<'a>(&'a self, request: &'a request::Parts) -> Option<Authority<'a>> {
        match &self.server {
            Some((host, port)) => Some(Authority { host, port: Some(*port) }),
            None => authority(request).and_then(Authority::parse),
        }
    }
}

impl Convention for GrpcClient {
    type Exchange = GrpcClientExchange;

    fn start(&self, _: &request::Parts) -> StartedSpan {
        SITE.start()
    }

    fn on_request(&self, span: &mut ActiveSpan<'_>, request: &mut request::Parts) -> GrpcClientExchange {
        if span.is_recording() {
            describe_call(span, request);
            if let Some(server) = self.authority(request) {
                server.describe(span);
            }
            inject(&mut HeaderInjector(&mut request.headers));
        }
        GrpcClientExchange(())
    }
}

/// A call of a client. Its span ends with the trailers of the response.
#[derive(Debug)]
pub struct GrpcClientExchange(());

impl Exchange for GrpcClientExchange {
    type End = WithBody;

    fn on_head(&mut self, span: &mut ActiveSpan<'_>, status: StatusCode, headers: &mut HeaderMap) -> bool {
        hear_kept(&HeaderExtractor(headers));
        let refused = || (status != StatusCode::OK).then(|| Code::of_http(status));
        let code = code(headers).or_else(refused);
        if let Some(code) = code {
            describe_end(span, code, message(headers), code.fails_client());
        }
        code.is_some()
    }

    fn on_end(&mut self, span: &mut ActiveSpan<'_>, trailers: Option<&mut HeaderMap>) {
        let none = HeaderMap::new();
        let trailers = trailers.map_or(&none, |trailers| trailers);
        hear_kept(&HeaderExtractor(trailers));
        let code = code(trailers).unwrap_or(Code::UNKNOWN);
        describe_end(span, code, message(trailers), code.fails_client());
    }
}
