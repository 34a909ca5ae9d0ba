//! [W3C Baggage](https://www.w3.org/TR/baggage/): `baggage`.

use crate::vocabulary::Baggage;

use super::carrier::{Headers, HeadersMut};
use super::read::{count_ignored, value_list};

const BAGGAGE: &str = "baggage";

/// The names of the headers that [`inject`] writes.
pub(super) const FIELDS: &[&str] = &[BAGGAGE];

/// Reads the baggage of a request.
pub(super) fn extract(headers: &dyn Headers) -> Baggage {
    let (baggage, left_out) = Baggage::read(&value_list(headers, BAGGAGE));
    if left_out {
        count_ignored();
    }
    baggage
}

/// Writes the header. Without baggage, a header that is there already stays: it is the user's own.
pub(super) fn inject(baggage: &Baggage, headers: &mut dyn HeadersMut) {
    if !baggage.is_empty() {
        headers.set(BAGGAGE, &baggage.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{headers, ignored_during};
    use super::*;

    #[test]
    fn several_headers_are_one_list() {
        for (lines, baggage, ignored) in [
            (&["a=1", "b=2,c=3"][..], "a=1,b=2,c=3", 0),
            (&["", " "], "", 0),
            (&["a,b", "c=3"], "c=3", 1),
            (&["é=1", "c=3"], "c=3", 1),
        ] {
            let headers = headers(lines.iter().map(|line| (BAGGAGE, *line)));
            assert_eq!(ignored_during(|| extract(&headers)), (Baggage::parse(baggage), ignored), "{lines:?}");
        }
    }

    #[test]
    fn empty_baggage_leaves_the_headers_alone() {
        let mut carrier = headers([("Baggage", "own=1")]);
        inject(&Baggage::default(), &mut carrier);
        assert_eq!(carrier, headers([("Baggage", "own=1")]));
        inject(&Baggage::parse("a=x y"), &mut carrier);
        assert_eq!(carrier, headers([(BAGGAGE, "a=x%20y")]));
    }
}
