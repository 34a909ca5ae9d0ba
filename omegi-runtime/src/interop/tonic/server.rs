//! gRPC at the server's end.

use http::{HeaderMap, StatusCode, request};

use crate::recording::fork::{Carried, Fork};
use crate::recording::here;
use crate::recording::notes::SpanUpdate;
use crate::recording::task::TaskSpan;
use crate::vocabulary::SpanKind;
use crate::vocabulary::call_site::{CallSite, Path};

use super::super::http::arrival::arrival;
use super::super::http::authority::Authority;
use super::super::http::say;
use super::super::passing::tell_kept;
use super::super::tower::{Body, Call, Convention, authority};
use super::code::Code;
use super::status::{code, describe_call, describe_end, message, method};

static SITE: CallSite =
    CallSite::new("omegi::tonic", Path::Written("ServerService::call")).kind(SpanKind::Server);

/// What a server says of calls.
#[derive(Clone, Debug, Default)]
pub struct Server {}

impl Convention for Server {
    type Call = Answering;

    fn fork(&self, request: &request::Parts) -> Fork {
        arrival(&SITE, &request.headers)
    }

    fn begin(&self, span: &mut TaskSpan, request: &mut request::Parts) -> Answering {
        if !span.is_recording() {
            return Answering::default();
        }
        describe_call(span, request);
        if let Some(server) = authority(request).and_then(Authority::parse) {
            server.describe(span);
        }
        Answering { method: method(request).to_owned(), told: false }
    }
}

/// A call that is being answered.
#[derive(Debug, Default)]
pub struct Answering {
    method: String,
    /// Whether the caller knows that the flow is kept.
    told: bool,
}

impl Answering {
    fn tell(&mut self, headers: &mut HeaderMap) {
        if !self.told && here::is_precious() {
            tell_kept(headers);
            self.told = true;
        }
    }

    /// Nobody knows the method: who calls may have made up its name, and so it must name no span.
    fn disown_method(&self, span: &mut TaskSpan) {
        span.update(SpanUpdate::Name("grpc".into()));
        say(span, "rpc.method", "_OTHER");
        say(span, "rpc.method_original", self.method.clone());
    }
}

impl Call for Answering {
    type Body<B> = Body<B, Self>;

    fn answer(&mut self, span: &mut TaskSpan, _: StatusCode, headers: &mut HeaderMap) -> bool {
        let code = code(headers);
        if let Some(code) = code {
            let message = message(headers);
            // A router answers so; a method that is there and does nothing yet says something.
            if code == Code::UNIMPLEMENTED && message.is_none() {
                self.disown_method(span);
            }
            describe_end(span, code, message, code.fails_server());
        }
        self.tell(headers);
        code.is_some()
    }

    fn end(&mut self, span: &mut TaskSpan, trailers: Option<&mut HeaderMap>) {
        let Some(trailers) = trailers else { return };
        if let Some(code) = code(trailers) {
            describe_end(span, code, message(trailers), code.fails_server());
        }
        self.tell(trailers);
    }

    fn hand_over<B: http_body::Body>(self, body: B, carry: impl FnOnce(B) -> Carried<B>) -> Body<B, Self> {
        Body::new(carry(body), self, None)
    }
}
