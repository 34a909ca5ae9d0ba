//! Recognises omegi's attributes on items, and hands a container's defaults on to those inside it.
//!
//! A container does not weave what carries an attribute of its own: it leaves the attribute where it is and adds
//! what the attribute cannot know, `#[traced(__inherit("Cart", ret), skip(a))]`. So each item is woven once, by
//! whoever is nearest; `use omegi::traced` stays in use; and `#[cfg_attr(feature = "x", traced)]`, whose condition
//! only the compiler can judge, works like any other.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Path, Token, parse_quote};

use crate::options::{INHERIT, Options};

/// Who says how an item is woven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    /// Nobody but the container around.
    Nothing,
    /// An attribute of its own.
    Traced,
    /// An attribute of its own that says: not at all.
    Untraced,
    /// An attribute of its own under a condition: with it, that attribute; without, the container around.
    Conditional,
}

/// Which of our attributes stand on an item.
pub(crate) fn own(attrs: &[Attribute]) -> Own {
    let found = |wanted| attrs.iter().any(|attr| ours(attr.path()) == Some(wanted));
    if found(Ours::Untraced) {
        Own::Untraced
    } else if found(Ours::Traced) {
        Own::Traced
    } else if attrs.iter().any(|attr| conditional(attr).is_some_and(|(_, metas)| mentions_ours(&metas))) {
        Own::Conditional
    } else {
        Own::Nothing
    }
}

/// The first of our attributes that stands on an item and asks for weaving.
pub(crate) fn traced(attrs: &[Attribute]) -> Option<&Attribute> {
    attrs.iter().find(|attr| ours(attr.path()) == Some(Ours::Traced))
}

