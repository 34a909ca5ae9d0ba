//! A server of axum, below the layer for servers.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{any, get};
use omegi::{Flow, Status};
use omegi_axum::ServerLayer;

use crate::support::{
    RemoteTrace, assert_no_secret, attribute, attributes, listener, request_head, send_raw, shop,
};

async fn order(Path(id): Path<u32>) -> Result<String, (StatusCode, String)> {
    shop::price(id).map(|price| price.to_string()).map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error))
}

fn router() -> Router {
    Router::new()
        .route("/orders/{id}", get(order))
        .route("/broken", get(async || shop::broken().to_string()))
        .route("/handled", get(async || shop::price(12).is_err().to_string()))
        .route("/any", any(async || "any"))
        .route("/nothing", get(async || StatusCode::NO_CONTENT))
        .fallback(async || StatusCode::NOT_FOUND)
}

/// Sends a request in a trace of its own. Returns the response, and the flow of the server.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn serve(layer: ServerLayer, request: impl FnOnce(&RemoteTrace) -> String + Send) -> (String, Flow) {
    let trace = RemoteTrace::new();
    let (listener, address) = listener().await;
    let server = tokio::spawn(axum::serve(listener, router().layer(layer)).into_future());
    let response = send_raw(&address, &request(&trace)).await;
    let flow = trace.flow();
    server.abort();
    (response, flow)
}

fn get_from_server(method: &'static str, path: &'static str) -> (String, Flow) {
    serve(ServerLayer::new(), move |trace| request_head(trace, method, path))
}

#[test]
fn a_request_is_a_span_with_its_route() {
    let (response, flow) = get_from_server("GET", "/orders/7?page=1&token=s3cr3t");
    assert!(response.ends_with("21"), "{response}");
    assert_eq!(
        flow.outline().lines().map(|line| line.split('(').next().unwrap()).collect::<Vec<_>>(),
        ["GET /orders/{id} [server]", "  support::shop::price"]
    );
    let root = flow.root().unwrap();
    assert_eq!(root.parent_span_id.to_string(), "00f067aa0ba902b7");
    assert_eq!(root.status, Status::Unset);
    assert_eq!(
        attributes(
            root,
            [
                "http.request.method",
                "http.route",
                "url.scheme",
                "url.path",
                "url.query",
                "server.address",
                "server.port",
                "http.response.status_code",
                "network.protocol.version",
                "error.type",
            ]
        ),
        [
            "GET",
            "/orders/{id}",
            "http",
            "/orders/7",
            "page=1&token=****",
            "shop.example",
            "8080",
            "200",
            "1.1",
            ""
        ]
    );
    assert_no_secret(&[flow]);
}

#[test]
fn an_error_of_the_server_fails_and_is_in_the_response() {
    let (response, flow) = get_from_server("GET", "/orders/12");
    let root = flow.root().unwrap();
    assert_eq!(root.status, Status::Error { description: "".into() });
    assert_eq!(attributes(root, ["http.response.status_code", "error.type"]), ["500", "500"]);
    assert_eq!(flow.errors.len(), 1);
    let kept = format!("server-timing: trace;desc=00-{}-{}-01", flow.trace_id, root.span_id);
    assert!(response.contains(&kept), "{response}");
}

#[test]
fn a_handled_error_is_in_the_response_and_one_of_the_client_is_not() {
    let (response, flow) = get_from_server("GET", "/handled");
    assert!(response.contains("server-timing: trace;desc=00-"), "{response}");
    assert_eq!(flow.root().unwrap().status, Status::Unset);
    let (response, flow) = get_from_server("GET", "/elsewhere");
    assert!(!response.contains("server-timing"), "{response}");
    let root = flow.root().unwrap();
    assert_eq!((&*root.name, &root.status), ("GET", &Status::Unset));
    assert_eq!(attributes(root, ["http.response.status_code", "http.route", "error.type"]), ["404", "", ""]);
}

#[test]
fn an_unknown_method_names_no_span() {
    let (_, flow) = get_from_server("BREW", "/any");
    let root = flow.root().unwrap();
    assert_eq!(root.name, "HTTP /any");
    assert_eq!(attributes(root, ["http.request.method", "http.request.method_original"]), ["_OTHER", "BREW"]);
}

