//! A request without the feature `enable`: it is passed on.

use reqwest::Request;

/// Sends the request by `send`, as it is.
#[inline]
pub(super) fn exchange<F>(request: Request, send: impl FnOnce(Request) -> F) -> F {
    send(request)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use async_trait::async_trait;
    use http::Extensions;
    use reqwest::Response;
    use reqwest_middleware::{ClientBuilder, Middleware, Next, Result};

    use super::*;
    use crate::ClientMiddleware;

    /// Answers with the path of the request, without a connection.
    struct Echo;

    #[async_trait]
    impl Middleware for Echo {
        async fn handle(&self, request: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
            assert!(request.headers().is_empty());
            Ok(http::Response::new(request.url().path().to_owned()).into())
        }
    }

    #[test]
    fn requests_and_responses_are_passed_on_as_they_are() {
        let client =
            ClientBuilder::new(reqwest::Client::new()).with(ClientMiddleware::new()).with(Echo).build();
        let exchange = async {
            let response = client.get("http://shop.example/orders").send().await.unwrap();
            assert!(response.headers().is_empty());
            response.text().await.unwrap()
        };
        let polled = pin!(exchange).poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Ready("/orders".to_owned()));
    }
}
