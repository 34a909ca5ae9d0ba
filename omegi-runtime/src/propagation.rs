//! Traces between services: which span of which trace sent a request, read from its headers and written into them.
//!
//! The integrations do this by themselves. It is here for carriers that none of them knows: a queue's messages, a protocol
//! of your own.

pub use crate::interop::headers::{Headers, HeadersMut};
#[cfg(feature = "enable")]
pub use crate::interop::headers::{extract_with, fields, inject_with, kept_response, says_kept};
#[cfg(feature = "enable")]
pub use crate::interop::passing::{extract, hear_kept, inject, tell_kept};
#[cfg(not(feature = "enable"))]
pub use crate::off::{
    extract, extract_with, fields, hear_kept, inject, inject_with, kept_response, says_kept, tell_kept,
};
