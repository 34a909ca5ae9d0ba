//! The second service: it asks the archive for a joke, and has one of its own for when the archive
//! fails.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use stage::{StageError, Teller};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _omegi = omegi::init();
    let teller = Teller::new(jokes::setting("JOKES_ARCHIVE")?);
    jokes::serve(Router::new().route("/tell/{topic}", get(tell)).with_state(Arc::new(teller))).await
}

async fn tell(State(teller): State<Arc<Teller>>, Path(topic): Path<String>) -> Response {
    match teller.tell(&topic).await {
        Ok(joke) => axum::Json(joke).into_response(),
        Err(error @ StageError::Unknown(_)) => jokes::refusal(StatusCode::NOT_FOUND, &error),
        Err(error) => jokes::refusal(StatusCode::BAD_GATEWAY, &error),
    }
}

/// Tells jokes.
#[omegi::instrument_crate]
mod stage {
    use axum::http::StatusCode;
    use jokes::Joke;
    use reqwest_middleware::ClientWithMiddleware;

    #[derive(Debug, thiserror::Error)]
    pub(crate) enum StageError {
        #[error("nobody knows a joke about {0}")]
        Unknown(String),
        #[error("the archive said {status}: {text}")]
        Archive { status: StatusCode, text: String },
        #[error("the archive could not be asked")]
        Unreachable(#[from] reqwest_middleware::Error),
    }

    impl From<reqwest::Error> for StageError {
        #[omegi::untraced]
        fn from(error: reqwest::Error) -> Self {
            Self::Unreachable(error.into())
        }
    }

    /// A teller, and the archive that it asks.
    pub(crate) struct Teller {
        archive: String,
        client: ClientWithMiddleware,
    }

    impl Teller {
        pub(crate) fn new(archive: String) -> Self {
            Self { archive, client: jokes::client() }
        }

        pub(crate) async fn tell(&self, topic: &str) -> Result<Joke, StageError> {
            match self.look_up(topic).await {
                Err(StageError::Archive { .. }) if topic == "cats" => Ok(self.by_heart(topic)),
                looked_up => Ok(polished(looked_up?)),
            }
        }

        async fn look_up(&self, topic: &str) -> Result<Joke, StageError> {
            let url = format!("{}/jokes/{topic}", self.archive);
            let response = self.client.get(url).send().await?;
            match response.status() {
                StatusCode::OK => Ok(response.json().await?),
                StatusCode::NOT_FOUND => Err(StageError::Unknown(topic.to_owned())),
                status => Err(StageError::Archive { status, text: response.text().await?.trim().to_owned() }),
            }
        }

        /// Returns the joke about cats that needs no archive.
        fn by_heart(&self, topic: &str) -> Joke {
            polished(Joke { topic: topic.to_owned(), text: "my cat proofreads. Mostly the p key".to_owned() })
        }
    }

    fn polished(joke: Joke) -> Joke {
        let mut text = joke.text;
        text.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
        if !text.ends_with(['.', '!', '?']) {
            text.push('.');
        }
        Joke { text, ..joke }
    }
}
