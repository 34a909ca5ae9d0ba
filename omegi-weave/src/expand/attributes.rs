//! Changes the user's attributes that would not fit a woven function.

use proc_macro2::Ident;
use syn::{Attribute, Meta, parse_quote};

use crate::parse::attributes::{conditional, mentions_word};

/// Turns `#[expect(lint)]` into `#[allow(lint)]`.
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

/// Turns `#[inline(always)]` into `#[inline]`.
///
/// Small functions with spans, inlined into every caller and from there into its callers, make a
/// program several times as large and as slow to compile. The cost of a call is small beside that
/// of its span.
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
    let Meta::List(list) = meta else { return false };
    list.path.is_ident("inline") && mentions_word(list.tokens.clone(), "always")
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;
    use syn::parse::Parser as _;

    fn attrs(text: &str) -> Vec<Attribute> {
        Attribute::parse_outer.parse_str(text).unwrap()
    }

    #[test]
    fn forced_inlining_becomes_a_hint() {
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
