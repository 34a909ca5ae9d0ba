//! Values behind a name and a sign: `name: value`, `name=value`, in any format.
//!
//! They are fields and entries as `Debug`, JSON, YAML and TOML print them, headers, queries,
//! cookies, command lines, connection strings and attributes of XML.
//!
//! The text may be cut anywhere, and may be one of these inside a string of another. It is not
//! parsed: the scrubber searches a sign and the [name](super::named) before it. The value ends by
//! its own [quotes](super::literals), or by the rules of [its place](super::extents). An ambiguous
//! text is masked more rather than less, except in [sentences](super::words). Long values are
//! skipped, so the time is linear.

use std::ops::Range;

use crate::settings::MASK;

use super::blocks;
use super::credentials;
use super::entries;
use super::extents::{Extent, Unquoted};
use super::literals;
use super::named::{Position, ValueName};
use super::names::{self, SecretNames};
use super::reading::{
    LONGEST_NAME, Signs, begins_entry, begins_line, byte, byte_before, floor_boundary, is_blank, is_quote,
    is_word, line_break, skip, skip_back, skip_backslashes, steps,
};
use super::words::{self, Sense};

/// The farthest value behind a name that is a value.
const FARTHEST: usize = 256;

/// The longest value that is searched for names.
const SEARCHED: usize = 256;

/// Adds the ranges of values in `text` whose name is one of `names`.
pub(super) fn find(text: &str, names: &mut SecretNames, found: &mut Vec<Range<usize>>) {
    let first = |sign: char| text.find(sign).unwrap_or(text.len());
    // Go prints `map[name:value]`.
    let first_map = || text.find("map[").unwrap_or(text.len());
    let first_brace = if text.contains('[') { first('{').min(first_map()) } else { first('{') };
    let mut finder = Finder {
        text,
        names,
        first_brace,
        first_quote: first('"'),
        is_digest: None,
        named: 0..0,
        body: 0,
        found,
    };
    let mut at = 0;
    while let Some(sign) = text.as_bytes()[at..].iter().position(|byte| matches!(byte, b':' | b'=')) {
        let sign = at + sign;
        at = skip(text, sign + 1, |byte| matches!(byte, b'=' | b'~'));
        at = skip(text, at, |byte| byte == b'>' && byte_before(text, at) == Some(b'='));
        at = finder.search(sign, at).max(at);
    }
}

/// The search in a text.
struct Finder<'a, 'n> {
    text: &'a str,
    names: &'n mut SecretNames,
    /// The first sign of a structure: names behind it are those of fields.
    first_brace: usize,
    first_quote: usize,
    /// True if the text has parameters of HTTP's digest authentication, once that is known.
    is_digest: Option<bool>,
    /// The places of values whose name is a value.
    named: Range<usize>,
    /// The end of the last field of a form or content of an element.
    body: usize,
    found: &'n mut Vec<Range<usize>>,
}

