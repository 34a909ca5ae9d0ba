//! What the three services of the example share: how they listen, and what they send each other.

use std::error::Error;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// A joke, as the services send it to each other.
#[derive(Debug, Deserialize, Serialize)]
pub struct Joke {
    /// What it is about.
    pub topic: String,
    /// The joke.
    pub text: String,
}

/// Serves `routes` at the address that the variable `JOKES_LISTEN` names, each request as a part of its trace.
///
/// # Errors
///
/// The address is missing, or cannot be listened at.
pub async fn serve(routes: Router) -> Result<(), Box<dyn Error>> {
    let address = setting("JOKES_LISTEN")?;
    let listener = TcpListener::bind(&address).await?;
    axum::serve(listener, routes.layer(omegi_axum::ServerLayer::new())).await?;
    Ok(())
}

/// The variable `name` of the environment.
///
/// # Errors
///
/// It is not set.
pub fn setting(name: &str) -> Result<String, String> {
    std::env::var(name)
        .map_err(|_| format!("{name} is not set: examples/jokes/run starts all three services"))
}

/// A client whose requests go along with the trace.
#[must_use]
pub fn client() -> reqwest_middleware::ClientWithMiddleware {
    reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
        .with(omegi_reqwest::ClientMiddleware::new())
        .build()
}

/// An error as a response: its text, and a status that says whose fault it is.
pub fn refusal(status: StatusCode, error: &dyn Error) -> Response {
    (status, format!("{error}\n")).into_response()
}
