//! Writes the statics that describe call sites: of a function, or of work that it spawns.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;

use crate::plan::function::CallSitePlan;
use crate::plan::private::{RuntimePath, hygienic};

// Output:
//     {
//         static __OMEGI_SITE: ::omegi::private::CallSite =
//             ::omegi::private::CallSite::new(::core::module_path!(), PATH).named("…").kind(KIND);
//         &__OMEGI_SITE
//     }
/// Writes the static that describes the function. Its constructor has the place of the function's
/// name, which gives it the function's file and line.
pub(crate) fn of_function(site: &CallSitePlan, private: &RuntimePath) -> TokenStream {
    of_turn(site, private, site.place)
}

/// Writes the static that describes the turns of the function's loop at `place`: the same with
/// another line.
pub(crate) fn of_turn(site: &CallSitePlan, private: &RuntimePath, place: Span) -> TokenStream {
    let named = site.name.iter().map(|name| quote!(.named(#name)));
    let kind = site.kind.iter().map(|kind| {
        let variant = hygienic(kind.variant);
        quote!(.kind(#private::SpanKind::#variant))
    });
    let ignoring = (!site.ignored.is_empty()).then(|| {
        let names = site.ignored.iter().map(|name| name.unraw().to_string());
        quote!(.ignoring(&[#(#names),*]))
    });
    let calling = site.calls.iter().map(|names| quote!(.calling(#names)));
    written(site, private, place, &quote!(#(#named)* #(#kind)* #ignoring #(#calling)*))
}

/// Writes the static that describes the part `part` of the function, which is spawned at `place`.
pub(crate) fn of_part(site: &CallSitePlan, private: &RuntimePath, part: &str, place: Span) -> TokenStream {
    written(site, private, place, &quote!(.part(#part)))
}

// Output:
//     {
//         static __OMEGI_SITE: ::omegi::private::CallSite = …;
//         static __OMEGI_PROFILED: ::omegi::private::ProfiledSite =
//             ::omegi::private::ProfiledSite::new(&__OMEGI_SITE);
//         &__OMEGI_PROFILED
//     }
/// Writes the statics of a function whose calls are counted.
pub(crate) fn of_profiled(site: &CallSitePlan, private: &RuntimePath) -> TokenStream {
    let described = statics(site, private, site.place, &TokenStream::new());
    quote! {{
        #described
        static __OMEGI_PROFILED: #private::ProfiledSite = #private::ProfiledSite::new(&__OMEGI_SITE);
        &__OMEGI_PROFILED
    }}
}

fn written(site: &CallSitePlan, private: &RuntimePath, place: Span, rest: &TokenStream) -> TokenStream {
    let described = statics(site, private, place, rest);
    quote!({ #described &__OMEGI_SITE })
}

fn statics(site: &CallSitePlan, private: &RuntimePath, place: Span, rest: &TokenStream) -> TokenStream {
    let at_place = private.at(place);
    let (here, path) = match &site.path {
        Some(path) => (None, quote!(#private::Path::Written(#path))),
        None => (
            Some(quote!(
                fn __omegi_here() {}
            )),
            quote!(#private::Path::TypeName(|| ::core::any::type_name_of_val(&__omegi_here))),
        ),
    };
    let module = quote!(::core::module_path!());
    let made = quote_spanned!(place=> #at_place::CallSite::new(#module, #path));
    quote!(#here static __OMEGI_SITE: #private::CallSite = #made #rest;)
}
