//! Scrubbing: masks secrets in everything that leaves the process, in one place, so that no
//! exporter can forget it.
//!
//! A value becomes `****` if its [name](names) is that of a secret. In any text, three more kinds
//! are masked: [values with such a name](assignments) (`password: "x"` from a `Debug`, `token=x` in
//! a query), the [user and password of a URL](urls), and omegi's own [token]. This runs on omegi's
//! own threads. A text without `:` or `=` is searched for the token only.

mod assignments;
mod names;
mod token;
mod urls;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::settings::{MASK, Masking, SecretText};
use crate::vocabulary::{Attribute, ErrorReport, Flow, Span, Status, Value};

use names::SecretNames;
use token::TokenFinder;

/// Masks secrets.
#[derive(Clone, Debug)]
pub(crate) struct Scrubber {
    names: SecretNames,
    token: TokenFinder,
}

impl Scrubber {
    /// A scrubber that knows these names of secrets, and this token.
    pub(crate) fn new(masking: Arc<Masking>, token: Option<&SecretText>) -> Self {
        Self { names: SecretNames::new(masking), token: TokenFinder::new(token) }
    }

    /// Masks secrets in all of a flow but its resource.
    pub(crate) fn flow(&mut self, flow: &mut Flow) {
        flow.spans.iter_mut().for_each(|span| self.span(span));
        flow.errors.iter_mut().for_each(|error| self.error(error));
    }

    /// Masks secrets in values, and all values with the name of a secret.
    pub(crate) fn attributes(&mut self, attributes: &mut [Attribute]) {
        for Attribute { key, value } in attributes {
            if names::is_written_by_omegi(key) {
                continue;
            }
            if self.names.are_secret(names::plain(key)) {
                *value = MASK.into();
            } else if let Value::Str(text) = value {
                self.text(text);
            }
        }
    }

    /// Masks secrets in a text.
    pub(crate) fn text(&mut self, text: &mut Cow<'static, str>) {
        if let Some(clean) = self.cleaned(text) {
            *text = Cow::Owned(clean);
        }
    }

    /// Returns whether values with this name are secret.
    pub(crate) fn is_secret(&mut self, name: &str) -> bool {
        self.names.are_secret(name)
    }

    fn span(&mut self, span: &mut Span) {
        // Texts of the program's source are not secret.
        if matches!(span.name, Cow::Owned(_)) {
            self.text(&mut span.name);
        }
        if let Status::Error { description } = &mut span.status {
            self.text(description);
        }
        self.attributes(&mut span.attributes);
        for event in &mut span.events {
            self.text(&mut event.name);
            self.attributes(&mut event.attributes);
        }
        span.links.iter_mut().for_each(|link| self.attributes(&mut link.attributes));
    }

    fn error(&mut self, error: &mut ErrorReport) {
        self.string(&mut error.message);
        error.causes.iter_mut().for_each(|cause| self.string(cause));
        let became = error.path.iter_mut().filter_map(|step| step.became.as_mut());
        became.for_each(|text| self.string(&mut text.message));
    }

    fn string(&mut self, text: &mut String) {
        if let Some(clean) = self.cleaned(text) {
            *text = clean;
        }
    }

    /// The text without its secrets; `None` if it has none.
    fn cleaned(&mut self, text: &str) -> Option<String> {
        let mut secrets: Vec<Range<usize>> = Vec::new();
        self.token.find(text, &mut secrets);
        if text.bytes().any(|byte| byte == b':' || byte == b'=') {
            urls::find(text, &mut secrets);
            assignments::find(text, |name| self.names.are_secret(&names::decoded(name)), &mut secrets);
        }
        (!secrets.is_empty()).then(|| masked(text, secrets))
    }
}

/// The text with a mask in place of each of these ranges, which may overlap.
fn masked(text: &str, mut secrets: Vec<Range<usize>>) -> String {
    secrets.sort_by_key(|secret| (secret.start, secret.end));
    let mut clean = String::with_capacity(text.len());
    let mut at = 0;
    for Range { start, end } in secrets {
        if start >= at {
            clean.push_str(&text[at..start]);
            clean.push_str(MASK);
        }
        at = at.max(end);
    }
    clean.push_str(&text[at..]);
    clean
}

#[cfg(test)]
mod tests;
