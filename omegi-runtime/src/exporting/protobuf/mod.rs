//! Protobuf's [wire format](https://protobuf.dev/programming-guides/encoding/): as much of it as OTLP needs.

#[cfg(feature = "otlp")]
mod reading;
mod writing;

#[cfg(feature = "otlp")]
pub(super) use reading::{Field, Fields};
pub(super) use writing::Message;

/// The wire types.
const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const LENGTH_DELIMITED: u8 = 2;
const FIXED32: u8 = 5;
