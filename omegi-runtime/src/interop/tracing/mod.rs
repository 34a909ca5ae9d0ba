//! `tracing`: its spans become spans of the flow, its events their events.

mod call_sites;
mod convert;
mod fields;
mod layer;

pub use layer::{TracingLayer, tracing_layer};
