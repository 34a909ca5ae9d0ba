//! Maps and lists of text as headers.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use super::carrier::{Headers, HeadersMut};

/// Calls `visit` with the values of `name`. A map is searched too: its keys may be of any case.
fn find<'h>(
    headers: impl IntoIterator<Item = (&'h String, &'h String)>,
    name: &str,
    visit: &mut dyn FnMut(&[u8]),
) {
    let same = headers.into_iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
    same.for_each(|(_, value)| visit(value.as_bytes()));
}

/// Adds a value to a header of a map, which has one value: the values become a list.
fn join(headers: &mut (impl Headers + HeadersMut), name: &'static str, value: &str) {
    let mut joined = String::new();
    headers.values(name, &mut |known| joined += &format!("{}, ", String::from_utf8_lossy(known)));
    joined.push_str(value);
    headers.set(name, &joined);
}

impl<S: BuildHasher> Headers for HashMap<String, String, S> {
    fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
        find(self, name, visit);
    }
}

impl<S: BuildHasher> HeadersMut for HashMap<String, String, S> {
    fn set(&mut self, name: &'static str, value: &str) {
        HeadersMut::remove(self, name);
        self.insert(name.to_owned(), value.to_owned());
    }

    fn add(&mut self, name: &'static str, value: &str) {
        join(self, name, value);
    }

    fn remove(&mut self, name: &'static str) {
        self.retain(|known, _| !known.eq_ignore_ascii_case(name));
    }
}

impl Headers for BTreeMap<String, String> {
    fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
        find(self, name, visit);
    }
}

impl HeadersMut for BTreeMap<String, String> {
    fn set(&mut self, name: &'static str, value: &str) {
        HeadersMut::remove(self, name);
        self.insert(name.to_owned(), value.to_owned());
    }

    fn add(&mut self, name: &'static str, value: &str) {
        join(self, name, value);
    }

    fn remove(&mut self, name: &'static str) {
        self.retain(|known, _| !known.eq_ignore_ascii_case(name));
    }
}

/// A list, in which a header may occur several times.
impl Headers for Vec<(String, String)> {
    fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
        find(self.iter().map(|(name, value)| (name, value)), name, visit);
    }
}

impl HeadersMut for Vec<(String, String)> {
    fn set(&mut self, name: &'static str, value: &str) {
        HeadersMut::remove(self, name);
        self.push((name.to_owned(), value.to_owned()));
    }

    fn add(&mut self, name: &'static str, value: &str) {
        self.push((name.to_owned(), value.to_owned()));
    }

    fn remove(&mut self, name: &'static str) {
        self.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(headers: &dyn Headers, name: &str) -> Vec<String> {
        let mut values = Vec::new();
        headers.values(name, &mut |value| values.push(String::from_utf8_lossy(value).into_owned()));
        values
    }

    fn check(mut headers: impl Headers + HeadersMut + Extend<(String, String)>) {
        headers.extend([("B3".to_owned(), "0".to_owned()), ("X".to_owned(), "1".to_owned())]);
        assert_eq!(values(&headers, "b3"), ["0"]);
        headers.set("b3", "1");
        assert_eq!(values(&headers, "b3"), ["1"]);
        headers.add("b3", "2");
        assert_eq!(values(&headers, "b3").join(", "), "1, 2");
        headers.remove("b3");
        assert_eq!(values(&headers, "b3"), [""; 0]);
        assert_eq!(values(&headers, "x"), ["1"]);
    }

    #[test]
    fn names_are_found_set_and_removed_in_any_case() {
        check(HashMap::new());
        check(BTreeMap::new());
        check(Vec::new());
    }

    #[test]
    fn a_list_has_all_values_in_order() {
        let headers: Vec<_> =
            [("a", "1"), ("b", "2"), ("A", "3")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        assert_eq!(values(&headers, "a"), ["1", "3"]);
    }
}
