//! The attribute that weaves an item late: behind the attributes of other libraries on it.
//!
//! ```text
//! #[culpa::throws(E)]             #[culpa::throws(E)]
//! fn total() -> u32 { … }         #[::omegi::traced(__late("total"), …)]
//!                        becomes  fn total() -> u32 { … }
//! ```
//!
//! The compiler expands an item's attributes from the first to the last. The macro of the other
//! library sees the function as it is written. The weave sees what that macro made of it. That may
//! be another function, several, or no function at all, so that the late attribute leaves any other
//! item as it is, and reports no mistakes.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;
use syn::{Attribute, LitStr, parse_quote};

use crate::parse::option_table::{CONTEXT, INHERIT, LATE};
use crate::parse::option_values::ContextType;
use crate::parse::options::AttributeOptions;

/// Returns whether these are the options of a late attribute.
pub(crate) fn is_late(options: &TokenStream) -> bool {
    options.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == LATE))
}

/// Returns the late attribute of an item whose own attribute has these options, `written` so. A
/// function has a `name`.
pub(crate) fn of_item(name: Option<&Ident>, options: &AttributeOptions, written: &TokenStream) -> Attribute {
    let inherited = options.inherited.as_ref().and_then(|inherited| inherited.defaults.krate.clone());
    let krate = options.krate.clone().or(inherited).unwrap_or_else(|| parse_quote!(::omegi));
    if is_late(written) {
        return parse_quote!(#[#krate::traced(#written)]);
    }
    let key = format_ident!("{LATE}");
    let name = name.map_or_else(
        || LitStr::new("", Span::call_site()),
        |name| LitStr::new(&name.unraw().to_string(), name.span()),
    );
    parse_quote!(#[#krate::traced(#key(#name), #written)])
}

/// Returns the late attribute of an item in a woven container: below `path`, with the container's
/// `options`. A function has a `name`, and the types in the `context` around it.
pub(crate) fn of_inner(
    name: Option<&Ident>,
    path: &str,
    options: &AttributeOptions,
    context: &[ContextType],
) -> Attribute {
    let inherit = format_ident!("{INHERIT}");
    let context = name.map(|_| {
        let key = format_ident!("{CONTEXT}");
        quote!(, #key(#(#context),*))
    });
    of_item(name, options, &quote!(#inherit(#path #options) #context))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::diagnostics::Diagnostics;
    use crate::parse::option_values::AttributeTarget;
    use quote::ToTokens as _;

    #[test]
    fn a_late_attribute_is_read_back() {
        let context =
            ["T", "Self", "Error = io :: Error < u8 , T >"].map(|text| syn::parse_str(text).unwrap());
        let mut options = AttributeOptions::default();
        options.ret = Some(true);
        let name = format_ident!("total");
        let attribute = of_inner(Some(&name), "Cart", &options, &context);
        let written = attribute.meta.require_list().unwrap().tokens.clone();
        assert!(is_late(&written));
        assert_eq!(
            of_item(Some(&name), &options, &written).to_token_stream().to_string(),
            attribute.to_token_stream().to_string()
        );
        let mut diagnostics = Diagnostics::default();
        let read = AttributeOptions::parse(written, AttributeTarget::Function, &mut diagnostics);
        assert_eq!(diagnostics.count(), 0);
        assert_eq!(read.late.unwrap().value(), "total");
        let types: Vec<_> = read.context.unwrap().iter().map(|ty| ty.to_token_stream().to_string()).collect();
        assert_eq!(types, ["T", "Self", "Error = io :: Error < u8 , T >"]);
        let inherited = read.inherited.unwrap();
        assert_eq!((inherited.path.as_str(), inherited.defaults.ret), ("Cart", Some(true)));
    }
}
