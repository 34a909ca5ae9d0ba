//! The third service: an archive of jokes, some of them damaged.

use std::error::Error;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use collection::CollectionError;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _omegi = omegi::init();
    jokes::serve(Router::new().route("/jokes/{topic}", get(joke))).await
}

async fn joke(Path(topic): Path<String>) -> Response {
    match collection::take_down(&topic) {
        Ok(joke) => axum::Json(joke).into_response(),
        Err(error @ CollectionError::Empty(_)) => jokes::refusal(StatusCode::NOT_FOUND, &error),
        Err(error) => jokes::refusal(StatusCode::INTERNAL_SERVER_ERROR, &error),
    }
}

/// The jokes of the archive.
#[omegi::instrument_crate]
mod collection {
    use std::num::ParseIntError;

    use jokes::Joke;

    /// A line for each joke: its topic, its number of words, its text.
    const LINES: [&str; 4] = [
        "rain 9 I used to hate puddles, then I fell in.",
        "bread 8 My sourdough is alive. It wants a raise.",
        "cats many Nobody has counted this one.",
        "tax 12 This joke lost its end in",
    ];

    #[derive(Debug, thiserror::Error)]
    pub(crate) enum CollectionError {
        #[error("there is no joke about {0}")]
        Empty(String),
        #[error("the label of the joke about {topic} cannot be read")]
        Label { topic: String, source: ParseIntError },
        #[error("the joke about {topic} has {found} words of {expected}")]
        Torn { topic: String, found: usize, expected: usize },
    }

    pub(crate) fn take_down(topic: &str) -> Result<Joke, CollectionError> {
        let line = find(topic)?;
        let (expected, text) = read_label(topic, line)?;
        check(topic, text, expected)?;
        Ok(Joke { topic: topic.to_owned(), text: text.to_owned() })
    }

    fn find(topic: &str) -> Result<&'static str, CollectionError> {
        let lines = LINES.iter().filter_map(|line| line.split_once(' '));
        let mut found = lines.filter(|(label, _)| *label == topic).map(|(_, rest)| rest);
        found.next().ok_or_else(|| CollectionError::Empty(topic.to_owned()))
    }

    fn read_label<'l>(topic: &str, line: &'l str) -> Result<(usize, &'l str), CollectionError> {
        let (words, text) = line.split_once(' ').unwrap_or((line, ""));
        let words =
            words.parse().map_err(|source| CollectionError::Label { topic: topic.to_owned(), source })?;
        Ok((words, text))
    }

    fn check(topic: &str, text: &str, expected: usize) -> Result<(), CollectionError> {
        let found = text.split_whitespace().count();
        if found < expected {
            return Err(CollectionError::Torn { topic: topic.to_owned(), found, expected });
        }
        Ok(())
    }
}
