//! Collects errors, so that all of them are reported at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};

/// The errors found so far. Whoever makes one has to [`report`](Errors::report) it: dropping errors unseen panics.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    found: Vec<syn::Error>,
}

impl Errors {
    /// Notes that something is wrong with the code at `span`.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// Notes `error`.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.found.push(error);
    }

    /// Keeps what went well, notes what did not.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// How many were found.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    /// The `compile_error!`s that say them all; nothing if there are none.
    pub(crate) fn report(mut self) -> TokenStream {
        let all = std::mem::take(&mut self.found).into_iter().reduce(|mut first, next| {
            first.combine(next);
            first
        });
        all.map(syn::Error::into_compile_error).unwrap_or_default()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(self.found.is_empty() || std::thread::panicking(), "errors were found and not reported");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_errors_are_reported() {
        let mut errors = Errors::default();
        errors.at(Span::call_site(), "one");
        assert_eq!(errors.keep::<()>(Err(syn::Error::new(Span::call_site(), "two"))), None);
        let said = errors.report().to_string();
        assert!(said.contains("one") && said.contains("two"), "{said}");
    }

    #[test]
    #[should_panic(expected = "not reported")]
    fn forgetting_to_report_is_loud() {
        Errors::default().at(Span::call_site(), "one");
    }
}
