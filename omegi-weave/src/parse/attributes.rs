//! Reads attributes of any kind: their names, also under a condition, and their groups on an
//! argument.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

/// The attributes behind the condition of a `cfg_attr`.
pub(crate) type Metas = Punctuated<Meta, Token![,]>;

/// Returns the condition of a `#[cfg_attr(condition, attributes…)]`, and its attributes.
pub(crate) fn conditional(attr: &Attribute) -> Option<(Meta, Metas)> {
    let Meta::List(list) = &attr.meta else { return None };
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    let mut metas = Metas::parse_terminated.parse2(list.tokens.clone()).ok()?.into_iter();
    Some((metas.next()?, metas.collect()))
}

/// Returns the names of all attributes, also of those under a condition: `no_mangle` for
/// `#[unsafe(no_mangle)]`.
pub(crate) fn names(attrs: &[Attribute]) -> Vec<Ident> {
    let mut metas: Vec<Meta> = attrs.iter().map(|attr| attr.meta.clone()).collect();
    metas.extend(attrs.iter().filter_map(conditional).flat_map(|(_, metas)| metas));
    metas.iter().filter_map(name).collect()
}

fn name(meta: &Meta) -> Option<Ident> {
    match meta {
        Meta::List(list) if list.path.is_ident("unsafe") => syn::parse2(list.tokens.clone()).ok(),
        meta => meta.path().segments.last().map(|segment| segment.ident.clone()),
    }
}

/// Returns the conditions under which a function's argument exists.
pub(crate) fn conditions(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect()
}

/// Returns the other attributes of a function's argument: those that allow or deny lints.
pub(crate) fn unconditional(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| !attr.path().is_ident("cfg")).cloned().collect()
}

/// Returns whether an attribute only sets the level of lints.
pub(crate) fn is_about_lints(attr: &Attribute) -> bool {
    ["allow", "expect", "warn", "deny", "forbid"].iter().any(|word| attr.path().is_ident(word))
}

/// Returns whether `word` stands among `tokens`, at any depth.
pub(crate) fn mentions_word(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions_word(group.stream(), word),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_look_through_conditions_and_unsafe() {
        let text = "#[a::b] #[unsafe(naked)] #[cfg_attr(x, c, d(1))]";
        let attrs = Attribute::parse_outer.parse_str(text).unwrap();
        assert_eq!(names(&attrs), ["b", "naked", "cfg_attr", "c", "d"]);
    }
}