impl<'a> Finder<'a, '_> {
    /// Masks the value behind a sign, if its name is that of a secret. Returns the place to go on.
    fn search(&mut self, sign: usize, after: usize) -> usize {
        let text = self.text;
        let is_path = byte(text, after) == Some(b':') || byte_before(text, sign) == Some(b':');
        let name = if is_path { None } else { ValueName::before(text, sign) };
        let Some(name) = name else { return after };
        let is_value = entries::is_name_of_values(name.text)
            && (self.named.contains(&sign)
                || entries::tag(text, name.start).is_some_and(|tag| self.names.are_secret(tag)));
        if entries::is_name_of_names(name.text) || entries::is_type(name.text) {
            self.name(&name, after);
        }
        let outer = name.outer(text, sign);
        let is_secret = self.is_secret(&name) || outer.is_some_and(|outer| self.is_secret(&outer));
        if !is_value && !is_secret {
            return after;
        }
        let is_colon = byte(text, sign) == Some(b':') && after == sign + 1;
        let value = match () {
            () if is_value => Some(self.field(&name, after)),
            () if is_colon && name.is_quoted => Some(self.quoted(&name, after)),
            () if is_colon => self.behind_colon(&name, after),
            () => self.assigned(&name, sign, after),
        };
        let value = value.map(|value| value.start..value.start + text[value].trim_end().len());
        let Some(value) = value.filter(|value| !value.is_empty()) else { return after };
        // A value without quotes may contain another name, whose value goes on: `key: password: |`.
        let is_literal = literals::end(text, value.start) == Some(value.end);
        let ends_with_sign = matches!(byte_before(text, value.end), Some(b':' | b'='));
        let end = match value.len() {
            length if length <= SEARCHED && !is_literal => after,
            _ => value.end - usize::from(ends_with_sign),
        };
        self.found.push(value);
        end
    }

    fn is_secret(&mut self, name: &ValueName<'_>) -> bool {
        let text = self.text;
        let mut is_digest = || *self.is_digest.get_or_insert_with(|| text.contains("nonce="));
        let is_response = name.text.eq_ignore_ascii_case("response") && is_digest();
        let is_parameter = matches!(byte_before(self.text, name.start), Some(b'?' | b'&'));
        is_response
            || is_parameter && names::is_of_a_query(name.text)
            || self.names.are_secret(name.text)
            || name.is_escaped && self.names.are_secret(name.without_escape())
    }

    /// Notes that the value behind a sign is the name of a secret, if it is.
    fn name(&mut self, key: &ValueName<'_>, after: usize) {
        let is_type = entries::is_type(key.text);
        if !is_type {
            self.named = 0..0;
        }
        let Some((name, end)) = entries::name_at(self.text, after) else { return };
        if self.names.are_secret(name) && (!is_type || name.eq_ignore_ascii_case("password")) {
            if end >= self.body {
                let element = || entries::element(self.text, end);
                let body = entries::form_field(self.text, end).or_else(element);
                self.body = body.as_ref().map_or(end, |body| body.end);
                self.found.extend(body);
            }
            self.named = end..end + FARTHEST;
        }
    }

    /// Returns the value behind a colon and a name in quotes.
    fn quoted(&self, name: &ValueName<'_>, after: usize) -> Range<usize> {
        let is_block = matches!(byte(self.text, skip(self.text, after, is_blank)), Some(b'|' | b'>'));
        let block = is_block.then(|| blocks::block(self.text, name.start, after)).flatten();
        block.unwrap_or_else(|| self.field(name, after))
    }

    /// Returns the value of a field: behind a colon, in a structure.
    fn field(&self, name: &ValueName<'_>, after: usize) -> Range<usize> {
        let start = skip(self.text, after, |byte| byte.is_ascii_whitespace());
        let extent = if words::is_list(name.text) { Extent::List } else { Extent::Field };
        self.value(name, start, extent, Position::Entry)
    }

    /// Returns the value behind an equals sign.
    fn assigned(&self, name: &ValueName<'_>, sign: usize, after: usize) -> Option<Range<usize>> {
        let text = self.text;
        let start = skip(text, after, is_blank);
        let position = name.position(text);
        if words::is_shell_folder(name.text, &text[start..]) {
            return None;
        }
        let is_spaced = byte_before(text, sign).is_some_and(is_blank) || start > after;
        let is_line = matches!(position, Position::Line | Position::Entry)
            && is_spaced
            && !words::is_ambiguous(name.text);
        let extent = if self.is_setting(name, start) {
            Extent::Setting
        } else if is_line {
            Extent::Line
        } else {
            Extent::Word
        };
        let value = self.value(name, start, extent, position);
        let end = braces_end(text, start).map_or(value.end, |end| end.max(value.end));
        Some(value.start..if extent == Extent::Word { self.words_end(name, end) } else { end })
    }

    /// Returns the end of a value with blanks whose first word ends at `end`: the quote around it
    /// and its name (`["PASSWORD=x y"]`), or the end of its line in a file of settings.
    fn words_end(&self, name: &ValueName<'_>, end: usize) -> usize {
        let text = self.text;
        let next = skip(text, end, is_blank);
        if next == end || begins_entry(text, next, Signs::All) {
            return end;
        }
        if let Some(close) = closing_quote(text, name.start).filter(|close| *close > end) {
            let is_end = |at: &usize| {
                let next = line_break(text, *at).filter(|_| byte(text, *at) != Some(b'\\'));
                next.is_some_and(|next| begins_entry(text, next, Signs::Equals))
            };
            steps::add(close - end);
            return (end..close).find(is_end).unwrap_or(close);
        }
        if !begins_line(text, name.start) || !is_among_settings(text, name.start, end) {
            return end;
        }
        skip(text, end, |byte| !matches!(byte, b'\n' | b'\r' | 0))
    }

    /// Returns the value behind a colon and a name that no quote marks as one.
    fn behind_colon(&mut self, name: &ValueName<'a>, after: usize) -> Option<Range<usize>> {
        let text = self.text;
        let position = name.position(text);
        let is_apart = byte(text, after).is_none_or(|byte| byte.is_ascii_whitespace() || byte == b'\\');
        if self.is_path(name, position, after, is_apart) {
            return None;
        }
        let sense = self.sense(name, position);
        if let Some(literal) = refused_literal(text, skip(text, after, is_blank)) {
            return matches!(sense, Sense::Secret | Sense::Ambiguous).then_some(literal);
        }
        let can_be_block = sense == Sense::Secret || position == Position::Line;
        let block = can_be_block.then(|| blocks::block(text, name.start, after)).flatten();
        if block.is_some() {
            return block;
        }
        let is_field = self.first_brace < name.start && (position != Position::Sentence || !is_apart);
        let value =
            if is_field { self.field(name, after) } else { self.plain(name, position, sense, after)? };
        Some(value.start..blocks::continued(text, name.start, value))
    }

    /// Returns whether the name before a colon is a part of a path: `token://a`, `shop::Token:
    /// Debug`, `urn:token:a`, `token.rs:12`.
    fn is_path(&self, name: &ValueName<'_>, position: Position, after: usize, is_apart: bool) -> bool {
        let is_inside = position == Position::Path || words::is_source_file(name.text);
        self.text[after..].starts_with("//")
            || self.text[..name.start].ends_with("::")
            || is_inside && !is_apart
    }

    fn sense(&mut self, name: &ValueName<'a>, position: Position) -> Sense {
        let before = if position == Position::Sentence { name.word_before(self.text) } else { "" };
        words::sense(name.without_escape(), before, |name| self.names.are_secret(name))
    }

    /// Returns the value of a name outside of a structure.
    fn plain(
        &self,
        name: &ValueName<'_>,
        position: Position,
        sense: Sense,
        after: usize,
    ) -> Option<Range<usize>> {
        let text = self.text;
        let start = skip(text, after, is_blank);
        if sense == Sense::Ordinary || sense == Sense::Grammar {
            return None;
        }
        if words::is_list(name.text) {
            return Some(self.value(name, start, Extent::List, position));
        }
        // A type may stand before the value.
        let start = skip(text, start, |byte| byte == b'&');
        if words::is_sentence(line_from(text, start)) {
            return None;
        }
        let extent = match position {
            _ if sense == Sense::Ambiguous => Extent::Word,
            Position::Line => Extent::Line,
            Position::Entry => Extent::Field,
            Position::Sentence | Position::Path => Extent::Word,
        };
        let value = self.value(name, start, extent, position);
        let is_secret = sense == Sense::Secret || self.is_one_word(name, &value);
        let is_flag = words::is_flag(text[value.clone()].trim_end());
        (is_secret && !is_flag).then(|| value.start..self.typed(name, value.end))
    }

    /// Returns whether the value of an ambiguous name can be a secret: one word and no count, or a
    /// word with letters and digits.
    fn is_one_word(&self, name: &ValueName<'_>, value: &Range<usize>) -> bool {
        let content = &self.text[value.clone()];
        let is_plural = name.text.ends_with(['s', 'S']);
        let is_count = is_plural && content.bytes().all(|byte| byte.is_ascii_digit());
        let next = skip(self.text, value.end, is_blank);
        let is_list = is_plural
            && byte(self.text, value.end) == Some(b',')
            && byte(self.text, value.end + 1).is_some_and(is_blank)
            && !begins_entry(self.text, value.end + 1, Signs::All);
        let is_last = next == value.end
            || !byte(self.text, next).is_some_and(is_word)
            || begins_entry(self.text, next, Signs::All);
        let has = |is: fn(&u8) -> bool| content.as_bytes().iter().any(is);
        let is_random = content.len() > 5 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
        is_random || is_last && !is_list && !is_count && content.chars().any(char::is_alphanumeric)
    }

    /// Returns the end of a value with a type before it: `password: &str = "x"`.
    fn typed(&self, name: &ValueName<'_>, end: usize) -> usize {
        let sign = skip(self.text, end, |byte| is_blank(byte) || byte == b'>');
        let next = byte(self.text, sign + 1);
        if sign == end || byte(self.text, sign) != Some(b'=') || next == Some(b'=') {
            return end;
        }
        let start = skip(self.text, sign + 1, is_blank);
        self.value(name, start, Extent::Word, Position::Sentence).end
    }

    /// Returns the value that begins at `start`.
    fn value(&self, name: &ValueName<'_>, start: usize, extent: Extent, position: Position) -> Range<usize> {
        let text = self.text;
        let behind_mask = start + MASK.len();
        if text[start..].starts_with(MASK) && !byte(text, behind_mask).is_some_and(is_word) {
            return start..behind_mask;
        }
        let is_in_quotes =
            self.first_quote < name.start || byte_before(text, name.start).is_some_and(is_quote);
        let is_in_brackets = position != Position::Line;
        let unquoted = |start, extent| Unquoted { text, start, extent, is_in_quotes, is_in_brackets }.end();
        if let Some(end) = literals::end(text, start) {
            // A shell joins what stands side by side.
            if !byte(text, end).is_some_and(is_word) {
                return start..end;
            }
            let end = unquoted(end, Extent::Word);
            let is_closed = byte(text, end) == Some(b'\'') || byte(text, end) == Some(b'"');
            return start..end + usize::from(is_closed);
        }
        let is_bracket = matches!(byte(text, start), Some(b'(' | b'[' | b'{'));
        let extent = match extent {
            Extent::Line | Extent::List if is_bracket => Extent::Field,
            extent => extent,
        };
        let value = start..unquoted(start, extent);
        match extent {
            Extent::Word => start..credentials::end(text, &value, words::is_list(name.text)),
            _ => value,
        }
    }

    /// Returns whether the value is that of a connection string, which may have blanks.
    fn is_setting(&self, name: &ValueName<'_>, start: usize) -> bool {
        let ahead = &self.text[start..floor_boundary(self.text, start + LONGEST_NAME)];
        let line = &ahead
            [..ahead.find(['\n', '\r', '"', '\'', '\\', '&', '(', ')', '{', '}']).unwrap_or(ahead.len())];
        let semicolon = || {
            let place = line.find(';')?;
            let next = line.as_bytes().get(place + 1)?;
            Some(
                !is_blank(*next) && begins_entry(line, place + 1, Signs::All)
                    || begins_entry(line, place + 1, Signs::Equals),
            )
        };
        let before = &self.text[..name.start];
        before.ends_with(';') && !before.ends_with("&amp;")
            || is_behind_setting(before)
            || semicolon().unwrap_or(false)
    }
}

