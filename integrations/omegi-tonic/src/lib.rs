#![doc = include_str!("../README.md")]

#[cfg(feature = "enable")]
mod call;
#[cfg(feature = "enable")]
mod client;
#[cfg(feature = "enable")]
mod code;
mod layer;
#[cfg(not(feature = "enable"))]
mod off;
#[cfg(feature = "enable")]
mod server;

pub use layer::{ClientLayer, ClientService, ServerLayer, ServerService};
#[cfg(not(feature = "enable"))]
pub use off::{GrpcClient, GrpcServer};
#[cfg(feature = "enable")]
pub use {
    client::{GrpcClient, GrpcClientExchange},
    server::{GrpcServer, GrpcServerExchange},
};
