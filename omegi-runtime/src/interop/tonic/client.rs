//! gRPC at the client's end.

use std::sync::Arc;

use http::{HeaderMap, StatusCode, request};

use crate::recording::span::fork::{Carried, Fork};
use crate::recording::span::task::TaskSpan;
use crate::vocabulary::SpanKind;
use crate::vocabulary::call_site::{CallSite, Path};

use super::super::http::authority::Authority;
use super::super::passing::{hear_kept, inject};
use super::super::tower::{Body, Call, Convention, Layer, authority};
use super::code::Code;
use super::status::{code, describe_call, describe_end, message};

static SITE: CallSite =
    CallSite::new("omegi::tonic", Path::Written("ClientService::call")).kind(SpanKind::Client);

/// What a client says of calls.
#[derive(Clone, Debug, Default)]
pub struct Client {
    server: Option<(Arc<str>, u16)>,
}

impl Layer<Client> {
    /// Says which server is called (`server.address`, `server.port`): a channel of tonic knows, and tells no layer above it.
    #[must_use]
    pub fn server(mut self, address: impl Into<String>, port: u16) -> Self {
        self.convention.server = Some((address.into().into(), port));
        self
    }
}

impl Convention for Client {
    type Call = Asking;

    fn fork(&self, _: &request::Parts) -> Fork {
        Fork::call(&SITE)
    }

    fn begin(&self, span: &mut TaskSpan, request: &mut request::Parts) -> Asking {
        if span.is_recording() {
            describe_call(span, request);
            if let Some(server) = self.server(request) {
                server.describe(span);
            }
            inject(&mut request.headers);
        }
        Asking(())
    }
}

impl Client {
    fn server<'a>(&'a self, request: &'a request::Parts) -> Option<Authority<'a>> {
        match &self.server {
            Some((host, port)) => Some(Authority { host, port: Some(*port) }),
            None => authority(request).and_then(Authority::parse),
        }
    }
}

/// A call that has been sent.
#[derive(Debug)]
pub struct Asking(());

impl Call for Asking {
    type Body<B> = Body<B, Self>;

    fn answer(&mut self, span: &mut TaskSpan, status: StatusCode, headers: &mut HeaderMap) -> bool {
        hear_kept(headers);
        let refused = || (status != StatusCode::OK).then(|| Code::of_http(status));
        let code = code(headers).or_else(refused);
        if let Some(code) = code {
            describe_end(span, code, message(headers), code.fails_client());
        }
        code.is_some()
    }

    fn end(&mut self, span: &mut TaskSpan, trailers: Option<&mut HeaderMap>) {
        let nothing = HeaderMap::new();
        let trailers = trailers.map_or(&nothing, |trailers| trailers);
        hear_kept(trailers);
        let code = code(trailers).unwrap_or(Code::UNKNOWN);
        describe_end(span, code, message(trailers), code.fails_client());
    }

    fn hand_over<B: http_body::Body>(self, body: B, carry: impl FnOnce(B) -> Carried<B>) -> Body<B, Self> {
        Body::new(carry(body), self, None)
    }
}
