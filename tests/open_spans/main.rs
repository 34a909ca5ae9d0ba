//! Spans that stay open longer than `OMEGI_FLOW_OPEN`: each finished child is a flow of its own.

mod helpers;
mod loops;
mod otel_spans;
mod random;
mod synchronous;
mod tasks;
mod threads;
mod tracing_spans;
