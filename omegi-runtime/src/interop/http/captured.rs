//! Headers that somebody asked for: none by default, for they may hold anything.

use crate::recording::notes::SpanUpdate;
use crate::recording::policy;
use crate::recording::task::TaskSpan;
use crate::settings::MASK;
use crate::vocabulary::Attribute;

use super::super::headers::Headers;

/// Says what the headers `names` (in lower case) hold, each under `prefix` and its name; several values as one list.
pub(in super::super) fn capture(
    span: &mut TaskSpan,
    prefix: &'static str,
    names: &[String],
    headers: &dyn Headers,
) {
    for name in names {
        let mut values: Vec<String> = Vec::new();
        headers.values(name, &mut |value| values.push(String::from_utf8_lossy(value).into_owned()));
        if !values.is_empty() {
            let value = if is_secret(name) { MASK.to_owned() } else { values.join(", ") };
            span.update(SpanUpdate::Attribute(Attribute::new(format!("{prefix}{name}"), value)));
        }
    }
}

/// The pattern may be meant for the header's name: that does not begin where the attribute's name does.
fn is_secret(name: &str) -> bool {
    policy::get().is_some_and(|policy| policy.masking.masks(name))
}
