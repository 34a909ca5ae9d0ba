//! The first service: the public API.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use desk::{Desk, DeskError};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _omegi = omegi::init();
    let desk = Desk::new(jokes::setting("JOKES_TELLER")?);
    jokes::serve(Router::new().route("/joke", get(joke)).with_state(Arc::new(desk))).await
}

#[derive(Deserialize)]
struct JokeQuery {
    about: String,
}

async fn joke(State(desk): State<Arc<Desk>>, Query(query): Query<JokeQuery>) -> Response {
    match desk.answer(&query.about).await {
        Ok(text) => format!("{text}\n").into_response(),
        Err(error @ DeskError::Silly(_)) => jokes::refusal(StatusCode::BAD_REQUEST, &error),
        Err(error @ DeskError::NoJoke { .. }) => jokes::refusal(StatusCode::NOT_FOUND, &error),
        Err(error) => jokes::refusal(StatusCode::SERVICE_UNAVAILABLE, &error),
    }
}

/// Answers requests of the public.
#[omegi::instrument_crate]
mod desk {
    use axum::http::StatusCode;
    use jokes::Joke;
    use reqwest_middleware::ClientWithMiddleware;

    #[derive(Debug, thiserror::Error)]
    pub(crate) enum DeskError {
        #[error("`{0}` is not something that jokes are about")]
        Silly(String),
        #[error("no joke about {topic} today")]
        NoJoke { topic: String },
        #[error("the teller is not well: {0}")]
        Teller(String),
        #[error("the teller could not be asked")]
        Unreachable(#[from] reqwest_middleware::Error),
    }

    /// The state of the public API.
    pub(crate) struct Desk {
        teller: String,
        client: ClientWithMiddleware,
    }

    impl Desk {
        pub(crate) fn new(teller: String) -> Self {
            Self { teller, client: jokes::client() }
        }

        pub(crate) async fn answer(&self, about: &str) -> Result<String, DeskError> {
            let topic = checked(about)?;
            let joke = self.ask(&topic).await?;
            Ok(format!("About {}: {}", joke.topic, joke.text))
        }

        async fn ask(&self, topic: &str) -> Result<Joke, DeskError> {
            let response = self.client.get(format!("{}/tell/{topic}", self.teller)).send().await?;
            match response.status() {
                StatusCode::OK => Ok(response.json().await.map_err(reqwest_middleware::Error::from)?),
                StatusCode::NOT_FOUND => Err(DeskError::NoJoke { topic: topic.to_owned() }),
                _ => Err(DeskError::Teller(response.text().await.unwrap_or_default().trim().to_owned())),
            }
        }
    }

    fn checked(about: &str) -> Result<String, DeskError> {
        let is_word = !about.is_empty() && about.chars().all(char::is_alphabetic);
        if is_word { Ok(about.to_lowercase()) } else { Err(DeskError::Silly(about.to_owned())) }
    }
}
