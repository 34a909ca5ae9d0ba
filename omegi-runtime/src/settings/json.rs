//! Reads the little JSON that the runtime needs: lists of texts, which settings hold, and the texts
//! of an object, which describe a container.
//!
//! Not by serde_json: the libraries of omegi become part of the user's crate graph, and its impls
//! make code ambiguous there (ADR 14).

use json_event_parser::{JsonEvent, SliceJsonParser};

/// Returns the names and texts of an object's members that are texts; `None` if `text` is no
/// object.
pub(crate) fn text_members(text: &str) -> Option<Vec<(String, String)>> {
    let mut parser = SliceJsonParser::new(text.as_bytes());
    let mut members = Vec::new();
    let mut name = None;
    let JsonEvent::StartObject = parser.parse_next().ok()? else { return None };
    let mut depth = 1_usize;
    loop {
        match parser.parse_next().ok()? {
            JsonEvent::StartObject | JsonEvent::StartArray => depth += 1,
            JsonEvent::EndObject | JsonEvent::EndArray => depth -= 1,
            JsonEvent::ObjectKey(key) if depth == 1 => name = Some(key.into_owned()),
            JsonEvent::String(text) if depth == 1 => members.push((name.take()?, text.into_owned())),
            JsonEvent::Eof => return Some(members),
            _ => {}
        }
    }
}

/// Returns the texts of a list; `None` if `text` is anything else.
pub(crate) fn list_of_texts(text: &str) -> Option<Vec<String>> {
    let mut parser = SliceJsonParser::new(text.as_bytes());
    let mut list = Vec::new();
    let JsonEvent::StartArray = parser.parse_next().ok()? else { return None };
    loop {
        match parser.parse_next().ok()? {
            JsonEvent::String(text) => list.push(text.into_owned()),
            JsonEvent::EndArray => break,
            _ => return None,
        }
    }
    matches!(parser.parse_next(), Ok(JsonEvent::Eof)).then_some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_of_an_object_are_read() {
        let text = r#" {"a": "1", "b": {"c": "}", "d": [1, "]"]}, "e": -1.5e3, "f": null, "\u0067": "\"" } "#;
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(text_members(text), Some(vec![pair("a", "1"), pair("g", "\"")]));
        assert_eq!(text_members("{}"), Some(vec![]));
        for text in
            ["", "[]", "{", r#"{"a""#, r#"{"a":"#, r#"{"a": {"#, r#"{"a": "1""#, r#"{"a": 1"#, r#"{1: "a"}"#]
        {
            assert_eq!(text_members(text), None, "{text}");
        }
        assert_eq!(text_members(&format!("{{\"a\": {}", "[".repeat(1_000_000))), None);
    }

    #[test]
    fn lists_are_read_as_serde_json_reads_them() {
        for text in [
            "[]",
            " [ ] ",
            r#"["a"]"#,
            r#"[ "a" , "b\n" ]"#,
            r#"["\u00e9\ud83d\ude00\/\\\""]"#,
            r#"["ä\b\f\r\t"]"#,
            "",
            "[",
            "]",
            "[,]",
            r#"["a",]"#,
            r#"["a" "b"]"#,
            r#"["a"]]"#,
            r#"["a"#,
            r#"["\x"]"#,
            r#"["\u12"]"#,
            r#"["\ud83d"]"#,
            r#"["\ud83d\u0041"]"#,
            r#"["\ude00"]"#,
            "[\"\n\"]",
            "[1]",
            "[null]",
            r#""a""#,
            r#"['a']"#,
            r#"[["a"]]"#,
            r#"["\uD83D\uDE00"]"#,
            r#"["\u+123"]"#,
        ] {
            assert_eq!(list_of_texts(text), serde_json::from_str::<Vec<String>>(text).ok(), "{text}");
        }
    }
}
