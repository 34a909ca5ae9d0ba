//! Writes the statics that describe what spans are opened for: a function, or what it starts elsewhere.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;

use crate::plan::{Site, hygienic};
use crate::private::Private;

/// The static that describes the function. The call that makes it stands where the function's name does, so that
/// file and line are the function's.
pub(crate) fn of_function(site: &Site, private: &Private) -> TokenStream {
    let named = site.name.iter().map(|name| quote!(.named(#name)));
    let kind = site.kind.iter().map(|kind| {
        let variant = hygienic(kind.variant);
        quote!(.kind(#private::SpanKind::#variant))
    });
    let ignoring = (!site.ignored.is_empty()).then(|| {
        let names = site.ignored.iter().map(|name| name.unraw().to_string());
        quote!(.ignoring(&[#(#names),*]))
    });
    written(site, private, site.ident.span(), &quote!(#(#named)* #(#kind)* #ignoring))
}

/// The static that describes a part of the function, called `part`, that is started at `place`.
pub(crate) fn of_part(site: &Site, private: &Private, part: &str, place: Span) -> TokenStream {
    written(site, private, place, &quote!(.part(#part)))
}

fn written(site: &Site, private: &Private, place: Span, rest: &TokenStream) -> TokenStream {
    let at_place = private.at(place);
    let (here, path) = match &site.path {
        Some(path) => (None, quote!(#private::Path::Written(#path))),
        None => (
            Some(quote!(
                fn __omegi_here() {}
            )),
            quote!(#private::Path::Asked(|| ::core::any::type_name_of_val(&__omegi_here))),
        ),
    };
    let module = quote!(::core::module_path!());
    let made = quote_spanned!(place=> #at_place::CallSite::new(#module, #path));
    quote!({ #here static __OMEGI_SITE: #private::CallSite = #made #rest; &__OMEGI_SITE })
}
