//! The layers without the feature `enable`: the same names, and services that pass everything on.

use std::fmt::Display;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use http::{Request, Response, request};
use tower_layer::Layer;
use tower_service::Service;

use super::request_info::NoRequestInfo;

/// A layer that does nothing: the feature `enable` is off.
#[derive(Clone, Debug, Default)]
pub struct TraceLayer<C>(PhantomData<C>);

impl<C: Default> TraceLayer<C> {
    /// Creates a layer that does nothing: the feature `enable` is off.
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<C> TraceLayer<C> {
    /// Creates a layer that does nothing: the feature `enable` is off.
    #[inline]
    #[must_use]
    pub fn with(_: C) -> Self {
        Self(PhantomData)
    }
}

/// Does nothing: the feature `enable` is off.
#[derive(Clone, Debug, Default)]
pub struct HttpServer<I = NoRequestInfo>(PhantomData<I>);

/// Does nothing: the feature `enable` is off.
#[derive(Clone, Debug, Default)]
pub struct HttpClient {}

impl<I> TraceLayer<HttpServer<I>> {
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

impl<S, C> Layer<S> for TraceLayer<C> {
    type Service = TraceService<S, C>;

    #[inline]
    fn layer(&self, inner: S) -> TraceService<S, C> {
        TraceService { inner, convention: PhantomData }
    }
}

/// The service as it is.
#[derive(Clone, Debug)]
pub struct TraceService<S, C> {
    inner: S,
    convention: PhantomData<C>,
}

/// The bounds are those of the service that records, so that code which compiles without the
/// feature compiles with it.
impl<S, C, B, R> Service<Request<B>> for TraceService<S, C>
where
    S: Service<Request<B>, Response = Response<R>, Error: Display>,
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::{Ready, ready};
    use std::task::Waker;

    use super::*;

    /// Answers with the body of the request.
    struct Echo;

    impl Service<Request<String>> for Echo {
        type Response = Response<String>;
        type Error = Infallible;
        type Future = Ready<Result<Response<String>, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request<String>) -> Self::Future {
            assert!(request.headers().is_empty());
            ready(Ok(Response::new(request.into_body())))
        }
    }

    #[test]
    fn requests_and_responses_are_passed_on_as_they_are() {
        let mut service = TraceLayer::<HttpServer>::new().layer(TraceLayer::<HttpClient>::new().layer(Echo));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(service.poll_ready(&mut context), Poll::Ready(Ok(())));
        let response: Response<String> = service.call(Request::new("a".to_owned())).into_inner().unwrap();
        assert_eq!((response.headers().len(), response.body().as_str()), (0, "a"));
    }
}
