//! Tags: short words for people to find flows by.

use std::borrow::Cow;

use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::say_once;

use crate::recording::text::cut;

/// The most characters of a key, and of a value.
const KEY: usize = 50;
const VALUE: usize = 70;

/// A tag: one value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) key: Cow<'static, str>,
    pub(crate) value: Cow<'static, str>,
}

impl Tag {
    /// Returns a tag, cut to the size of tags. Counts each cut, and reports the first.
    pub(crate) fn new(mut key: Cow<'static, str>, mut value: Cow<'static, str>) -> Self {
        if shorten(&mut key, KEY) | shorten(&mut value, VALUE) {
            COUNTERS.tag_shortened();
            say_once!(
                "a tag was too long and is cut: a key has at most {KEY} characters, a value {VALUE}. \
                 omegi::health() counts them."
            );
        }
        Self { key, value }
    }
}

/// Cuts a text. Returns whether that was necessary.
fn shorten(text: &mut Cow<'static, str>, limit: usize) -> bool {
    let kept = cut(text, limit).len();
    let is_longer = kept < text.len();
    match text {
        Cow::Borrowed(text) => *text = &text[..kept],
        Cow::Owned(text) => text.truncate(kept),
    }
    is_longer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_cut_by_characters() {
        let tag = Tag::new("é".repeat(51).into(), "ü".repeat(71).into());
        assert_eq!((tag.key.chars().count(), tag.value.chars().count()), (50, 70));
        assert_eq!(Tag::new("k".into(), "v".into()), Tag { key: "k".into(), value: "v".into() });
    }
}
