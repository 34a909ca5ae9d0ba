//! The middleware without the feature `enable`: the same names, and a service that passes
//! everything on.

use std::future::{Ready, ready};
use std::task::{Context, Poll};

use actix_web::dev::{Service, Transform};

/// Middleware that does nothing: the feature `enable` is off.
#[derive(Clone, Debug, Default)]
pub struct ServerMiddleware(());

impl ServerMiddleware {
    /// Creates middleware that does nothing: the feature `enable` is off.
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
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

impl<S: Service<R>, R> Transform<S, R> for ServerMiddleware {
    type Response = S::Response;
    type Error = S::Error;
    type InitError = ();
    type Transform = ServerMiddlewareService<S>;
    type Future = Ready<Result<ServerMiddlewareService<S>, ()>>;

    #[inline]
    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(ServerMiddlewareService { inner }))
    }
}

/// The service as it is.
#[derive(Debug)]
pub struct ServerMiddlewareService<S> {
    inner: S,
}

impl<S: Service<R>, R> Service<R> for ServerMiddlewareService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    #[inline]
    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    #[inline]
    fn call(&self, request: R) -> S::Future {
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::task::Waker;

    use super::*;

    /// Answers with the request.
    struct Echo;

    impl Service<String> for Echo {
        type Response = String;
        type Error = Infallible;
        type Future = Ready<Result<String, Infallible>>;

        fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&self, request: String) -> Self::Future {
            ready(Ok(request))
        }
    }

    #[test]
    fn requests_and_responses_are_passed_on_as_they_are() {
        let middleware = ServerMiddleware::new().request_headers(["a"]).response_headers(["b"]);
        let service = middleware.new_transform(Echo).into_inner().unwrap();
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(service.poll_ready(&mut context), Poll::Ready(Ok(())));
        assert_eq!(service.call("a".to_owned()).into_inner(), Ok("a".to_owned()));
    }
}
