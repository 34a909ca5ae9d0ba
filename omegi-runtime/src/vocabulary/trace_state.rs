//! The trace state: entries of tracing systems about a trace.

use std::fmt;

/// The most members of a list.
const MOST_MEMBERS: usize = 32;

/// The most characters that are kept. Every service must pass on 512.
const MAX_CHARS: usize = 512;

/// Longer members are dropped first when there is not enough room.
const LONG_MEMBER: usize = 128;

/// The longest key, and the longest value.
const LONGEST: usize = 256;

/// Optional white space around a member (`OWS`).
const OWS: [char; 2] = [' ', '\t'];

/// A list that travels with a trace, in which each tracing system may keep one entry ([W3C Trace
/// Context], `tracestate`). omegi passes it on unchanged.
///
/// Always a valid list of at most 32 members and 512 characters. Empty by default.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::TraceState;
/// let state = TraceState::parse("rojo=00f067aa0ba902b7, tenant@congo=t61rcWkgMzE");
/// assert_eq!(state.as_str(), "rojo=00f067aa0ba902b7,tenant@congo=t61rcWkgMzE");
/// assert_eq!(state.get("rojo"), Some("00f067aa0ba902b7"));
/// assert!(TraceState::parse("rojo").is_empty());
/// ```
///
/// [W3C Trace Context]: https://www.w3.org/TR/trace-context-2/#tracestate-header
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct TraceState(String);

impl TraceState {
    /// Reads the list in a header. Join several headers by commas.
    ///
    /// Empty if any member is malformed: the specification allows no half-valid list. If there are
    /// too many members or characters, whole members are dropped: those over 128 characters first,
    /// then the last.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::TraceState;
    ///
    /// let state = TraceState::parse("vendor=t61rcWkgMzE,other=1");
    /// assert_eq!(state.get("vendor"), Some("t61rcWkgMzE"));
    /// ```
    #[must_use]
    pub fn parse(header: &str) -> Self {
        Self::read(header).0
    }

    /// Reads the list in a header. Returns it, and whether a part was left out.
    pub(crate) fn read(header: &str) -> (Self, bool) {
        let mut written = header.split(',').map(|it| it.trim_matches(OWS)).filter(|it| !it.is_empty());
        let mut members: Vec<(&str, &str)> = Vec::new();
        let mut left_out = false;
        for member in written.by_ref().take(MOST_MEMBERS) {
            let Some((key, value)) = pair(member) else { return (Self::default(), true) };
            // The first member is the newest: systems add and renew entries at the front.
            if members.iter().any(|(known, _)| *known == key) {
                left_out = true;
            } else {
                members.push((key, value));
            }
        }
        left_out |= written.next().is_some();
        left_out |= shorten(&mut members);
        (Self(joined(&members)), left_out)
    }

    /// The list as a header carries it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether it has no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entry of the system with this key.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::TraceState;
    ///
    /// let state = TraceState::parse("ot=th:c");
    /// assert_eq!((state.get("ot"), state.get("vendor")), (Some("th:c"), None));
    /// ```
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let mut pairs = self.0.split(',').filter_map(|member| member.split_once('='));
        pairs.find(|(known, _)| *known == key).map(|(_, value)| value)
    }
}

impl fmt::Display for TraceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A member's key and value, if both are valid.
fn pair(member: &str) -> Option<(&str, &str)> {
    member.split_once('=').filter(|(key, value)| is_key(key) && is_value(value))
}

/// Returns whether this is a valid key.
///
/// A key begins with a letter or a digit. In the key of a system with many tenants, an `@` precedes
/// the system.
fn is_key(key: &str) -> bool {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    key.len() <= LONGEST
        && key.as_bytes().first().is_some_and(alphanumeric)
        && key.bytes().all(|byte| alphanumeric(&byte) || b"_-*/@".contains(&byte))
}

/// Returns whether this is a valid value: printable ASCII. Blanks at its end count as white space
/// around the member.
fn is_value(value: &str) -> bool {
    (1..=LONGEST).contains(&value.len())
        && value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'=')
}

