//! What is read of answers: as little as is needed, from whoever sent them.

use crate::exporting::protobuf::{Field, Fields};
use crate::settings::json_texts;

use super::failure::Failure;

/// What a receiver did not take although it took the request, by an `ExportTraceServiceResponse`, or one for another signal: they
/// have the same fields. A message without rejections is a warning to whoever runs the receiver.
pub(super) fn partial_success(response: &[u8]) -> Result<(), Failure> {
    let partial = Fields(response).flatten().find_map(|(number, value)| match value {
        Field::Bytes(partial) if number == 1 => Some(partial),
        _ => None,
    });
    let (mut items, mut reason) = (0, String::new());
    for (number, value) in Fields(partial.unwrap_or_default()).flatten() {
        match (number, value) {
            (1, Field::Number(number)) => items = number.cast_signed(),
            (2, Field::Bytes(text)) => reason = protobuf_text(text),
            _ => {}
        }
    }
    if items > 0 { Err(Failure::Rejected { items, reason }) } else { Ok(()) }
}

/// Text that should be UTF-8.
pub(super) fn protobuf_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The value of an object's member, as it is written.
pub(super) fn json_member<'t>(object: &'t str, name: &str) -> Option<&'t str> {
    let members = object.trim().strip_prefix('{')?.strip_suffix('}')?;
    pieces(members, ',').find_map(|member| {
        let key = pieces(member, ':').next()?;
        let value = member.get(key.len() + 1..)?;
        (json_text(key.trim())? == name).then_some(value.trim())
    })
}

/// The text that a JSON string stands for.
pub(super) fn json_text(string: &str) -> Option<String> {
    json_texts(&format!("[{string}]"))?.pop()
}

/// The pieces of JSON text between separators that stand in no string, list or object.
fn pieces(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
    text.split(move |letter| {
        let was_escaped = escaped;
        escaped = in_string && letter == '\\' && !was_escaped;
        match letter {
            '"' if !was_escaped => in_string = !in_string,
            '{' | '[' if !in_string => depth += 1,
            '}' | ']' if !in_string => depth = depth.saturating_sub(1),
            _ => return letter == separator && !in_string && depth == 0,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_at_their_own_depth() {
        let object = r#" { "a" : {"b": 1, "c": [1, 2]}, "b,:\"}" : "x,y\"{", "b": -2.5e1 } "#;
        assert_eq!(json_member(object, "a"), Some(r#"{"b": 1, "c": [1, 2]}"#));
        assert_eq!(json_member(object, "b,:\"}").and_then(json_text).as_deref(), Some("x,y\"{"));
        assert_eq!(json_member(object, "b"), Some("-2.5e1"));
        assert_eq!(json_member(object, "c"), None);
        for nonsense in ["", "{", "}", "[]", "{a:1}", "{\"a\"}", "{\"a\":", "{\"a\\"] {
            assert_eq!(json_member(nonsense, "a"), None, "{nonsense}");
        }
    }

    #[test]
    fn what_is_no_response_rejects_nothing() {
        for bytes in [&b""[..], b"OK", b"<html>", &[0x0a, 0x7f], &[0x0a, 4, 8, 0xff, 0xff]] {
            assert_eq!(partial_success(bytes), Ok(()));
        }
        let rejected = Failure::Rejected { items: 3, reason: "old".to_owned() };
        assert_eq!(partial_success(b"\x0a\x07\x08\x03\x12\x03old"), Err(rejected));
    }
}
