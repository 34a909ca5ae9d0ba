//! The parts that the three services of the example share: listening, and the message between them.

use std::error::Error;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// A joke, as the services send it to each other.
#[derive(Debug, Deserialize, Serialize)]
pub struct Joke {
    /// The topic of the joke.
    pub topic: String,
    /// The text of the joke.
    pub text: String,
}

/// Serves `routes` at the address in the variable `JOKES_LISTEN`. Each request is part of its
/// trace.
///
/// # Errors
///
/// The address is missing, or the service cannot listen there.
pub async fn serve(routes: Router) -> Result<(), Box<dyn Error>> {
    let address = setting("JOKES_LISTEN")?;
    let listener = TcpListener::bind(&address).await?;
    axum::serve(listener, routes.layer(omegi_axum::ServerLayer::new())).await?;
    Ok(())
}

/// Returns the variable `name` of the environment.
///
/// # Errors
///
/// The variable is not set.
pub fn setting(name: &str) -> Result<String, String> {
    std::env::var(name)
        .map_err(|_| format!("{name} is not set: examples/jokes/run starts all three services"))
}

/// Returns a client whose requests carry the trace.
#[must_use]
pub fn client() -> reqwest_middleware::ClientWithMiddleware {
    reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
        .with(omegi_reqwest::ClientMiddleware::new())
        .build()
}

/// Makes a response from an error: its text, and a status that distinguishes errors of the client
/// from those of the server.
pub fn refusal(status: StatusCode, error: &dyn Error) -> Response {
    (status, format!("{error}\n")).into_response()
}
