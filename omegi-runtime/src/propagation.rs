//! Propagation of traces between services: reading and writing the trace context in headers.
//!
//! Works with carriers of any kind: a request of HTTP, a queue's message, a protocol of your own.

#[cfg(feature = "enable")]
pub use crate::interop::active_headers::{extract, hear_kept, inject, tell_kept};
pub use crate::interop::headers::{Headers, HeadersMut};
#[cfg(feature = "enable")]
pub use crate::interop::headers::{extract_with, fields, inject_with, kept_response, says_kept};
#[cfg(not(feature = "enable"))]
pub use crate::off::{
    extract, extract_with, fields, hear_kept, inject, inject_with, kept_response, says_kept, tell_kept,
};
