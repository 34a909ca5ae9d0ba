//! Spans that libraries make through OpenTelemetry's API: the program beside the trees that it
//! makes.

mod flows;
mod logs;
mod nesting;
mod requests;
mod threads;
mod tracing;