#[test]
fn responses_without_a_body_end_with_their_head() {
    for (method, path) in [("HEAD", "/orders/7"), ("GET", "/nothing")] {
        let (_, flow) = get_from_server(method, path);
        assert!(!flow.outline().contains("cancelled"), "{}", flow.outline());
    }
}

#[test]
fn a_panic_is_a_panic() {
    let (response, flow) = get_from_server("GET", "/broken");
    assert_eq!(response, "");
    assert!(flow.outline().starts_with("GET /broken [server]"), "{}", flow.outline());
    assert!(flow.outline().lines().next().unwrap().ends_with("! panic: it is broken"), "{}", flow.outline());
}

#[test]
fn headers_are_captured_on_request_and_masked() {
    let layer = ServerLayer::new()
        .request_headers(["X-Tenant", "authorization", "x-missing"])
        .response_headers(["content-type"]);
    let (_, flow) = serve(layer, |trace| {
        request_head(trace, "GET", "/any").replace(
            "\r\nconnection",
            "\r\nx-tenant: a\r\nx-tenant: b\r\nauthorization: s3cr3t\r\ncookie: s3cr3t\r\nconnection",
        )
    });
    let root = flow.root().unwrap();
    assert_eq!(attribute(root, "http.request.header.x-tenant"), "a, b");
    assert_eq!(attribute(root, "http.request.header.authorization"), "****");
    assert_eq!(attribute(root, "http.request.header.x-missing"), "");
    assert_eq!(attribute(root, "http.response.header.content-type"), "text/plain; charset=utf-8");
    assert_no_secret(&[flow]);
}

#[test]
fn a_callback_knows_the_route_and_may_panic() {
    let known = ServerLayer::new().route(|request| Some(format!("{}…", &request.uri.path()[..3])));
    let (_, flow) = serve(known, |trace| request_head(trace, "GET", "/any"));
    assert_eq!(flow.root().unwrap().name, "GET /an…");
    let panicking = ServerLayer::new().route(|_| panic!("no idea"));
    let (response, flow) = serve(panicking, |trace| request_head(trace, "GET", "/any"));
    assert!(response.ends_with("any"));
    assert_eq!(flow.root().unwrap().name, "GET /any");
}

#[test]
fn baggage_alone_and_a_malformed_header_do_no_harm() {
    #[tokio::main(flavor = "current_thread")]
    async fn status(headers: &str) -> String {
        let (listener, address) = listener().await;
        let server = tokio::spawn(axum::serve(listener, router().layer(ServerLayer::new())).into_future());
        let request = format!("GET /any HTTP/1.1\r\nhost: a\r\n{headers}connection: close\r\n\r\n");
        let response = send_raw(&address, &request).await;
        server.abort();
        response.lines().next().unwrap_or_default().to_owned()
    }
    let _started = RemoteTrace::new();
    assert_eq!(status("baggage: a=b\r\n"), "HTTP/1.1 200 OK");
    assert_eq!(status("traceparent: 00-x\r\n"), "HTTP/1.1 200 OK");
}

#[test]
fn a_layer_inside_another_is_part_of_the_same_flow() {
    #[tokio::main(flavor = "current_thread")]
    async fn twice() -> Flow {
        let trace = RemoteTrace::new();
        let (listener, address) = listener().await;
        let router = router().layer(ServerLayer::new()).layer(ServerLayer::new());
        let server = tokio::spawn(axum::serve(listener, router).into_future());
        send_raw(&address, &request_head(&trace, "GET", "/orders/7")).await;
        let flow = trace.flow();
        server.abort();
        flow
    }
    let names: Vec<_> = twice().spans.iter().map(|span| span.name.clone()).collect();
    assert_eq!(names, ["GET /orders/{id}", "GET /orders/{id}", "support::shop::price"]);
}

#[test]
fn the_peer_is_known_where_axum_knows_it() {
    #[tokio::main(flavor = "current_thread")]
    async fn from_a_peer() -> Flow {
        let trace = RemoteTrace::new();
        let (listener, address) = listener().await;
        let service = router().layer(ServerLayer::new()).into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(axum::serve(listener, service).into_future());
        send_raw(&address, &request_head(&trace, "GET", "/any")).await;
        let flow = trace.flow();
        server.abort();
        flow
    }
    let flow = from_a_peer();
    let root = flow.root().unwrap();
    assert_eq!(attributes(root, ["client.address", "network.peer.address"]), ["127.0.0.1", "127.0.0.1"]);
    assert_ne!(attribute(root, "network.peer.port"), "");
}
