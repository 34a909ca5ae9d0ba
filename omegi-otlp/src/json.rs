//! JSON answers.

use json_event_parser::{JsonEvent, SliceJsonParser};

/// Returns the text or number at the path of names, from the outermost object on. Returns nothing
/// if the text is not JSON.
pub(crate) fn text_at(json: &[u8], path: &[&str]) -> Option<String> {
    let mut parser = SliceJsonParser::new(json);
    // The name of each open object in its parent; an array has none.
    let mut names: Vec<Option<String>> = Vec::new();
    let mut found = None;
    loop {
        match parser.parse_next().ok()? {
            JsonEvent::StartObject | JsonEvent::StartArray => names.push(None),
            JsonEvent::EndObject | JsonEvent::EndArray => drop(names.pop()),
            JsonEvent::ObjectKey(name) => *names.last_mut()? = Some(name.into_owned()),
            JsonEvent::String(text) | JsonEvent::Number(text) => {
                let is_wanted = names.iter().map(Option::as_deref).eq(path.iter().copied().map(Some));
                if is_wanted && found.is_none() {
                    found = Some(text.into_owned());
                }
            }
            JsonEvent::Boolean(_) | JsonEvent::Null => {}
            JsonEvent::Eof => return found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_at_its_own_depth_only() {
        let json = r#" { "a" : {"b": 1, "c": [1, "2"]}, "b,:\"}" : "x,y\"{", "b": -2.5e1 , "d": null} "#;
        let at = |path: &[&str]| text_at(json.as_bytes(), path);
        assert_eq!(at(&["a", "b"]).as_deref(), Some("1"));
        assert_eq!(at(&["b,:\"}"]).as_deref(), Some("x,y\"{"));
        assert_eq!(at(&["b"]).as_deref(), Some("-2.5e1"));
        for nothing in [&["c"][..], &["a"], &["a", "c"], &["d"], &[]] {
            assert_eq!(at(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn text_that_is_no_json_holds_nothing() {
        for nonsense in ["", "{", "}", "[]", "{a:1}", "{\"a\"}", "{\"a\":", "{\"a\\", "{\"a\":1", "<html>"] {
            assert_eq!(text_at(nonsense.as_bytes(), &["a"]), None, "{nonsense}");
        }
    }
}
