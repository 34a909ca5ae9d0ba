//! The layers: those of `omegi-tower` with the conventions for gRPC.

use omegi_tower::{TraceLayer, TraceService};
use tower_layer::Layer;

#[cfg(feature = "enable")]
use super::client::GrpcClient;
#[cfg(not(feature = "enable"))]
use super::off::{GrpcClient, GrpcServer};
#[cfg(feature = "enable")]
use super::server::GrpcServer;

/// A layer for servers: a span of the kind SERVER for each call.
///
/// ```
/// let server = tonic::transport::Server::builder().layer(omegi_tonic::ServerLayer::new());
/// # drop(server);
/// ```
pub type ServerLayer = TraceLayer<GrpcServer>;

/// The service that [`ServerLayer`] makes of the service `S`.
/// [`TraceService`] has an example.
pub type ServerService<S> = TraceService<S, GrpcServer>;

/// A layer for clients: a span of the kind CLIENT for each call.
///
/// ```
/// use omegi_tonic::{ClientLayer, ClientService};
/// use tonic::transport::Channel;
/// use tower_layer::Layer as _;
///
/// /// The service that a generated client takes instead of the channel.
/// fn traced(channel: Channel) -> ClientService<Channel> {
///     ClientLayer::new().server("orders.example", 443).layer(channel)
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct ClientLayer {
    client: GrpcClient,
}

impl ClientLayer {
    /// Creates a layer that records what the convention asks for.
    ///
    /// ```
    /// use omegi_tonic::{ClientLayer, ClientService};
    /// use tonic::transport::Channel;
    /// use tower_layer::Layer as _;
    ///
    /// /// The server of the channel is not recorded: `server` would set it.
    /// fn traced(channel: Channel) -> ClientService<Channel> {
    ///     ClientLayer::new().layer(channel)
    /// }
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the called server (`server.address`, `server.port`), because a channel of tonic does
    /// not report it to a layer above it.
    ///
    /// ```
    /// use omegi_tonic::ClientLayer;
    ///
    /// let layer = ClientLayer::new().server("orders.internal", 50_051);
    /// # drop(layer);
    /// ```
    #[must_use]
    pub fn server(self, address: impl Into<String>, port: u16) -> Self {
        Self { client: self.client.server(address, port) }
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = ClientService<S>;

    fn layer(&self, inner: S) -> ClientService<S> {
        TraceLayer::with(self.client.clone()).layer(inner)
    }
}

/// The service that [`ClientLayer`] makes of the service `S`. [`ClientLayer`] has an example.
pub type ClientService<S> = TraceService<S, GrpcClient>;
