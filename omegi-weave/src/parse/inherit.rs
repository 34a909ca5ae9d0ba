//! Hands a container's options on to the attributes of items inside it.
//!
//! A container leaves an item with an attribute of its own to that attribute. It only adds its own
//! path and options, which the attribute cannot see:
//!
//! ```text
//! #[traced(skip(a))]      becomes        #[traced(__inherit("Cart", ret), skip(a))]
//! ```
//!
//! Each item is thus woven once, by the nearest attribute, and `use omegi::traced` stays in use. An
//! attribute under a condition, `#[cfg_attr(feature = "x", traced)]`, works like any other: the
//! compiler evaluates the condition.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote};
use syn::{Attribute, Meta, parse_quote};

use crate::parse::attributes::{conditional, mentions_word};
use crate::parse::option_table::INHERIT;
use crate::parse::options::AttributeOptions;
use crate::parse::own_attributes::{OwnAttribute, contains_own, is_traced, own};

/// Hands the container's `path` and `defaults` on to the attributes in `attrs`, unless that was
/// done before.
///
/// With `unconditionally`, the item is woven as well where no condition of a `cfg_attr` holds.
pub(crate) fn hand_on(
    attrs: &mut Vec<Attribute>,
    path: &str,
    defaults: &AttributeOptions,
    unconditionally: bool,
) {
    // A user's `err` must find an error in any type that may be a `Result`, also in one the crate
    // does not alias.
    let mut defaults = defaults.clone();
    defaults.results = None;
    let key = format_ident!("{INHERIT}");
    let inherited = quote!(#key(#path #defaults));
    if attrs.iter().any(|attr| mentions_word(attr.meta.to_token_stream(), INHERIT)) {
        return;
    }
    let mut conditions = Vec::new();
    for attr in attrs.iter_mut() {
        match conditional(attr).filter(|(_, metas)| contains_own(metas)) {
            Some((condition, mut metas)) => {
                metas.iter_mut().for_each(|meta| add(meta, &inherited));
                attr.meta = parse_quote!(cfg_attr(#condition, #metas));
                conditions.push(condition);
            }
            None => add(&mut attr.meta, &inherited),
        }
    }
    if unconditionally && !conditions.is_empty() && own(attrs) == OwnAttribute::Conditional {
        attrs.push(complement(&conditions, &defaults, &inherited));
    }
}

fn add(meta: &mut Meta, inherited: &TokenStream) {
    if !is_traced(meta.path()) {
        return;
    }
    let path = meta.path().clone();
    *meta = match meta {
        Meta::List(list) => {
            let written = &list.tokens;
            parse_quote!(#path(#inherited, #written))
        }
        _ => parse_quote!(#path(#inherited)),
    };
}

/// Returns the attribute that weaves an item where none of `conditions` holds.
fn complement(conditions: &[Meta], defaults: &AttributeOptions, inherited: &TokenStream) -> Attribute {
    let krate = defaults.krate.clone().unwrap_or_else(|| parse_quote!(::omegi));
    parse_quote!(#[cfg_attr(not(any(#(#conditions),*)), #krate::traced(#inherited))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse::Parser as _;

    fn handed_on_with(text: &str, set: impl FnOnce(&mut AttributeOptions)) -> String {
        let mut attrs = Attribute::parse_outer.parse_str(text).unwrap();
        let mut defaults = AttributeOptions::default();
        set(&mut defaults);
        hand_on(&mut attrs, "Cart", &defaults, true);
        quote!(#(#attrs)*).to_string().replace(' ', "")
    }

    fn handed_on(text: &str) -> String {
        handed_on_with(text, |defaults| defaults.ret = Some(true))
    }

    #[test]
    fn defaults_are_handed_on() {
        assert_eq!(handed_on("#[inline] #[traced]"), "#[inline]#[traced(__inherit(\"Cart\",ret))]");
        assert_eq!(
            handed_on("#[omegi::traced(skip(a))]"),
            "#[omegi::traced(__inherit(\"Cart\",ret),skip(a))]"
        );
        assert_eq!(
            handed_on("#[cfg_attr(test, inline, traced(err))]"),
            "#[cfg_attr(test,inline,traced(__inherit(\"Cart\",ret),err))]\
             #[cfg_attr(not(any(test)),::omegi::traced(__inherit(\"Cart\",ret)))]"
        );
        assert_eq!(
            handed_on("#[cfg_attr(test, untraced)]"),
            "#[cfg_attr(test,untraced)]#[cfg_attr(not(any(test)),::omegi::traced(__inherit(\"Cart\",ret)))]"
        );
    }

    #[test]
    fn the_list_of_results_is_not_handed_on() {
        let handed_on = handed_on_with("#[traced(err)]", |defaults| defaults.results = Some(Vec::new()));
        assert_eq!(handed_on, "#[traced(__inherit(\"Cart\"),err)]");
    }

    #[test]
    fn one_attribute_weaves_where_no_condition_holds() {
        let handed_on = handed_on("#[cfg_attr(a, traced)] #[cfg_attr(b, untraced)]");
        assert!(
            handed_on.ends_with("#[cfg_attr(not(any(a,b)),::omegi::traced(__inherit(\"Cart\",ret)))]"),
            "{handed_on}"
        );
        assert_eq!(handed_on.matches("not(").count(), 1, "{handed_on}");
    }
}
