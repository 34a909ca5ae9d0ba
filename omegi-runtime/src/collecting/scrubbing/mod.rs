//! Scrubbing: masks secrets in everything that leaves the process, in one place, so that no
//! exporter can forget it.
//!
//! A value becomes `****` if its [name](names) is that of a secret. In any text, more are masked, a
//! file for each family of forms:
//!
//! - [values behind a name and a sign](assignments): `password: x`, `token=x`, in any format;
//! - values whose [name is a value](entries) itself, [options](options), [elements](elements) of
//!   XML, [pairs](pairs) and [literals of SQL](sql);
//! - the [user and password of a URL](urls), [credentials](credentials) behind a scheme, and
//!   secrets [that look like one](shapes);
//! - omegi's own [token].
//!
//! Each searches the text as it is, and as it reads [decoded](encoded). This runs on omegi's own
//! threads, and takes time linear in the length of the text.

mod assignments;
mod blocks;
mod credentials;
mod elements;
mod encoded;
mod entries;
mod extents;
mod literals;
mod named;
mod names;
mod options;
mod pairs;
mod reading;
mod shapes;
mod sql;
mod token;
mod urls;
mod words;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::settings::{MASK, Masking, SecretText};
use crate::vocabulary::attribute_names::HIDDEN_NAME;
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
            let hidden = names::take_hidden(key);
            let is_hidden = hidden.split(HIDDEN_NAME).skip(1).any(|name| self.is_secret(name));
            if is_hidden || self.is_secret(names::plain(key)) {
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

    /// Returns whether values with this name are secret, as it is or decoded.
    pub(crate) fn is_secret(&mut self, name: &str) -> bool {
        self.names.are_secret(name)
            || encoded::readings(name).iter().any(|reading| self.names.are_secret(&reading.text))
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
        self.find(text, &mut secrets);
        for reading in encoded::readings(text) {
            let mut read: Vec<Range<usize>> = Vec::new();
            self.find(&reading.text, &mut read);
            secrets.extend(read.iter().map(|range| reading.source(range)));
        }
        (!secrets.is_empty()).then(|| masked(text, secrets))
    }

    /// Adds the ranges of secrets in one reading of a text. Most texts lack the signs of most
    /// forms.
    fn find(&mut self, text: &str, found: &mut Vec<Range<usize>>) {
        let Self { names, .. } = self;
        let mut signs = [false; 256];
        text.bytes().for_each(|byte| signs[usize::from(byte)] = true);
        let has = |sign: u8| signs[usize::from(sign)];
        let has_quote = has(b'"') || has(b'\'') || has(b'`');
        if has(b':') && has(b'/') {
            urls::find(text, found);
        }
        if text.len() > shapes::SHORTEST {
            shapes::find(text, found);
        }
        if has(b' ') {
            credentials::find(text, found);
        }
        if has(b':') || has(b'=') {
            assignments::find(text, names, found);
        }
        if has(b'-') {
            options::find(text, |name| names.are_secret(name), found);
        }
        if has(b'<') && has(b'>') {
            elements::find(text, |name| names.are_secret(name), found);
        }
        if has_quote && has(b',') && (has(b'(') || has(b'[')) {
            pairs::find(text, |name| names.are_secret(name), found);
        }
        if has(b'{') {
            pairs::types(text, |name| names.are_secret(name), found);
        }
        if has_quote {
            sql::literals(text, |name| names.are_secret(name), found);
        }
        if has(b'(') && has(b')') {
            sql::columns(text, |name| names.are_secret(name), found);
        }
    }
}

/// The word that OpenTelemetry's conventions have for a removed value.
const REDACTED: &str = "REDACTED";

/// The text with a mask in place of each of these ranges. Ranges that overlap or touch have one.
fn masked(text: &str, mut secrets: Vec<Range<usize>>) -> String {
    secrets.retain(|secret| text[secret.clone()] != *REDACTED);
    secrets.sort_by_key(|secret| (secret.start, secret.end));
    let mut clean = String::with_capacity(text.len());
    let mut masked = 0..0;
    for secret in secrets {
        if masked.is_empty() || secret.start > masked.end {
            clean.push_str(&text[masked.end..secret.start]);
            clean.push_str(MASK);
            masked = secret;
        } else {
            masked.end = masked.end.max(secret.end);
        }
    }
    clean.push_str(&text[masked.end..]);
    clean
}

#[cfg(test)]
mod forms;
#[cfg(test)]
mod tests;
