//! Middleware for [reqwest](https://docs.rs/reqwest), by [reqwest-middleware](https://docs.rs/reqwest-middleware): each
//! request is a span of the kind CLIENT, which says what OpenTelemetry's [conventions] want of it, and goes along in the
//! request's headers.
//!
//! The span ends with the head of the response. If that says that its service keeps the trace because of an error, so does this
//! one. Where reqwest follows a redirect, that is part of the same span.
//!
//! ```
//! use omegi_runtime::reqwest::Middleware;
//!
//! let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new()).with(Middleware::new()).build();
//! # let _ = client;
//! ```
//!
//! [conventions]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span

#[cfg(feature = "enable")]
mod exchange;
#[cfg(feature = "enable")]
mod failure;

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Next, Result};

/// Makes a span of each request. Does nothing without the feature `enable`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Middleware(());

impl Middleware {
    /// Middleware that says what the conventions want, and no more.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl reqwest_middleware::Middleware for Middleware {
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
