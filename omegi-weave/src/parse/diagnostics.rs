//! Collects errors, so that the user sees all of them at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};

/// The errors found so far. Their finder has to [`report`](Diagnostics::report) them.
///
/// # Panics
///
/// Dropping errors without a report panics.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    found: Vec<syn::Error>,
}

impl Diagnostics {
    /// Notes an error in the code at `span`.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// Notes `error`.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.found.push(error);
    }

    /// Returns a success, notes an error.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Returns the number of errors.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    /// Returns one `compile_error!` for each error; no tokens if there are none.
    pub(crate) fn report(mut self) -> TokenStream {
        let all = std::mem::take(&mut self.found).into_iter().reduce(|mut first, next| {
            first.combine(next);
            first
        });
        all.map(syn::Error::into_compile_error).unwrap_or_default()
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        assert!(self.found.is_empty() || std::thread::panicking(), "errors were found and not reported");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_errors_are_reported() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.at(Span::call_site(), "one");
        assert_eq!(diagnostics.keep::<()>(Err(syn::Error::new(Span::call_site(), "two"))), None);
        let report = diagnostics.report().to_string();
        assert!(report.contains("one") && report.contains("two"), "{report}");
    }

    #[test]
    #[should_panic(expected = "not reported")]
    fn errors_without_a_report_panic() {
        Diagnostics::default().at(Span::call_site(), "one");
    }
}
