//! What headers are: names with values, of a request or a message.

/// Headers that can be read.
///
/// Implemented for maps and lists of text, and for `http::HeaderMap` where a feature of omegi needs that crate.
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
    /// Shows `visit` each value of the header `name`, in the order in which they came. The case of a name means nothing.
    fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8]));
}

/// Headers that can be written.
pub trait HeadersMut {
    /// Gives the header `name`, in lower case, this one value, which is printable ASCII.
    fn set(&mut self, name: &'static str, value: &str);

    /// Gives the header `name`, in lower case, one more value, which is printable ASCII.
    fn add(&mut self, name: &'static str, value: &str);

    /// Takes the header `name`, in lower case, away.
    fn remove(&mut self, name: &'static str);
}
