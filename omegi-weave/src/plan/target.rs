//! Checks that an attribute stands on an item that it can weave.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned as _;
use syn::{Item, ItemFn, ItemImpl, ItemMod, ItemTrait, TraitItemFn};

use crate::parse::diagnostics::Diagnostics;
use crate::parse::own_attributes::{self, Restriction};
use crate::plan::rules::{self, SkipReason};

/// The attribute that asks for weaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeaveAttribute {
    /// `#[traced]`: on a function, an `impl`, a trait or an inline module.
    Traced,
    /// `#[instrument_crate]`: on an inline module.
    InstrumentCrate,
}

/// Notes that `attribute` cannot weave `item`, if so.
pub(crate) fn check(attribute: WeaveAttribute, item: &Item, diagnostics: &mut Diagnostics) {
    let attrs = match (attribute, item) {
        (_, Item::Mod(ItemMod { ident, content: None, .. })) => {
            return diagnostics.at(
                ident.span(),
                format!(
                    "cannot weave this module: it is in a file; \
                     write `omegi::instrument_modules! {{ mod {ident}; }}`"
                ),
            );
        }
        (_, Item::Mod(ItemMod { attrs, .. })) => attrs,
        (WeaveAttribute::InstrumentCrate, _) => {
            return diagnostics.at(
                first_word(item),
                "cannot weave this: `#[instrument_crate]` belongs on an inline module; write `#[traced]`",
            );
        }
        (WeaveAttribute::Traced, Item::Fn(ItemFn { attrs, sig, block, .. })) => {
            let is_woven = own_attributes::restriction(attrs) != Some(Restriction::Within);
            let forbidden = rules::forbidden(attrs, sig, block).filter(|_| is_woven);
            if let Some(reason) = forbidden.filter(|reason| reason.is_error()) {
                return diagnostics.at(sig.ident.span(), untraceable(reason));
            }
            attrs
        }
        (
            WeaveAttribute::Traced,
            Item::Impl(ItemImpl { attrs, .. }) | Item::Trait(ItemTrait { attrs, .. }),
        ) => attrs,
        (WeaveAttribute::Traced, Item::Verbatim(tokens)) if is_declaration(tokens) => {
            return diagnostics.at(first_word(item), untraceable(SkipReason::NoBody));
        }
        (WeaveAttribute::Traced, _) => {
            return diagnostics.at(
                first_word(item),
                "cannot trace this: `#[traced]` belongs on a function, an impl, a trait or an inline module",
            );
        }
    };
    if let Some(second) = own_attributes::traced(attrs) {
        diagnostics
            .at(second.path().span(), "cannot trace this item twice: join the options in one attribute");
    }
}

fn untraceable(reason: SkipReason) -> String {
    format!("cannot trace this function: {reason}")
}

/// Returns whether this is a trait's method without a body, which syn does not know as an item.
fn is_declaration(tokens: &TokenStream) -> bool {
    syn::parse2::<TraitItemFn>(tokens.clone()).is_ok()
}

/// Returns the span of an item's first word behind its attributes.
pub(crate) fn first_word(item: &Item) -> Span {
    let words = item.to_token_stream().into_iter().filter(|token| matches!(token, TokenTree::Ident(_)));
    words.map(|word| word.span()).next().unwrap_or_else(Span::call_site)
}
