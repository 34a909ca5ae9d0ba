//! tonic at both ends: its health service, with answers of our own.

use std::pin::Pin;

use omegi::{Flow, Outcome, Span, Status as SpanStatus};
use omegi_tonic::{ClientLayer, ClientService, ServerLayer};
use tokio_stream::wrappers::TcpListenerStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tower::Layer as _;

use crate::support::{RemoteTrace, attributes, listener, shop};

/// A health service whose answer is the price of an item.
struct Items;

fn price(request: &HealthCheckRequest) -> Result<HealthCheckResponse, Status> {
    match request.service.parse() {
        Ok(item) => match shop::price(item) {
            Ok(price) => Ok(HealthCheckResponse { status: i32::try_from(price).unwrap_or_default() }),
            Err(error) => Err(Status::internal(error)),
        },
        Err(_) => Err(Status::not_found("no number")),
    }
}

#[tonic::async_trait]
impl Health for Items {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        price(request.get_ref()).map(Response::new)
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    /// Streams three items from the given one on.
    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let first: u32 = request.get_ref().service.parse().map_err(|_| Status::unimplemented("not yet"))?;
        let items = tokio_stream::iter(first..).take(3);
        let prices = items.map(|item| price(&HealthCheckRequest { service: item.to_string() }));
        Ok(Response::new(Box::pin(prices)))
    }
}

type TracedChannel = ClientService<Channel>;

/// Runs `client` in a trace. Returns the flow of the client, and that of the server.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn called(client: impl AsyncFnOnce(TracedChannel)) -> (Flow, Flow) {
    let trace = RemoteTrace::new();
    let (listener, address) = listener().await;
    let incoming = TcpListenerStream::new(listener);
    let router = Server::builder().layer(ServerLayer::new()).add_service(HealthServer::new(Items));
    let server = tokio::spawn(router.serve_with_incoming(incoming));
    let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    let service = ClientLayer::new().server("health.example", 443).layer(channel);

    let headers = vec![("traceparent".to_owned(), trace.parent())];
    let came = omegi::propagation::extract(&headers).unwrap();
    omegi::in_trace(came, client(service)).await;
    let mut flows = tokio::task::block_in_place(|| trace.flows(2));
    server.abort();
    let server = flows.remove(1);
    (flows.remove(0), server)
}

fn check(service: &str) -> Request<HealthCheckRequest> {
    Request::new(HealthCheckRequest { service: service.to_owned() })
}

/// Returns the spans of the call: of the client, and of the server below it.
fn ends<'a>(client: &'a Flow, server: &'a Flow) -> [&'a Span; 2] {
    let (client, server) = (&client.spans[1], server.root().unwrap());
    assert_eq!(server.parent_span_id, client.span_id);
    [client, server]
}

/// Returns the end of the call at both ends: code, type of the error, message.
fn endings(ends: [&Span; 2]) -> [(String, String, Option<String>); 2] {
    ends.map(|span| {
        let [code, error] = attributes(span, ["rpc.response.status_code", "error.type"]);
        let message = match &span.status {
            SpanStatus::Error { description } => Some(description.to_string()),
            _ => None,
        };
        (code, error, message)
    })
}

fn ending(code: &str, error: &str, message: Option<&str>) -> (String, String, Option<String>) {
    (code.to_owned(), error.to_owned(), message.map(str::to_owned))
}

#[test]
fn a_call_is_a_span_at_both_ends() {
    let (client, server) = called(async |service| {
        let mut health = HealthClient::new(service);
        assert_eq!(health.check(check("7")).await.unwrap().get_ref().status, 21);
    });
    let ends = ends(&client, &server);
    for (end, server_name) in ends.into_iter().zip(["health.example", "127.0.0.1"]) {
        assert_eq!(end.name, "grpc.health.v1.Health/Check");
        assert_eq!(
            attributes(end, ["rpc.system.name", "rpc.method", "server.address", "network.protocol.version"])
                [..3],
            ["grpc", "grpc.health.v1.Health/Check", server_name]
        );
    }
    assert_eq!(endings(ends), [ending("OK", "", None), ending("OK", "", None)]);
    assert_eq!(server.spans[1].name, "support::shop::price");
}

#[test]
fn an_error_of_the_server_fails_both_ends() {
    let (client, server) = called(async |service| {
        let mut health = HealthClient::new(service);
        let status = health.check(check("12")).await.unwrap_err();
        assert_eq!(status.message(), "no item 12");
        assert!(status.metadata().contains_key("server-timing"), "{status:?}");
    });
    let internal = ending("INTERNAL", "INTERNAL", Some("no item 12"));
    assert_eq!(endings(ends(&client, &server)), [internal.clone(), internal]);
}

#[test]
fn an_error_of_the_client_fails_only_the_client() {
    let (client, server) = called(async |service| {
        let mut health = HealthClient::new(service);
        assert!(health.check(check("x")).await.is_err());
    });
    assert_eq!(
        endings(ends(&client, &server)),
        [ending("NOT_FOUND", "NOT_FOUND", Some("no number")), ending("NOT_FOUND", "", None)]
    );
}

#[test]
fn a_stream_is_open_until_its_trailers_and_fails_by_them() {
    let (client, server) = called(async |service| {
        let mut health = HealthClient::new(service);
        let mut prices = health.watch(check("5")).await.unwrap().into_inner();
        while let Some(price) = prices.message().await.unwrap() {
            assert!(price.status >= 15);
        }
    });
    assert_eq!(endings(ends(&client, &server)), [ending("OK", "", None), ending("OK", "", None)]);
    assert_eq!(server.spans.len(), 4);

    let (client, server) = called(async |service| {
        let mut health = HealthClient::new(service);
        let mut prices = health.watch(check("8")).await.unwrap().into_inner();
        let status = loop {
            if let Err(status) = prices.message().await {
                break status;
            }
        };
        // The head was sent before the call failed, so the trailers carry the error.
        assert!(status.metadata().contains_key("server-timing"), "{status:?}");
    });
    let internal = ending("INTERNAL", "INTERNAL", Some("no item 10"));
    assert_eq!(endings(ends(&client, &server)), [internal.clone(), internal]);
}

#[test]
fn an_abandoned_stream_is_cancelled() {
    let (client, _server) = called(async |service| {
        let mut health = HealthClient::new(service);
        let mut prices = health.watch(check("5")).await.unwrap().into_inner();
        assert!(prices.message().await.unwrap().is_some());
    });
    assert_eq!(client.spans[1].outcome, Outcome::Cancelled);
}

#[test]
fn an_unimplemented_method_names_its_span_and_an_unknown_one_does_not() {
    let (client, server) = called(async |service| {
        let mut health = HealthClient::new(service);
        assert!(health.watch(check("x")).await.is_err());
    });
    assert_eq!(ends(&client, &server)[1].name, "grpc.health.v1.Health/Watch");

    let (client, server) = called(async |service| {
        let mut grpc = tonic::client::Grpc::new(service);
        grpc.ready().await.unwrap();
        let path = "/made.Up/Name".parse().unwrap();
        let codec = tonic_prost::ProstCodec::<HealthCheckRequest, HealthCheckResponse>::new();
        assert!(grpc.unary(check(""), path, codec).await.is_err());
    });
    let [client, server] = ends(&client, &server);
    assert_eq!((&*client.name, &*server.name), ("made.Up/Name", "grpc"));
    assert_eq!(attributes(server, ["rpc.method", "rpc.method_original"]), ["_OTHER", "made.Up/Name"]);
}
