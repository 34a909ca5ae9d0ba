//! The layer and its service: a span opened for each request, and carried on by the future.

use std::fmt::{self, Display};
use std::future::Future;
use std::task::{Context, Poll};

use http::{Request, Response};

use crate::recording::span::fork::Carried;

use super::convention::{Call, Convention};
use super::exchange::Exchange;

/// A layer that makes a span of each request, in the words of the convention `C`.
#[derive(Clone, Default)]
pub struct Layer<C> {
    pub(in super::super) convention: C,
}

impl<C> fmt::Debug for Layer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layer").finish_non_exhaustive()
    }
}

impl<C: Default> Layer<C> {
    /// A layer that says what the convention wants, and no more.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<S, C: Clone> tower_layer::Layer<S> for Layer<C> {
    type Service = Service<S, C>;

    fn layer(&self, inner: S) -> Service<S, C> {
        Service { inner, convention: self.convention.clone() }
    }
}

/// A service whose requests are spans.
#[derive(Clone)]
pub struct Service<S, C> {
    inner: S,
    convention: C,
}

impl<S: fmt::Debug, C> fmt::Debug for Service<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, C, B, R> tower_service::Service<Request<B>> for Service<S, C>
where
    S: tower_service::Service<Request<B>, Response = Response<R>, Error: Display>,
    S::Future: Future<Output = Result<Response<R>, S::Error>>,
    C: Convention,
    R: http_body::Body<Error: Display>,
{
    type Response = Response<<C::Call as Call>::Body<R>>;
    type Error = S::Error;
    type Future = Exchange<S::Future, C::Call>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    /// The span is open from here: what the service does before it returns its future is part of the request.
    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let mut span = self.convention.fork(&head).begin();
        let call = self.convention.begin(&mut span, &mut head);
        let future = self.inner.call(Request::from_parts(head, body));
        Exchange::new(Carried::begun(span, future), call)
    }
}