/// Returns whether a text ends with a setting, a semicolon and blanks: `Server=a; `.
fn is_behind_setting(before: &str) -> bool {
    let end = skip_back(before, before.len(), is_blank);
    let Some(setting) = before[..end].strip_suffix(';') else { return false };
    let start = skip_back(setting, setting.len(), |byte| !matches!(byte, b';' | b'\n' | b'\r'));
    end < before.len() && setting[start..].contains('=')
}

/// Returns the place of the quote that closes the one right before a name, or before its dashes.
fn closing_quote(text: &str, name: usize) -> Option<usize> {
    let quote = skip_back(text, name, |byte| byte == b'-').checked_sub(1)?;
    byte(text, quote).filter(|byte| is_quote(*byte))?;
    let open = skip_back(text, quote, |byte| byte == b'\\');
    let end = literals::end(text, open)?;
    Some(end - if text[..end].ends_with(&text[open..=quote]) { quote + 1 - open } else { 0 })
}

/// Returns whether the line before or behind a setting is a setting, too: `A=1`.
fn is_among_settings(text: &str, name: usize, end: usize) -> bool {
    let is_inside = |byte| !matches!(byte, b'\n' | b'\r');
    let is_setting = |line| begins_entry(text, line, Signs::Equals);
    let before = skip_back(text, name, |byte| !is_inside(byte));
    let ahead = floor_boundary(text, end + FARTHEST);
    let line_end = skip(&text[..ahead], end, is_inside);
    before < name && is_setting(skip_back(text, before, is_inside))
        || line_break(text, line_end).is_some_and(is_setting)
}

