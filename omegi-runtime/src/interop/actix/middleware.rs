//! The middleware and its service: a span opened for each request, and carried on by the future.

use std::fmt;
use std::future::{Ready, ready};
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{self, ServiceRequest, ServiceResponse, Transform};

use crate::recording::span::fork::Carried;
use crate::vocabulary::SpanKind;
use crate::vocabulary::call_site::{CallSite, Path};

use super::super::http::arrival::arrival;
use super::body::Body;
use super::exchange::Exchange;
use super::request::describe;

static SITE: CallSite = CallSite::new("omegi::actix", Path::Written("Service::call")).kind(SpanKind::Server);

/// Makes a span of each request.
#[derive(Clone, Debug, Default)]
pub struct Middleware {
    request_headers: Vec<String>,
    response_headers: Vec<String>,
}

impl Middleware {
    /// Middleware that says what the conventions want, and no more.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has these headers of requests told, as `http.request.header.<name>`. The case of a name means nothing.
    #[must_use]
    pub fn request_headers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.request_headers = lower_case(names);
        self
    }

    /// Has these headers of responses told, as `http.response.header.<name>`. The case of a name means nothing.
    #[must_use]
    pub fn response_headers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.response_headers = lower_case(names);
        self
    }
}

fn lower_case(names: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    names.into_iter().map(|name| name.into().to_ascii_lowercase()).collect()
}

impl<S, B> Transform<S, ServiceRequest> for Middleware
where
    S: dev::Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<Body<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = Service<S>;
    type Future = Ready<Result<Service<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let request_headers = self.request_headers.as_slice().into();
        let response_headers = self.response_headers.as_slice().into();
        ready(Ok(Service { inner, request_headers, response_headers }))
    }
}

/// A service whose requests are spans; made by [`Middleware`].
pub struct Service<S> {
    inner: S,
    request_headers: Rc<[String]>,
    response_headers: Rc<[String]>,
}

impl<S: fmt::Debug> fmt::Debug for Service<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, B> dev::Service<ServiceRequest> for Service<S>
where
    S: dev::Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<Body<B>>;
    type Error = Error;
    type Future = Exchange<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    /// The span is open from here: what the service does before it returns its future is part of the request.
    fn call(&self, request: ServiceRequest) -> Self::Future {
        let mut span = arrival(&SITE, request.headers()).begin();
        if span.is_recording() {
            describe(&mut span, &request, &self.request_headers);
        }
        let is_head = request.method() == actix_web::http::Method::HEAD;
        let future = self.inner.call(request);
        Exchange::new(Carried::begun(span, future), is_head, Rc::clone(&self.response_headers))
    }
}
