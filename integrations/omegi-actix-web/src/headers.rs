//! The headers of actix-web, which has a map of its own, for [`omegi::propagation`].

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use omegi::propagation::{Headers, HeadersMut};

/// The headers of a request or response, to read.
pub(super) struct ActixHeaders<'a>(pub(super) &'a HeaderMap);

impl Headers for ActixHeaders<'_> {
    fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
        self.0.get_all(name).for_each(|value| visit(value.as_bytes()));
    }
}

/// The headers of a response, to write.
pub(super) struct ActixHeadersMut<'a>(pub(super) &'a mut HeaderMap);

impl HeadersMut for ActixHeadersMut<'_> {
    fn set(&mut self, name: &'static str, value: &str) {
        if let Some((name, value)) = header(name, value) {
            self.0.insert(name, value);
        }
    }

    fn add(&mut self, name: &'static str, value: &str) {
        if let Some((name, value)) = header(name, value) {
            self.0.append(name, value);
        }
    }

    fn remove(&mut self, name: &'static str) {
        self.0.remove(name);
    }
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok())
}