/// Returns the end of a value in braces in which only a doubled brace is a part of it. Without a
/// brace behind it, the text was cut off.
fn braces_end(text: &str, start: usize) -> Option<usize> {
    if byte(text, start) != Some(b'{') {
        return None;
    }
    let mut at = start + 1;
    loop {
        let Some(length) = text[at..].find('}') else { return Some(text.len()) };
        at += length + 1;
        if byte(text, at) != Some(b'}') {
            return Some(at);
        }
        at += 1;
    }
}

/// Returns the value that a sentence of `serde` refuses and quotes: `invalid type: string "x",
/// expected u16`.
fn refused_literal(text: &str, start: usize) -> Option<Range<usize>> {
    if !words::quotes_the_value(&text[start..]) {
        return None;
    }
    let quote = line_from(text, start).find(['"', '\'', '`'])?;
    let literal = skip_back(text, start + quote, |byte| byte == b'\\');
    Some(literal..literals::end(text, literal)?)
}

/// Returns the beginning of the line from `start`, as long as a sentence needs.
fn line_from(text: &str, start: usize) -> &str {
    let line = &text[start..floor_boundary(text, start + LONGEST_NAME)];
    let end = (0..line.len()).find(|at| {
        matches!(line.as_bytes()[*at], b'\n' | b'\r')
            || skip_backslashes(line, *at) > *at && line_break(line, *at).is_some()
    });
    &line[..end.unwrap_or(line.len())]
}
