//! A reader of the little JSON ([RFC 8259]) that the runtime needs: lists of texts, which settings
//! hold, and the texts of an object, which describe a container.
//!
//! Our own and not serde_json, because the libraries of omegi become part of the user's crate
//! graph. Impls like `PartialEq<serde_json::Value> for u64` make code ambiguous there: `n == m as
//! _`.
//!
//! [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259

use std::iter::Peekable;
use std::str::Chars;

/// Returns the names and texts of an object's members that are texts; `None` if `text` is no
/// object. Other members are skipped without a check of their syntax.
pub(crate) fn text_members(text: &str) -> Option<Vec<(String, String)>> {
    let mut reader = JsonReader { rest: text.chars().peekable() };
    let mut members = Vec::new();
    reader.expect('{')?;
    if reader.expect('}').is_some() {
        return Some(members);
    }
    loop {
        reader.expect('"')?;
        let name = reader.text()?;
        reader.expect(':')?;
        match reader.expect('"') {
            Some(_) => members.push((name, reader.text()?)),
            None => reader.skip_value()?,
        }
        if reader.expect(',').is_none() {
            reader.expect('}')?;
            return Some(members);
        }
    }
}

/// Returns the texts of a list; `None` if `text` is anything else.
pub(crate) fn list_of_texts(text: &str) -> Option<Vec<String>> {
    let mut reader = JsonReader { rest: text.chars().peekable() };
    let list = reader.list()?;
    reader.skip_space();
    reader.rest.next().is_none().then_some(list)
}

struct JsonReader<'a> {
    rest: Peekable<Chars<'a>>,
}

impl JsonReader<'_> {
    fn list(&mut self) -> Option<Vec<String>> {
        let mut list = Vec::new();
        self.expect('[')?;
        if self.expect(']').is_some() {
            return Some(list);
        }
        loop {
            self.expect('"')?;
            list.push(self.text()?);
            if self.expect(',').is_none() {
                self.expect(']')?;
                return Some(list);
            }
        }
    }

    /// Takes `wanted`, if it comes next behind white space.
    fn expect(&mut self, wanted: char) -> Option<char> {
        self.skip_space();
        self.rest.next_if_eq(&wanted)
    }

    /// Skips a value that is no text, up to the comma or brace behind it.
    fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match *self.rest.peek()? {
                ',' | '}' | ']' if depth == 0 => return Some(()),
                '{' | '[' => depth += 1,
                '}' | ']' => depth -= 1,
                _ => {}
            }
            if self.rest.next()? == '"' {
                self.text()?;
            }
        }
    }

    fn skip_space(&mut self) {
        while self.rest.next_if(|next| matches!(next, ' ' | '\t' | '\n' | '\r')).is_some() {}
    }

    /// Reads a text up to its closing quote.
    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                '"' => return Some(text),
                '\\' => text.push(self.escaped()?),
                control if control < ' ' => return None,
                letter => text.push(letter),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        match self.rest.next()? {
            letter @ ('"' | '\\' | '/') => Some(letter),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'u' => self.code_point(),
            _ => None,
        }
    }

    /// Reads four hex digits, or twice four for a surrogate pair of UTF-16.
    fn code_point(&mut self) -> Option<char> {
        let first = self.code_unit()?;
        let mut units = vec![first];
        if (0xD800..0xDC00).contains(&first) {
            self.rest.next_if_eq(&'\\')?;
            self.rest.next_if_eq(&'u')?;
            units.push(self.code_unit()?);
        }
        char::decode_utf16(units).next()?.ok()
    }

    fn code_unit(&mut self) -> Option<u16> {
        let mut digit = || self.rest.next()?.to_digit(16);
        let unit = (0..4).try_fold(0, |unit, _| Some(unit * 16 + digit()?))?;
        u16::try_from(unit).ok()
    }
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