/// Drops members until the others fit. Returns whether it had to.
fn shorten(members: &mut Vec<(&str, &str)>) -> bool {
    let before = members.len();
    while length(members) > MAX_CHARS {
        let long = members.iter().rposition(|(key, value)| key.len() + 1 + value.len() > LONG_MEMBER);
        members.remove(long.unwrap_or(members.len() - 1));
    }
    members.len() < before
}

/// The length of the list of these members, commas included.
fn length(members: &[(&str, &str)]) -> usize {
    let with_commas: usize = members.iter().map(|(key, value)| key.len() + 1 + value.len() + 1).sum();
    with_commas.saturating_sub(1)
}

fn joined(members: &[(&str, &str)]) -> String {
    let mut list = String::with_capacity(length(members));
    for (index, (key, value)) in members.iter().enumerate() {
        let separator = if index == 0 { "" } else { "," };
        list.extend([separator, key, "=", value]);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_lists_are_kept_without_the_white_space() {
        for (header, list) in [
            ("", ""),
            (" \t,, ", ""),
            ("foo=1", "foo=1"),
            ("foo=1 \t , \tbar=2,", "foo=1,bar=2"),
            ("0a_-*/@z=!~;:\"", "0a_-*/@z=!~;:\""),
            ("tenant@system=1", "tenant@system=1"),
            ("foo=  1", "foo=  1"),
        ] {
            assert_eq!(TraceState::read(header), (TraceState(list.to_owned()), false), "{header}");
        }
        let longest = format!("{}={}", "k".repeat(LONGEST), "v".repeat(LONGEST - 1));
        assert_eq!(TraceState::read(&longest), (TraceState(longest.clone()), false));
    }

    #[test]
    fn one_malformed_member_spoils_the_list() {
        let long_key = format!("{}=1", "k".repeat(LONGEST + 1));
        let long_value = format!("k={}", "v".repeat(LONGEST + 1));
        for member in
            ["foo", "=1", "foo=", "foo= ", "Foo=1", "@foo=1", "_=1", "foo =1", "foo=1=2", "foo=é", "föö=1"]
                .into_iter()
                .chain([&*long_key, &*long_value, "foo=\u{7f}", "foo=a\tb"])
        {
            let header = format!("bar=1,{member}");
            assert_eq!(TraceState::read(&header), (TraceState::default(), true), "{header}");
        }
    }

    #[test]
    fn of_two_entries_of_a_system_the_first_is_the_newest() {
        assert_eq!(TraceState::read("a=1,b=2,a=3"), (TraceState("a=1,b=2".to_owned()), true));
    }

    #[test]
    fn members_beyond_the_32nd_are_left_out() {
        let list = |members: usize| (0..members).map(|n| format!("k{n}=1")).collect::<Vec<_>>().join(",");
        assert_eq!(TraceState::read(&list(32)), (TraceState(list(32)), false));
        assert_eq!(TraceState::read(&list(33)), (TraceState(list(32)), true));
        assert_eq!(TraceState::read(&list(10_000)), (TraceState(list(32)), true));
    }

    #[test]
    fn long_members_go_first_and_then_the_last() {
        let member = |key: &str, length: usize| format!("{key}={}", "v".repeat(length - key.len() - 1));
        let members =
            [member("a", 129), member("b", 200), member("c", 128), member("d", 128), member("e", 10)];
        let kept = |header: &[String]| TraceState::parse(&header.join(",")).0;
        assert_eq!(kept(&members), [&*members[0], &members[2], &members[3], &members[4]].join(","));
        let short: Vec<_> = ["f", "g", "h", "i", "j"].iter().map(|key| member(key, 110)).collect();
        assert_eq!(kept(&short), short[..4].join(","));
        assert!(kept(&short).len() <= MAX_CHARS);
    }

    #[test]
    fn entries_are_found_by_their_whole_key() {
        let state = TraceState::parse("ab=1,b=2");
        assert_eq!((state.get("b"), state.get("ab"), state.get("a")), (Some("2"), Some("1"), None));
    }
}
