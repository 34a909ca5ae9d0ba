//! Headers: names with values, of a request or a message.

/// Headers that can be read.
///
/// Implemented for maps and lists of text. The crate `omegi-http` has a wrapper for
/// `http::HeaderMap`.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::propagation::Headers;
///
/// /// The headers of some message.
/// struct Message(Vec<(String, Vec<u8>)>);
///
/// impl Headers for Message {
///     fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
///         let same = |header: &&(String, Vec<u8>)| header.0.eq_ignore_ascii_case(name);
///         self.0.iter().filter(same).for_each(|(_, value)| visit(value));
///     }
/// }
/// ```
pub trait Headers {
    /// Calls `visit` with each value of the header `name`, in their order. Upper and lower case in
    /// names are the same.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::collections::HashMap;
    ///
    /// use omegi::propagation::Headers;
    ///
    /// let headers = HashMap::from([("Baggage".to_owned(), "tier=gold".to_owned())]);
    /// let mut found = Vec::new();
    /// Headers::values(&headers, "baggage", &mut |value| found.push(value.to_vec()));
    /// assert_eq!(found, [b"tier=gold"]);
    /// ```
    fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8]));
}

/// Headers that can be written.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::propagation::{HeadersMut, inject};
///
/// /// The headers of some message.
/// #[derive(Default)]
/// struct Message(Vec<(&'static str, String)>);
///
/// impl HeadersMut for Message {
///     fn set(&mut self, name: &'static str, value: &str) {
///         self.remove(name);
///         self.add(name, value);
///     }
///
///     fn add(&mut self, name: &'static str, value: &str) {
///         self.0.push((name, value.to_owned()));
///     }
///
///     fn remove(&mut self, name: &'static str) {
///         self.0.retain(|header| header.0 != name);
///     }
/// }
///
/// let mut message = Message::default();
/// inject(&mut message);
/// assert!(message.0.is_empty()); // no function is active here
/// ```
pub trait HeadersMut {
    /// Sets the header `name`, in lower case, to this value alone, which is printable ASCII.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::collections::HashMap;
    ///
    /// use omegi::propagation::HeadersMut;
    ///
    /// let mut headers = HashMap::from([("baggage".to_owned(), "tier=gold".to_owned())]);
    /// HeadersMut::set(&mut headers, "baggage", "tier=silver");
    /// assert_eq!(headers["baggage"], "tier=silver");
    /// ```
    fn set(&mut self, name: &'static str, value: &str);

    /// Adds one more value, which is printable ASCII, to the header `name`, in lower case.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::propagation::HeadersMut;
    ///
    /// let mut headers = vec![("server-timing".to_owned(), "db;dur=53".to_owned())];
    /// headers.add("server-timing", "cache;desc=miss");
    /// assert_eq!(headers.len(), 2);
    /// ```
    fn add(&mut self, name: &'static str, value: &str);

    /// Removes the header `name`, in lower case.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::propagation::HeadersMut;
    ///
    /// let mut headers = vec![("baggage".to_owned(), "tier=gold".to_owned())];
    /// HeadersMut::remove(&mut headers, "baggage");
    /// assert!(headers.is_empty());
    /// ```
    fn remove(&mut self, name: &'static str);
}
