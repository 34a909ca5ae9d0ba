//! What requests look like that go through the layers for frameworks: real servers and clients on this machine.

mod actix_web;
mod axum;
mod bodies;
mod clients;
mod opentelemetry;
mod support;
mod tonic;
