//! Spans that libraries make through OpenTelemetry's API: compares programs with their trees.

mod flows;
mod logs;
mod nesting;
mod requests;
mod secrets;
mod threads;
mod tracing;
