//! The error of a request. Its message contains the URL, including all secrets.

use std::error::Error as StdError;
use std::fmt::{self, Display};

use omegi::instrumentation::ActiveSpan;
use omegi_http::redact_url;
use reqwest_middleware::Error;

/// Fails the span with the error, without the secrets of the URL.
pub(super) fn fail(span: &mut ActiveSpan<'_>, error: &Error) {
    let redacted = Redacted(error);
    match error {
        Error::Reqwest(_) => span.fail_as::<reqwest::Error>(&redacted),
        Error::Middleware(_) => span.fail_as::<Error>(&redacted),
    }
}

/// An error without the secrets of the URL that its message has.
#[derive(Debug)]
struct Redacted<'a>(&'a Error);

impl Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.url() {
            Some(url) => f.write_str(&self.0.to_string().replace(url.as_str(), &redact_url(url.as_str()))),
            None => self.0.fmt(f),
        }
    }
}

impl StdError for Redacted<'_> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
