//! `tracing`: its spans become spans of the flow, its events their events.

mod call_sites;
mod fields;
mod layer;
mod said;

pub use layer::{TracingLayer, tracing_layer};
