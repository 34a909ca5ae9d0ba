//! A request that failed: what its error says names the URL, with all that is secret in it.

use std::error::Error as StdError;
use std::fmt::{self, Display};

use reqwest_middleware::Error;

use crate::recording::probe::error_view::{ErrorView, Failing as _};
use crate::recording::span::task::TaskSpan;

use super::super::http::without_secrets;

/// The request fails.
pub(super) fn fail(span: &mut TaskSpan, error: &Error) {
    let shown = Shown(error);
    match error {
        Error::Reqwest(_) => span.fail_with(&shown, ErrorView::told::<reqwest::Error>),
        Error::Middleware(_) => span.fail_with(&shown, ErrorView::told::<Error>),
    }
}

/// The error, without the secrets of the URL that it names.
#[derive(Debug)]
struct Shown<'a>(&'a Error);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.url() {
            Some(url) => {
                f.write_str(&self.0.to_string().replace(url.as_str(), &without_secrets(url.as_str())))
            }
            None => self.0.fmt(f),
        }
    }
}

impl StdError for Shown<'_> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
