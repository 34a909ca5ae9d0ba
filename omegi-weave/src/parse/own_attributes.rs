//! Recognises omegi's attributes on items.

use proc_macro2::TokenTree;
use quote::ToTokens as _;
use syn::{Attribute, LitStr, Meta, Path};

use crate::parse::attributes::{Metas, conditional, mentions_word};
use crate::parse::detail::{Detail, DetailOption};
use crate::parse::option_table::{ERRORS, LATE, MEASURED_ERRORS, MEASURED_SPAN, SPAWNS, WITHIN};

/// The mark on a function that is not woven whole: an `#[untraced(…)]` that `cargo omegi` inserts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Restriction {
    /// `__spawns`: woven without its spawned work and its loops' turns.
    WithoutSpawns,
    /// `__errors`: woven without these, its errors and all captures.
    SpanOnly,
    /// `__within`: only the functions inside are woven.
    Within,
}

impl Restriction {
    const ALL: [(&str, Self); 3] =
        [(SPAWNS, Self::WithoutSpawns), (ERRORS, Self::SpanOnly), (WITHIN, Self::Within)];

    /// Returns the attribute.
    pub(crate) fn attribute(self) -> String {
        let word = Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(word, _)| word);
        format!("#[::omegi::untraced({word})]")
    }

    fn read(attr: &Attribute) -> Option<Self> {
        let written = mark(attr)?;
        Self::ALL.iter().find(|(word, _)| *word == written).map(|(_, known)| *known)
    }
}

/// The mark on a function whose detail is chosen by its measured calls: an `#[untraced(…)]` that
/// `cargo omegi` inserts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Measured(pub(crate) Detail);

impl Measured {
    const ALL: [(&str, Detail); 2] = [(MEASURED_SPAN, Detail::Span), (MEASURED_ERRORS, Detail::Errors)];

    /// Returns the attribute; `None` for a detail that no profile chooses.
    pub(crate) fn attribute(self) -> Option<String> {
        let (word, _) = Self::ALL.iter().find(|(_, known)| *known == self.0)?;
        Some(format!("#[::omegi::untraced({word})]"))
    }

    fn read(attr: &Attribute) -> Option<Self> {
        let written = mark(attr)?;
        Self::ALL.iter().find(|(word, _)| *word == written).map(|(_, known)| Self(*known))
    }
}

/// Removes the measured detail from a function's attributes, and returns it.
pub(crate) fn take_measured(attrs: &mut Vec<Attribute>) -> Option<Detail> {
    let found = attrs.iter().find_map(Measured::read);
    attrs.retain(|attr| Measured::read(attr).is_none());
    found.map(|Measured(detail)| detail)
}

/// Moves the measured detail behind a late attribute, which takes it: the compiler expands those
/// before it first.
pub(crate) fn put_measured_last(attrs: &mut [Attribute]) {
    attrs.sort_by_key(|attr| Measured::read(attr).is_some());
}

/// Returns the word of an `#[untraced(…)]`.
fn mark(attr: &Attribute) -> Option<String> {
    let Meta::List(list) = &attr.meta else { return None };
    (own_name(&list.path) == Some(OwnName::Untraced)).then(|| list.tokens.to_string())
}

/// Returns the restriction of a function with these attributes.
pub(crate) fn restriction(attrs: &[Attribute]) -> Option<Restriction> {
    attrs.iter().find_map(Restriction::read)
}

/// Removes the restriction from a function's attributes, and returns it.
pub(crate) fn take_restriction(attrs: &mut Vec<Attribute>) -> Option<Restriction> {
    let found = restriction(attrs);
    attrs.retain(|attr| Restriction::read(attr).is_none());
    found
}

/// The attribute of omegi's that decides how an item is woven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnAttribute {
    /// None: the container around decides.
    None,
    /// One that weaves the item.
    Traced,
    /// One that excludes the item.
    Untraced,
    /// One under a condition. If the condition does not hold, the container around decides.
    Conditional,
}

/// Returns the attribute of omegi's that stands on an item. A [`Restriction`] and a [`Measured`]
/// detail do not count.
pub(crate) fn own(attrs: &[Attribute]) -> OwnAttribute {
    let found = |wanted| {
        let is_mark = |attr| Restriction::read(attr).is_some() || Measured::read(attr).is_some();
        attrs.iter().any(|attr| own_name(attr.path()) == Some(wanted) && !is_mark(attr))
    };
    if found(OwnName::Untraced) {
        OwnAttribute::Untraced
    } else if found(OwnName::Traced) {
        OwnAttribute::Traced
    } else if attrs.iter().any(|attr| conditional(attr).is_some_and(|(_, metas)| contains_own(&metas))) {
        OwnAttribute::Conditional
    } else {
        OwnAttribute::None
    }
}

