//! The headers of the crate `http`, for [`omegi::propagation`].

use http::{HeaderMap, HeaderName, HeaderValue};
use omegi::propagation::{Headers, HeadersMut};

/// The headers of a request or response, to read a trace from them.
///
/// ```
/// let mut headers = http::HeaderMap::new();
/// headers.insert("baggage", http::HeaderValue::from_static("tenant=7"));
/// let caller = omegi::propagation::extract(&omegi_http::HeaderExtractor(&headers));
/// # drop(caller);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HeaderExtractor<'a>(pub &'a HeaderMap);

impl Headers for HeaderExtractor<'_> {
    fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
        self.0.get_all(name).iter().for_each(|value| visit(value.as_bytes()));
    }
}

/// The headers of a request or response, to write a trace into them.
///
/// A map that is full (32,768 headers) stays as it is: nothing is written, and nothing panics.
///
/// ```
/// let mut headers = http::HeaderMap::new();
/// omegi::propagation::inject(&mut omegi_http::HeaderInjector(&mut headers));
/// ```
#[derive(Debug)]
pub struct HeaderInjector<'a>(pub &'a mut HeaderMap);

impl HeadersMut for HeaderInjector<'_> {
    fn set(&mut self, name: &'static str, value: &str) {
        if let Some((name, value)) = header(name, value) {
            let _ = self.0.try_insert(name, value);
        }
    }

    fn add(&mut self, name: &'static str, value: &str) {
        if let Some((name, value)) = header(name, value) {
            let _ = self.0.try_append(name, value);
        }
    }

    fn remove(&mut self, name: &'static str) {
        self.0.remove(name);
    }
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_has_several_values_and_its_name_no_case() {
        let mut headers = HeaderMap::new();
        headers.append("TraceState", HeaderValue::from_static("a=1"));
        headers.append("tracestate", HeaderValue::from_bytes(b"b=\xff").unwrap());
        let values = |headers: &HeaderMap| {
            let mut values = Vec::new();
            HeaderExtractor(headers).values("traceState", &mut |value| values.push(value.to_vec()));
            values
        };
        assert_eq!(values(&headers), [&b"a=1"[..], b"b=\xff"]);
        HeaderInjector(&mut headers).set("tracestate", "c=3");
        HeaderInjector(&mut headers).set("not a name", "c=3");
        HeaderInjector(&mut headers).set("x", "not\na value");
        assert_eq!(values(&headers), [b"c=3"]);
        HeaderInjector(&mut headers).add("tracestate", "d=4");
        assert_eq!(values(&headers), [b"c=3", b"d=4"]);
        HeaderInjector(&mut headers).remove("tracestate");
        assert!(headers.is_empty());
    }
}
