//! Protobuf's [wire format](https://protobuf.dev/programming-guides/encoding/): as much of it as OTLP needs.

#[cfg(feature = "otlp")]
mod reading;
mod wire_type;
mod writing;

#[cfg(feature = "otlp")]
pub(super) use reading::{Field, Fields};
pub(super) use writing::Message;
