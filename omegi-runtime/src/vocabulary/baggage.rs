//! Baggage: names and values that an application sends along with a request.

use std::fmt;

use super::percent::{encoded_length, octets, write_encoded};

/// The most entries. Every service must pass on 64; the specification's grammar allows 180.
const MOST_ENTRIES: usize = 180;

/// The most bytes of all entries, as a header carries them.
const MOST_BYTES: usize = 8192;

/// The most bytes of one entry, as a header carries it.
const MOST_BYTES_OF_ENTRY: usize = 4096;

/// Optional white space around keys, values and properties (`OWS`).
const OWS: [char; 2] = [' ', '\t'];

/// Names and values of an application that travel with a request ([W3C Baggage]).
///
/// At most 180 entries, each of at most 4096 bytes, together of at most 8192 bytes in a header. One
/// value for each key, as [OpenTelemetry] demands. Displays as the text of the header.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::Baggage;
/// let mut baggage = Baggage::parse("userId=alice, serverNode=DF%2028;ttl=30");
/// assert_eq!(baggage.get("serverNode"), Some("DF 28"));
/// assert!(baggage.insert("city", "Zürich", ""));
/// assert_eq!(baggage.to_string(), "userId=alice,serverNode=DF%2028;ttl=30,city=Z%C3%BCrich");
/// ```
///
/// [W3C Baggage]: https://www.w3.org/TR/baggage/
/// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/baggage/api/
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Baggage(Vec<BaggageEntry>);

impl Baggage {
    /// Reads the baggage in a header. Join several headers by commas.
    ///
    /// Leaves out malformed entries and those that do not fit. The last of several entries with one
    /// key wins.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::Baggage;
    ///
    /// let baggage = Baggage::parse("tier=gold, no value, tier=silver");
    /// assert_eq!(baggage.get("tier"), Some("silver"));
    /// assert_eq!(baggage.len(), 1);
    /// ```
    #[must_use]
    pub fn parse(header: &str) -> Self {
        Self::read(header).0
    }

    /// Reads the baggage in a header. Returns it, and whether a part was left out.
    pub(crate) fn read(header: &str) -> (Self, bool) {
        let mut written = header.split(',').map(|it| it.trim_matches(OWS)).filter(|it| !it.is_empty());
        let mut baggage = Self::default();
        let mut left_out = false;
        for member in written.by_ref().take(MOST_ENTRIES) {
            left_out |= !baggage.read_member(member);
        }
        (baggage, left_out || written.next().is_some())
    }

    fn read_member(&mut self, member: &str) -> bool {
        let (pair, metadata) = member.split_once(';').unwrap_or((member, ""));
        let Some((key, value)) = pair.split_once('=') else { return false };
        self.insert(key.trim_matches(OWS), &decoded(value.trim_matches(OWS)), metadata)
    }

    /// Sets the value of `key`, and its metadata: properties such as `ttl=30;private`, empty if
    /// there are none. The value may be any text.
    ///
    /// Returns `false` and changes nothing if there is no room, if `key` is not an HTTP token, or
    /// if a header cannot carry `metadata`.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::Baggage;
    ///
    /// let mut baggage = Baggage::default();
    /// assert!(baggage.insert("tier", "gold", "ttl=30"));
    /// assert!(!baggage.insert("no token", "gold", ""));
    /// assert_eq!(baggage.to_string(), "tier=gold;ttl=30");
    /// ```
    pub fn insert(&mut self, key: &str, value: &str, metadata: &str) -> bool {
        let Some(entry) = BaggageEntry::new(key, value, metadata) else { return false };
        let known = self.0.iter().position(|known| known.key == key);
        let freed = known.map_or(0, |index| self.0[index].length + 1);
        // The last entry has no comma.
        if self.length_with_commas() - freed + entry.length > MOST_BYTES {
            return false;
        }
        match known {
            Some(index) => self.0[index] = entry,
            None if self.0.len() < MOST_ENTRIES => self.0.push(entry),
            None => return false,
        }
        true
    }

