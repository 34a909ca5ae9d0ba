//! The one path that generated code names: `::omegi::private`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Path};

/// `::omegi::private`, or `private` below the path that `crate = …` named.
#[derive(Clone)]
pub(crate) struct Private {
    krate: Option<Path>,
}

impl Private {
    /// The module below `krate`, or below `::omegi`.
    pub(crate) fn new(krate: Option<Path>) -> Self {
        Self { krate }
    }

    /// The path with all its tokens at `span`, so that the caller's location of a `#[track_caller]` function which
    /// is called through it is `span`'s.
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

    /// A function of the module, all at `span`.
    pub(crate) fn function(&self, name: &str, span: Span) -> Expr {
        let (private, name) = (self.at(span), Ident::new(name, span));
        Expr::Verbatim(quote_spanned!(span=> #private::#name))
    }
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.krate {
            Some(krate) => tokens.extend(quote!(#krate::private)),
            None => self.at(Span::mixed_site()).to_tokens(tokens),
        }
    }
}
