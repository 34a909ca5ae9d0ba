#![doc = include_str!("../README.md")]

#[cfg(feature = "enable")]
mod error;
#[cfg(feature = "enable")]
mod exchange;

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};

/// Middleware that makes a span of each request. Does nothing without the feature `enable`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientMiddleware(());

impl ClientMiddleware {
    /// Creates middleware that records what the conventions ask for.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Middleware for ClientMiddleware {
    #[cfg(feature = "enable")]
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        exchange::exchange(request, |request| next.run(request, extensions)).await
    }

    #[cfg(not(feature = "enable"))]
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        next.run(request, extensions).await
    }
}