    /// The value of `key`.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::Baggage;
    ///
    /// let baggage = Baggage::parse("city=Z%C3%BCrich");
    /// assert_eq!(baggage.get("city"), Some("Zürich"));
    /// assert_eq!(baggage.get("CITY"), None);
    /// ```
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|entry| entry.key == key).map(BaggageEntry::value)
    }

    /// The entries, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &BaggageEntry> {
        self.0.iter()
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The length of all entries, each with a comma behind it.
    fn length_with_commas(&self) -> usize {
        self.0.iter().map(|entry| entry.length + 1).sum()
    }
}

impl fmt::Display for Baggage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, entry) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            write!(f, "{separator}{entry}")?;
        }
        Ok(())
    }
}

/// A key of [`Baggage`] with its value. Displays as a member of the header.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::Baggage;
///
/// let baggage = Baggage::parse("tier=gold;private, city=Bern");
/// let private: Vec<_> = baggage.iter().filter(|entry| entry.metadata() == "private").collect();
/// assert_eq!((private[0].key(), private[0].value()), ("tier", "gold"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaggageEntry {
    key: String,
    value: String,
    metadata: String,
    /// The length in a header, in bytes.
    length: usize,
}

impl BaggageEntry {
    /// An entry, if a header can carry it.
    fn new(key: &str, value: &str, metadata: &str) -> Option<Self> {
        if !is_token(key) || !metadata.bytes().all(is_metadata) {
            return None;
        }
        let metadata = properties(metadata);
        let separators = 1 + usize::from(!metadata.is_empty());
        let length = key.len() + encoded_length(value, is_plain) + metadata.len() + separators;
        let entry = || Self { key: key.to_owned(), value: value.to_owned(), metadata, length };
        (length <= MOST_BYTES_OF_ENTRY).then(entry)
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The value, decoded.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The properties as they were written, separated by `;`; mostly empty.
    #[must_use]
    pub fn metadata(&self) -> &str {
        &self.metadata
    }
}

impl fmt::Display for BaggageEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.key)?;
        write_encoded(f, &self.value, is_plain)?;
        let separator = if self.metadata.is_empty() { "" } else { ";" };
        write!(f, "{separator}{}", self.metadata)
    }
}

/// Decodes a value. A stray `%` stands for itself, and bytes that are not UTF-8 become U+FFFD, as
/// the specification demands.
fn decoded(value: &str) -> String {
    let octets: Vec<u8> = octets(value).map(|octet| octet.unwrap_or(b'%')).collect();
    String::from_utf8(octets).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned())
}

/// Removes the white space around properties. Their meaning does not matter here.
fn properties(metadata: &str) -> String {
    let trimmed = metadata.split(';').map(|it| it.trim_matches(OWS)).filter(|it| !it.is_empty());
    trimmed.collect::<Vec<_>>().join(";")
}

/// A `token` of [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#name-tokens).
fn is_token(text: &str) -> bool {
    let in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(in_token)
}

/// Returns whether metadata may have this byte: any byte of a header's value but the comma, which
/// ends the member.
fn is_metadata(byte: u8) -> bool {
    byte == b'\t' || (matches!(byte, b' '..=b'~') && byte != b',')
}

