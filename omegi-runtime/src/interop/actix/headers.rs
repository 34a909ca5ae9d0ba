//! The headers of actix-web, which has a map of its own.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::super::headers::{Headers, HeadersMut};

impl Headers for HeaderMap {
    fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
        self.get_all(name).for_each(|value| visit(value.as_bytes()));
    }
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok())
}

impl HeadersMut for HeaderMap {
    fn set(&mut self, name: &'static str, value: &str) {
        if let Some((name, value)) = header(name, value) {
            self.insert(name, value);
        }
    }

    fn add(&mut self, name: &'static str, value: &str) {
        if let Some((name, value)) = header(name, value) {
            self.append(name, value);
        }
    }

    fn remove(&mut self, name: &'static str) {
        Self::remove(self, name);
    }
}
