//! Tags as attributes: `omegi.tag.<key>`, with all values of a key in one text.

use crate::recording::data::tags::Tag;
use crate::settings::Limits;
use crate::vocabulary::attribute_names::TAG_PREFIX;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::say_once;
use crate::vocabulary::{Attribute, Span, Value};

/// The most keys of a span.
const KEYS: usize = 50;

/// The separator of two values of one key.
const SEPARATOR: &str = ", ";

/// Adds a tag to a span. A tag without room is counted, and reported the first time.
pub(super) fn add(span: &mut Span, tag: &Tag, limits: &Limits) {
    let key = format!("{TAG_PREFIX}{}", tag.key);
    let has_room = count(span) < KEYS;
    let is_in = match span.attributes.iter_mut().find(|attribute| attribute.key == key) {
        Some(Attribute { value: Value::Str(values), .. }) => {
            let mut known = values.split(SEPARATOR);
            let is_new = !known.any(|value| value == tag.value);
            let fits =
                values.chars().count() + SEPARATOR.len() + tag.value.chars().count() <= limits.value_length;
            if is_new && fits {
                values.to_mut().extend([SEPARATOR, &*tag.value]);
            }
            fits || !is_new
        }
        Some(_) => false,
        None if has_room => {
            limits.add_attribute(span, Attribute::new(key, Value::Str(tag.value.clone())));
            true
        }
        None => false,
    };
    if !is_in {
        COUNTERS.tag_dropped();
        say_once!(
            "a span has more tags than fit: at most {KEYS} keys, and of each as many values as an attribute \
             has room for. \
             omegi::health() counts those that are left out."
        );
    }
}

fn count(span: &Span) -> usize {
    span.attributes.iter().filter(|attribute| attribute.key.starts_with(TAG_PREFIX)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::span;

    const LIMITS: Limits = Limits {
        value_length: 8,
        attributes: 99,
        events: 1,
        links: 1,
        event_attributes: 1,
        link_attributes: 1,
    };

    fn tag(key: String, value: &'static str) -> Tag {
        Tag { key: key.into(), value: value.into() }
    }

    #[test]
    fn values_of_one_key_accumulate_as_long_as_there_is_room() {
        let mut span = span("f", None);
        for value in ["ab", "cd", "ab", "efg", "x"] {
            add(&mut span, &tag("k".to_owned(), value), &LIMITS);
        }
        assert_eq!(span.attributes, [Attribute::new("omegi.tag.k", "ab, cd")]);
    }

    #[test]
    fn no_more_than_fifty_keys() {
        let mut span = span("f", None);
        for nth in 0..60 {
            add(&mut span, &tag(nth.to_string(), "v"), &LIMITS);
        }
        assert_eq!(span.attributes.len(), 50);
        assert_eq!(span.dropped_attributes, 0, "tags have a count of their own");
    }
}
