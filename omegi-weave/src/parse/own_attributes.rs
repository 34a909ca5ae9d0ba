//! Recognises omegi's attributes on items.

use syn::{Attribute, Path};

use crate::parse::attributes::{Metas, conditional};

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

/// Returns the attribute of omegi's that stands on an item.
pub(crate) fn own(attrs: &[Attribute]) -> OwnAttribute {
    let found = |wanted| attrs.iter().any(|attr| own_name(attr.path()) == Some(wanted));
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

/// Returns the first attribute on an item that weaves it.
pub(crate) fn traced(attrs: &[Attribute]) -> Option<&Attribute> {
    attrs.iter().find(|attr| own_name(attr.path()) == Some(OwnName::Traced))
}

/// Returns whether one of omegi's attributes is among `metas`.
pub(crate) fn contains_own(metas: &Metas) -> bool {
    metas.iter().any(|meta| own_name(meta.path()).is_some())
}

/// Returns whether a path names an attribute that weaves.
pub(crate) fn is_traced(path: &Path) -> bool {
    own_name(path) == Some(OwnName::Traced)
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
        ] {
            assert_eq!(own(&Attribute::parse_outer.parse_str(text).unwrap()), expected, "{text}");
        }
    }
}
