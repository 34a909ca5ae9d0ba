//! Propagation of traces between services: reading and writing the trace context in headers.
//!
//! Works with carriers of any kind: a request of HTTP, a queue's message, a protocol of your own.
//! The integrations for frameworks do this by themselves.
//!
//! ```
//! # use omegi_runtime as omegi;
//! use std::collections::HashMap;
//!
//! use omegi::propagation::{extract, inject};
//!
//! /// Sends a message with the trace of the function that sends it.
//! fn send(queue: &mut Vec<HashMap<String, String>>) {
//!     let mut headers = HashMap::new();
//!     inject(&mut headers);
//!     queue.push(headers);
//! }
//!
//! /// Handles a message as a part of its sender's trace.
//! fn receive(headers: &HashMap<String, String>) {
//!     let handle = || println!("a message");
//!     match extract(headers) {
//!         Some(sender) => omegi::in_trace(sender, handle)(),
//!         None => handle(),
//!     }
//! }
//!
//! let mut queue = Vec::new();
//! send(&mut queue);
//! receive(&queue[0]);
//! ```

#[cfg(feature = "enable")]
pub use crate::interop::active_headers::{extract, hear_kept, inject, tell_kept};
pub use crate::interop::headers::{Headers, HeadersMut};
#[cfg(feature = "enable")]
pub use crate::interop::headers::{extract_with, fields, inject_with, kept_response, says_kept};
#[cfg(not(feature = "enable"))]
pub use crate::off::{
    extract, extract_with, fields, hear_kept, inject, inject_with, kept_response, says_kept, tell_kept,
};
