#![doc = include_str!("../README.md")]

#[cfg(feature = "enable")]
mod error;
#[cfg(feature = "enable")]
mod exchange;
#[cfg(not(feature = "enable"))]
mod off;

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};

#[cfg(feature = "enable")]
use exchange::exchange;
#[cfg(not(feature = "enable"))]
use off::exchange;

/// Middleware that makes a span of each request. Does nothing without the feature `enable`.
///
/// ```
/// use omegi_reqwest::ClientMiddleware;
/// use reqwest_middleware::ClientBuilder;
///
/// let client = ClientBuilder::new(reqwest::Client::new()).with(ClientMiddleware::new()).build();
/// let request = client.get("http://shop.example/orders/7");
/// # drop(request);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientMiddleware(());

impl ClientMiddleware {
    /// Creates middleware that records what the conventions ask for.
    ///
    /// ```
    /// use omegi_reqwest::ClientMiddleware;
    /// use reqwest_middleware::RequestBuilder;
    ///
    /// /// Makes a span of this request alone.
    /// fn traced(request: RequestBuilder) -> RequestBuilder {
    ///     request.with_extension(ClientMiddleware::new())
    /// }
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Middleware for ClientMiddleware {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        exchange(request, |request| next.run(request, extensions)).await
    }
}
