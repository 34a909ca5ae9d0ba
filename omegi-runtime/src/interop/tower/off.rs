//! What is left of the layers without the feature `enable`: the same names, and services that pass everything on.

use std::fmt::Display;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use http::{Request, Response, request};

/// A layer that does nothing: the feature `enable` is off.
#[derive(Clone, Debug, Default)]
pub struct Layer<C>(PhantomData<C>);

impl<C: Default> Layer<C> {
    /// A layer that does nothing: the feature `enable` is off.
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

/// What a server says of requests: nothing.
#[derive(Clone, Debug, Default)]
pub struct Server {}

/// What a client says of requests: nothing.
#[derive(Clone, Debug, Default)]
pub struct Client {}

impl Layer<Server> {
    /// Ignored: the feature `enable` is off.
    #[inline]
    #[must_use]
    pub fn route(self, _: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self
    }

    /// Ignored: the feature `enable` is off.
    #[inline]
    #[must_use]
    pub fn request_headers(self, _: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self
    }

    /// Ignored: the feature `enable` is off.
    #[inline]
    #[must_use]
    pub fn response_headers(self, _: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self
    }
}

impl<S, C> tower_layer::Layer<S> for Layer<C> {
    type Service = Service<S, C>;

    #[inline]
    fn layer(&self, inner: S) -> Service<S, C> {
        Service { inner, convention: PhantomData }
    }
}

/// The service as it is.
#[derive(Clone, Debug)]
pub struct Service<S, C> {
    inner: S,
    convention: PhantomData<C>,
}

/// For the same services as with the feature: what compiles without it compiles with it.
impl<S, C, B, R> tower_service::Service<Request<B>> for Service<S, C>
where
    S: tower_service::Service<Request<B>, Response = Response<R>, Error: Display>,
    R: http_body::Body<Error: Display>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    #[inline]
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> S::Future {
        self.inner.call(request)
    }
}
