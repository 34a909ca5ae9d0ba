//! Names in generated code: the path `::omegi::private`, and variables of our own hygiene.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Path};

/// Returns a name that cannot clash with one of the user's.
pub(crate) fn hygienic(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The path of the runtime's module for generated code: `::omegi::private`, or `private` below the
/// path that `crate = …` gives.
#[derive(Clone)]
pub(crate) struct RuntimePath {
    krate: Option<Path>,
}

impl RuntimePath {
    /// Returns the module below `krate`, or below `::omegi`.
    pub(crate) fn new(krate: Option<Path>) -> Self {
        Self { krate }
    }

    /// Returns the path with all its tokens at `span`.
    ///
    /// A `#[track_caller]` function that is called through it has `span` as its caller's location.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        let Some(mut krate) = self.krate.clone() else { return quote_spanned!(span=> ::omegi::private) };
        if let Some(colons) = &mut krate.leading_colon {
            colons.spans = [span; 2];
        }
        for pair in krate.segments.pairs_mut() {
            let (segment, colons) = pair.into_tuple();
            segment.ident.set_span(span);
            if let Some(colons) = colons {
                colons.spans = [span; 2];
            }
        }
        quote_spanned!(span=> #krate::private)
    }

    /// Returns a function of the module, with all its tokens at `span`.
    pub(crate) fn function(&self, name: &str, span: Span) -> Expr {
        let (private, name) = (self.at(span), Ident::new(name, span));
        Expr::Verbatim(quote_spanned!(span=> #private::#name))
    }
}

impl ToTokens for RuntimePath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.krate {
            Some(krate) => tokens.extend(quote!(#krate::private)),
            None => self.at(Span::mixed_site()).to_tokens(tokens),
        }
    }
}
