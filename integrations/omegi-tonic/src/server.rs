//! gRPC at the end of the server.

use http::{HeaderMap, StatusCode, request};
use omegi::SpanKind;
use omegi::instrumentation::{ActiveSpan, LibraryCallSite, StartedSpan};
use omegi::propagation::tell_kept;
use omegi_http::{Authority, HeaderExtractor, HeaderInjector, authority};
use omegi_tower::{Convention, Exchange, WithBody};

use super::call::{code, describe_call, describe_end, message, method};
use super::code::Code;

static SITE: LibraryCallSite = LibraryCallSite::new("omegi::tonic", "ServerService::call", SpanKind::Server);

/// The convention for servers of gRPC. Its layer is [`ServerLayer`](super::ServerLayer).
///
/// ```
/// use omegi_tonic::GrpcServer;
/// use omegi_tower::{TraceLayer, TraceService};
/// use tower_layer::Layer as _;
///
/// /// A server of another library for gRPC, whose services are those of tower.
/// fn traced<S>(service: S) -> TraceService<S, GrpcServer> {
///     TraceLayer::with(GrpcServer::default()).layer(service)
/// }
/// # drop(traced(()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct GrpcServer {}

impl Convention for GrpcServer {
    type Exchange = GrpcServerExchange;

    fn start(&self, request: &request::Parts) -> StartedSpan {
        SITE.start_from_headers(&HeaderExtractor(&request.headers))
    }

    fn on_request(&self, span: &mut ActiveSpan<'_>, request: &mut request::Parts) -> GrpcServerExchange {
        if !span.is_recording() {
            return GrpcServerExchange::default();
        }
        describe_call(span, request);
        if let Some(server) = authority(request).and_then(Authority::parse) {
            server.describe(span);
        }
        GrpcServerExchange { method: method(request).to_owned(), told_kept: false }
    }
}

/// A call that a server answers. Its span ends with the trailers of the response.
#[derive(Debug, Default)]
pub struct GrpcServerExchange {
    method: String,
    /// True if the headers told the caller that the flow is kept: then the trailers need not.
    told_kept: bool,
}

impl GrpcServerExchange {
    fn tell_kept(&mut self, span: &ActiveSpan<'_>, headers: &mut HeaderMap) {
        if !self.told_kept && span.must_keep() {
            tell_kept(&mut HeaderInjector(headers));
            self.told_kept = true;
        }
    }

    /// Describes the call of a method that does not exist. The caller may have invented its name,
    /// so it must not become the name of the span.
    fn describe_unknown_method(&self, span: &mut ActiveSpan<'_>) {
        span.update_name("grpc");
        span.set_attribute("rpc.method", "_OTHER");
        span.set_attribute("rpc.method_original", self.method.clone());
    }
}

impl Exchange for GrpcServerExchange {
    type End = WithBody;

    fn on_head(&mut self, span: &mut ActiveSpan<'_>, _: StatusCode, headers: &mut HeaderMap) -> bool {
        let code = code(headers);
        if let Some(code) = code {
            let message = message(headers);
            // A router answers like this. A method that exists and is not implemented yet has a
            // message.
            if code == Code::UNIMPLEMENTED && message.is_none() {
                self.describe_unknown_method(span);
            }
            describe_end(span, code, message, code.fails_server());
        }
        self.tell_kept(span, headers);
        code.is_some()
    }

    fn on_end(&mut self, span: &mut ActiveSpan<'_>, trailers: Option<&mut HeaderMap>) {
        let Some(trailers) = trailers else { return };
        if let Some(code) = code(trailers) {
            describe_end(span, code, message(trailers), code.fails_server());
        }
        self.tell_kept(span, trailers);
    }
}