/// Hands what a container knows on to the attributes in `attrs`, unless that was done; `unconditionally` asks that the item be woven as
/// well where the condition of a `cfg_attr` does not hold.
pub(crate) fn hand_on(attrs: &mut Vec<Attribute>, path: &str, defaults: &Options, unconditionally: bool) {
    // An attribute that somebody wrote looks for errors wherever there may be one: `err` must not find nothing.
    let mut defaults = defaults.clone();
    defaults.results = None;
    let word = format_ident!("{INHERIT}");
    let inherited = quote!(#word(#path #defaults));
    if attrs.iter().any(|attr| mentions_word(attr.meta.to_token_stream(), INHERIT)) {
        return;
    }
    let mut conditions = Vec::new();
    for attr in attrs.iter_mut() {
        match conditional(attr).filter(|(_, metas)| mentions_ours(metas)) {
            Some((condition, mut metas)) => {
                metas.iter_mut().for_each(|meta| inherit(meta, &inherited));
                attr.meta = parse_quote!(cfg_attr(#condition, #metas));
                conditions.push(condition);
            }
            None => inherit(&mut attr.meta, &inherited),
        }
    }
    if unconditionally && !conditions.is_empty() && own(attrs) == Own::Conditional {
        attrs.push(complement(&conditions, &defaults, &inherited));
    }
}

fn mentions_word(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions_word(group.stream(), word),
        _ => false,
    })
}

/// The attribute that weaves an item where none of `conditions` holds.
fn complement(conditions: &[Meta], defaults: &Options, inherited: &TokenStream) -> Attribute {
    let krate = defaults.krate.clone().unwrap_or_else(|| parse_quote!(::omegi));
    parse_quote!(#[cfg_attr(not(any(#(#conditions),*)), #krate::traced(#inherited))])
}

fn inherit(meta: &mut Meta, inherited: &TokenStream) {
    if ours(meta.path()) != Some(Ours::Traced) {
        return;
    }
    let path = meta.path().clone();
    *meta = match meta {
        Meta::List(list) => {
            let said = &list.tokens;
            parse_quote!(#path(#inherited, #said))
        }
        _ => parse_quote!(#path(#inherited)),
    };
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ours {
    Traced,
    Untraced,
}

/// Whether a path names one of our attributes: by its own name, or under `omegi::` or another crate's re-export.
fn ours(path: &Path) -> Option<Ours> {
    let name = &path.segments.last()?.ident;
    if name == "traced" || name == "instrument_crate" {
        Some(Ours::Traced)
    } else if name == "untraced" {
        Some(Ours::Untraced)
    } else {
        None
    }
}

fn mentions_ours(metas: &Metas) -> bool {
    metas.iter().any(|meta| ours(meta.path()).is_some())
}

pub(crate) type Metas = Punctuated<Meta, Token![,]>;

/// The condition of a `#[cfg_attr(condition, attributes…)]`, and its attributes.
pub(crate) fn conditional(attr: &Attribute) -> Option<(Meta, Metas)> {
    let Meta::List(list) = &attr.meta else { return None };
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    let mut metas = Metas::parse_terminated.parse2(list.tokens.clone()).ok()?.into_iter();
    Some((metas.next()?, metas.collect()))
}

/// The names of all attributes, also those under a condition: `no_mangle` for `#[unsafe(no_mangle)]`.
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

/// The conditions under which a function's argument exists at all.
pub(crate) fn conditions(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect()
}

/// The other attributes of a function's argument: what its author allows or denies.
pub(crate) fn unconditional(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| !attr.path().is_ident("cfg")).cloned().collect()
}

/// Whether an attribute only says what the compiler may warn about.
pub(crate) fn is_about_lints(attr: &Attribute) -> bool {
    ["allow", "expect", "warn", "deny", "forbid"].iter().any(|word| attr.path().is_ident(word))
}

/// Turns `#[expect(lint)]` into `#[allow(lint)]`: the weave uses every argument, so that a warning which the author
/// expects may not come, and *that* would be warned about.
pub(crate) fn relax_expectations(attrs: &mut [Attribute]) {
    for attr in attrs {
        if let Meta::List(list) = &mut attr.meta
            && list.path.is_ident("expect")
        {
            let span = list.path.segments[0].ident.span();
            list.path = Ident::new("allow", span).into();
        }
    }
}

/// Turns `#[inline(always)]` into `#[inline]`. Forced into every caller, and there into every caller's callers, the spans of
/// small functions make a program several times as large and as slow to compile; and what a call costs is little beside
/// what its span does.
pub(crate) fn ease_inlining(attrs: &mut [Attribute]) {
    for attr in attrs {
        if is_forced(&attr.meta) {
            attr.meta = Meta::Path(attr.path().clone());
        } else if let Some((condition, mut metas)) = conditional(attr)
            && metas.iter().any(is_forced)
        {
            metas
                .iter_mut()
                .filter(|meta| is_forced(meta))
                .for_each(|meta| *meta = Meta::Path(meta.path().clone()));
            attr.meta = parse_quote!(cfg_attr(#condition, #metas));
        }
    }
}

fn is_forced(meta: &Meta) -> bool {
    matches!(meta, Meta::List(list) if list.path.is_ident("inline") && mentions_word(list.tokens.clone(), "always"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attrs(text: &str) -> Vec<Attribute> {
        Attribute::parse_outer.parse_str(text).unwrap()
    }

    fn handed_on(text: &str) -> String {
        let mut attrs = attrs(text);
        let mut defaults = Options::default();
        defaults.ret = Some(true);
        hand_on(&mut attrs, "Cart", &defaults, true);
        quote!(#(#attrs)*).to_string().replace(' ', "")
    }

    #[test]
    fn our_attributes_are_recognised() {
        for (text, expected) in [
            ("#[inline]", Own::Nothing),
            ("#[traced]", Own::Traced),
            ("#[omegi::traced(ret)]", Own::Traced),
            ("#[instrument_crate]", Own::Traced),
            ("#[::omegi::untraced]", Own::Untraced),
            ("#[traced] #[untraced]", Own::Untraced),
            ("#[cfg_attr(test, traced)]", Own::Conditional),
            ("#[cfg_attr(test, inline, omegi::untraced)]", Own::Conditional),
            ("#[cfg_attr(test, inline)]", Own::Nothing),
        ] {
            assert_eq!(own(&attrs(text)), expected, "{text}");
        }
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
    fn an_attribute_of_its_own_is_not_told_what_cannot_fail() {
        let mut attrs = attrs("#[traced(err)]");
        let mut defaults = Options::default();
        defaults.results = Some(Vec::new());
        hand_on(&mut attrs, "Cart", &defaults, true);
        assert_eq!(quote!(#(#attrs)*).to_string().replace(' ', ""), "#[traced(__inherit(\"Cart\"),err)]");
    }

    #[test]
    fn one_attribute_speaks_where_no_condition_holds() {
        let handed_on = handed_on("#[cfg_attr(a, traced)] #[cfg_attr(b, untraced)]");
        assert!(
            handed_on.ends_with("#[cfg_attr(not(any(a,b)),::omegi::traced(__inherit(\"Cart\",ret)))]"),
            "{handed_on}"
        );
        assert_eq!(handed_on.matches("not(").count(), 1, "{handed_on}");
    }

    #[test]
    fn names_look_through_conditions_and_unsafe() {
        let found = names(&attrs("#[a::b] #[unsafe(naked)] #[cfg_attr(x, c, d(1))]"));
        assert_eq!(found, ["b", "naked", "cfg_attr", "c", "d"]);
    }

    #[test]
    fn nothing_is_inlined_by_force() {
        for (text, expected) in [
            ("#[inline(always)] #[cold]", "#[inline] #[cold]"),
            ("#[inline(never)]", "#[inline(never)]"),
            ("#[cfg_attr(x, inline(always), cold)]", "#[cfg_attr(x, inline, cold)]"),
        ] {
            let (mut found, expected) = (attrs(text), attrs(expected));
            ease_inlining(&mut found);
            assert_eq!(quote!(#(#found)*).to_string(), quote!(#(#expected)*).to_string(), "{text}");
        }
    }

    #[test]
    fn expectations_become_allowances() {
        let mut attrs = attrs("#[expect(unused, reason = \"r\")] #[inline]");
        relax_expectations(&mut attrs);
        assert_eq!(quote!(#(#attrs)*).to_string(), "# [allow (unused , reason = \"r\")] # [inline]");
    }
}