/// Returns the first attribute on an item that weaves it, except a late one.
pub(crate) fn traced(attrs: &[Attribute]) -> Option<&Attribute> {
    attrs.iter().find(|attr| own_name(attr.path()) == Some(OwnName::Traced) && !is_late(attr))
}

/// Returns the option `detail` of the attribute that weaves an item, if the author has written it.
pub(crate) fn own_detail(attrs: &[Attribute]) -> Option<DetailOption> {
    let Meta::List(list) = &traced(attrs)?.meta else { return None };
    let tokens: Vec<_> = list.tokens.clone().into_iter().collect();
    let at = tokens.iter().position(|token| matches!(token, TokenTree::Ident(it) if it == "detail"))?;
    let value: LitStr = syn::parse2(tokens.get(at + 2)?.to_token_stream()).ok()?;
    DetailOption::of_word(&value.value())
}

/// Returns whether an attribute of omegi's waits for those of other libraries.
pub(crate) fn is_late(attr: &Attribute) -> bool {
    own_name(attr.path()) == Some(OwnName::Traced) && mentions_word(attr.meta.to_token_stream(), LATE)
}

/// Returns whether one of omegi's attributes is among `metas`.
pub(crate) fn contains_own(metas: &Metas) -> bool {
    metas.iter().any(|meta| own_name(meta.path()).is_some())
}

/// Returns whether a path names an attribute that weaves.
pub(crate) fn is_traced(path: &Path) -> bool {
    own_name(path) == Some(OwnName::Traced)
}

/// Returns whether a path names one of omegi's attributes.
pub(crate) fn is_own(path: &Path) -> bool {
    own_name(path).is_some()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum OwnName {
    Traced,
    Untraced,
}

/// Recognises an attribute by the last name of its path: other crates may re-export it.
fn own_name(path: &Path) -> Option<OwnName> {
    let name = &path.segments.last()?.ident;
    if name == "traced" || name == "instrument_crate" {
        Some(OwnName::Traced)
    } else if name == "untraced" {
        Some(OwnName::Untraced)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse::Parser as _;

    #[test]
    fn restrictions_are_read_and_removed() {
        for restriction in [Restriction::WithoutSpawns, Restriction::SpanOnly, Restriction::Within] {
            let text = format!("#[inline] {} #[traced]", restriction.attribute());
            let mut attrs = Attribute::parse_outer.parse_str(&text).unwrap();
            assert_eq!(own(&attrs), OwnAttribute::Traced);
            assert_eq!(take_restriction(&mut attrs), Some(restriction), "{text}");
            assert_eq!((attrs.len(), take_restriction(&mut attrs)), (2, None), "{text}");
        }
    }

    #[test]
    fn measured_details_are_read_and_removed() {
        for detail in [Detail::Span, Detail::Errors] {
            let restriction = Restriction::WithoutSpawns.attribute();
            let text = format!("{} {restriction} #[traced]", Measured(detail).attribute().unwrap());
            let mut attrs = Attribute::parse_outer.parse_str(&text).unwrap();
            assert_eq!(own(&attrs), OwnAttribute::Traced);
            assert_eq!(take_measured(&mut attrs), Some(detail), "{text}");
            assert_eq!((attrs.len(), take_measured(&mut attrs)), (2, None), "{text}");
        }
        assert_eq!(Measured(Detail::None).attribute(), None);
        let mut attrs = Attribute::parse_outer.parse_str("#[untraced(__measured_span)] #[a] #[b]").unwrap();
        put_measured_last(&mut attrs);
        assert_eq!(
            attrs.iter().map(|it| it.path().is_ident("untraced")).collect::<Vec<_>>(),
            [false, false, true]
        );
    }

    #[test]
    fn own_attributes_are_recognised() {
        for (text, expected) in [
            ("#[inline]", OwnAttribute::None),
            ("#[traced]", OwnAttribute::Traced),
            ("#[omegi::traced(ret)]", OwnAttribute::Traced),
            ("#[instrument_crate]", OwnAttribute::Traced),
            ("#[::omegi::untraced]", OwnAttribute::Untraced),
            ("#[traced] #[untraced]", OwnAttribute::Untraced),
            ("#[cfg_attr(test, traced)]", OwnAttribute::Conditional),
            ("#[cfg_attr(test, inline, omegi::untraced)]", OwnAttribute::Conditional),
            ("#[cfg_attr(test, inline)]", OwnAttribute::None),
            ("#[::omegi::untraced(__within)]", OwnAttribute::None),
        ] {
            assert_eq!(own(&Attribute::parse_outer.parse_str(text).unwrap()), expected, "{text}");
        }
    }
}
