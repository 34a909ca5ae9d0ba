//! Requests through the integrations with frameworks: real servers and clients on this machine.

mod actix_web;
mod axum;
mod bodies;
mod clients;
mod opentelemetry;
mod support;
mod tonic;
