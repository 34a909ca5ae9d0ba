//! Headers: names with values, of a request or a message.

/// Headers that can be read.
///
/// Implemented for maps and lists of text. The crate `omegi-http` has a wrapper for
/// `http::HeaderMap`.
///
/// ```
/// use omegi_runtime::propagation::Headers;
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
    fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8]));
}

/// Headers that can be written.
pub trait HeadersMut {
    /// Sets the header `name`, in lower case, to this value alone, which is printable ASCII.
    fn set(&mut self, name: &'static str, value: &str);

    /// Adds one more value, which is printable ASCII, to the header `name`, in lower case.
    fn add(&mut self, name: &'static str, value: &str);

    /// Removes the header `name`, in lower case.
    fn remove(&mut self, name: &'static str);
}
