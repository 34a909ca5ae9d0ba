//! The headers of HTTP requests and responses, as the crate `http` has them.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::carrier::{Headers, HeadersMut};

impl Headers for HeaderMap {
    fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
        self.get_all(name).iter().for_each(|value| visit(value.as_bytes()));
    }
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok())
}

impl HeadersMut for HeaderMap {
    /// Where the map is full (it holds 32,768), the header is left out: `insert` would panic.
    fn set(&mut self, name: &'static str, value: &str) {
        if let Some((name, value)) = header(name, value) {
            let _ = self.try_insert(name, value);
        }
    }

    fn add(&mut self, name: &'static str, value: &str) {
        if let Some((name, value)) = header(name, value) {
            let _ = self.try_append(name, value);
        }
    }

    fn remove(&mut self, name: &'static str) {
        Self::remove(self, name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_map_has_several_values_of_a_name_and_no_case() {
        let mut headers = HeaderMap::new();
        headers.append("TraceState", HeaderValue::from_static("a=1"));
        headers.append("tracestate", HeaderValue::from_bytes(b"b=\xff").unwrap());
        let values = |headers: &HeaderMap| {
            let mut values = Vec::new();
            Headers::values(headers, "traceState", &mut |value| values.push(value.to_vec()));
            values
        };
        assert_eq!(values(&headers), [&b"a=1"[..], b"b=\xff"]);
        HeadersMut::set(&mut headers, "tracestate", "c=3");
        HeadersMut::set(&mut headers, "not a name", "c=3");
        HeadersMut::set(&mut headers, "x", "not\na value");
        assert_eq!(values(&headers), [b"c=3"]);
        HeadersMut::remove(&mut headers, "tracestate");
        assert!(headers.is_empty());
    }
}
