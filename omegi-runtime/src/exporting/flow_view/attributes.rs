//! The attributes that a reader sees, and their names.

use crate::vocabulary::attribute_names::{ARGUMENT_PREFIX, TAG_PREFIX, TIMES};
use crate::vocabulary::{Attribute, Span, Value};

/// The role of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role<'a> {
    /// An argument, a tag or a field of the user, with the user's name.
    Named(&'a str),
    /// The returned value.
    Returned,
    /// An attribute that the span's line shows anyway, in its name, symbol or error, or that is for
    /// machines alone.
    Known,
}

/// The attributes of every span that its line shows anyway, and those for machines alone.
const KNOWN: [&str; 14] = [
    "code.function.name",
    "code.file.path",
    "code.line.number",
    "thread.id",
    "thread.name",
    "error.type",
    TIMES,
    "omegi.flow.kept_by",
    "omegi.level",
    "omegi.target",
    "omegi.async.waits",
    "omegi.async.idle_ns",
    "omegi.async.busy_ns",
    "omegi.async.cancelled_at",
];

impl<'a> Role<'a> {
    /// The role of the attribute with this key.
    fn of(key: &'a str) -> Self {
        match key {
            "omegi.return" => Self::Returned,
            _ if KNOWN.contains(&key) => Self::Known,
            _ => Self::Named(user_name(key)),
        }
    }
}

/// The user's name of an attribute: `omegi.arg.id` is `id`, `omegi.tag.tenant` is `tenant`,
/// `omegi.flow.dropped_spans` is `flow.dropped_spans`.
fn user_name(key: &str) -> &str {
    [ARGUMENT_PREFIX, TAG_PREFIX, "omegi."].iter().find_map(|prefix| key.strip_prefix(prefix)).unwrap_or(key)
}

/// The arguments, tags and fields of a call, in the order in which they were recorded.
pub(in crate::exporting) fn named(span: &Span) -> impl Iterator<Item = (&str, &Value)> {
    span.attributes.iter().filter_map(|Attribute { key, value }| match Role::of(key) {
        Role::Named(name) => Some((name, value)),
        Role::Returned | Role::Known => None,
    })
}

/// The returned value, if it was recorded.
pub(in crate::exporting) fn returned(span: &Span) -> Option<&Value> {
    let returned = span.attributes.iter().find(|attribute| Role::of(&attribute.key) == Role::Returned);
    returned.map(|attribute| &attribute.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_names_that_users_know() {
        assert_eq!(Role::of("omegi.arg.id"), Role::Named("id"));
        assert_eq!(Role::of("omegi.tag.tenant"), Role::Named("tenant"));
        assert_eq!(Role::of("omegi.flow.dropped_spans"), Role::Named("flow.dropped_spans"));
        assert_eq!(Role::of("http.request.method"), Role::Named("http.request.method"));
        assert_eq!(Role::of("omegi.return"), Role::Returned);
        assert_eq!(Role::of("code.line.number"), Role::Known);
    }
}