/// Returns whether this byte of a value is written as it is.
///
/// A `baggage-octet` without `%`, and without `=`: it is allowed, but some parsers cut the value
/// off there.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\%=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(baggage: &Baggage) -> Vec<(&str, &str, &str)> {
        baggage.iter().map(|entry| (entry.key(), entry.value(), entry.metadata())).collect()
    }

    #[test]
    fn members_are_trimmed_and_values_decoded() {
        for (header, expected) in [
            ("", &[][..]),
            (" , ,", &[]),
            ("a=1", &[("a", "1", "")]),
            ("a = 1 ,\tb= 2 ;p ; q = r;", &[("a", "1", ""), ("b", "2", "p;q = r")]),
            ("a=", &[("a", "", "")]),
            ("a=b=c==", &[("a", "b=c==", "")]),
            ("a=DF%2028,b=%C3%a9", &[("a", "DF 28", ""), ("b", "é", "")]),
            ("a=50%,b=%zz", &[("a", "50%", ""), ("b", "%zz", "")]),
            ("a=%FFx%C3", &[("a", "\u{fffd}x\u{fffd}", "")]),
            ("a=1+1", &[("a", "1+1", "")]),
            ("a%20=1", &[("a%20", "1", "")]),
            ("a=1,b=2,a=3;x", &[("a", "3", "x"), ("b", "2", "")]),
        ] {
            let (baggage, left_out) = Baggage::read(header);
            assert_eq!((entries(&baggage), left_out), (expected.to_vec(), false), "{header}");
        }
    }

    #[test]
    fn malformed_members_are_left_out_alone() {
        for member in ["a", "=1", ";p", "a b=1", "a(=1", "é=1", "a;b=1", "b=1;\u{7f}", "b=1;é"] {
            let header = format!("{member},z=1");
            assert_eq!(Baggage::read(&header), (Baggage::parse("z=1"), true), "{header}");
        }
    }

    #[test]
    fn written_baggage_is_read_again() {
        let mut baggage = Baggage::default();
        for (key, value, metadata) in [
            ("plain", "!#$&'()*+-./:<=>?@[]^_`{|}~", ""),
            ("coded", " \",;\\%\t\n\0\u{7f}é漢😀 ", "p=1;q"),
            ("empty", "", ""),
        ] {
            assert!(baggage.insert(key, value, metadata), "{key}");
        }
        let header = baggage.to_string();
        assert!(header.bytes().all(|byte| byte.is_ascii_graphic()), "{header}");
        assert_eq!(Baggage::read(&header), (baggage.clone(), false));
        assert_eq!(header.len() + 1, baggage.length_with_commas());
    }

    #[test]
    fn only_entries_that_a_header_can_carry_are_inserted() {
        let mut baggage = Baggage::parse("a=1");
        for (key, metadata) in
            [("", ""), ("a b", ""), ("a,b", ""), ("é", ""), ("b", "p,q"), ("b", "\r\nx: y")]
        {
            assert!(!baggage.insert(key, "2", metadata), "{key} {metadata}");
        }
        assert_eq!(baggage, Baggage::parse("a=1"));
        assert!(baggage.insert("a", "2", ""));
        assert_eq!((baggage.get("a"), baggage.get("A"), baggage.len()), (Some("2"), None, 1));
    }

    #[test]
    fn there_is_a_bound_on_everything() {
        let many = |members: usize| (0..members).map(|n| format!("k{n}=1")).collect::<Vec<_>>().join(",");
        assert_eq!(Baggage::read(&many(MOST_ENTRIES)), (Baggage::parse(&many(MOST_ENTRIES)), false));
        assert_eq!(Baggage::read(&many(MOST_ENTRIES + 1)), (Baggage::parse(&many(MOST_ENTRIES)), true));

        let mut baggage = Baggage::default();
        let value = |length: usize| "v".repeat(length - "a=".len());
        assert!(!baggage.insert("a", &value(MOST_BYTES_OF_ENTRY + 1), ""));
        assert!(baggage.insert("a", &value(MOST_BYTES_OF_ENTRY), ""));
        assert!(!baggage.insert("b", &value(MOST_BYTES_OF_ENTRY), ""), "the comma is one too many");
        assert!(baggage.insert("b", &value(MOST_BYTES_OF_ENTRY - 1), ""));
        assert_eq!(baggage.to_string().len(), MOST_BYTES);
        assert!(baggage.insert("b", "less", "") && baggage.insert("c", "", ""));
        assert!(baggage.get("b") == Some("less"));

        let grows = format!("a={}", "%FF".repeat(1000));
        assert_eq!(Baggage::read(&grows), (Baggage::default(), true), "each becomes nine bytes");
    }
}
