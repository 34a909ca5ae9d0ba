//! A span is open until the response's body has been sent or dropped.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use omegi::Flow;
use omegi_axum::ServerLayer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_stream::StreamExt as _;

use crate::support::{RemoteTrace, listener, request_head, send_raw, shop};

/// Returns a body of three items, each made by a call while the body is polled.
fn items() -> Body {
    let items = tokio_stream::iter(1..4).throttle(Duration::from_millis(2));
    Body::from_stream(items.map(|item| Ok::<_, Infallible>(shop::price(item).unwrap().to_string())))
}

fn failing() -> Body {
    let items = tokio_stream::iter([7, 12]);
    Body::from_stream(items.map(|item| shop::price(item).map(|price| price.to_string())))
}

fn endless() -> Body {
    let items = tokio_stream::iter(std::iter::repeat("more")).throttle(Duration::from_millis(2));
    Body::from_stream(items.map(Ok::<_, Infallible>))
}

fn router() -> Router {
    Router::new()
        .route("/items", get(async || items()))
        .route("/sized", get(async || ([("content-length", "3")], items())))
        .route("/failing", get(async || failing()))
        .route("/endless", get(async || endless()))
        .route("/never", get(std::future::pending::<&str>))
        .layer(ServerLayer::new())
}

/// Runs `client` against a server. Returns the flow of the server.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn serve_and_call(client: impl AsyncFnOnce(&str, &RemoteTrace)) -> Flow {
    let trace = RemoteTrace::new();
    let (listener, address) = listener().await;
    let server = tokio::spawn(axum::serve(listener, router()).into_future());
    client(&address, &trace).await;
    let flow = tokio::task::block_in_place(|| trace.flow());
    server.abort();
    flow
}

#[test]
fn calls_while_the_body_is_polled_are_part_of_the_request() {
    for path in ["/items", "/sized"] {
        let flow = serve_and_call(async |address, trace| {
            let response = send_raw(address, &request_head(trace, "GET", path)).await;
            assert!(response.contains('3'), "{response}");
        });
        let names: Vec<_> = flow.spans.iter().map(|span| &*span.name).collect();
        let calls = if path == "/items" { 3 } else { names.len() - 1 };
        assert_eq!(names[0], format!("GET {path}"));
        assert_eq!(names[1..], vec!["support::shop::price"; calls]);
        assert!(flow.spans.iter().skip(1).all(|span| span.parent == Some(0)));
        assert!(!flow.outline().contains("cancelled"), "{}", flow.outline());
    }
}

#[test]
fn a_body_that_fails_fails_the_request() {
    let flow = serve_and_call(async |address, trace| {
        send_raw(address, &request_head(trace, "GET", "/failing")).await;
    });
    let outline = flow.outline();
    assert!(outline.starts_with("GET /failing [server]"), "{outline}");
    assert!(outline.lines().next().unwrap().contains("! axum_core::error::Error: no item 12"), "{outline}");
    assert_eq!(flow.errors.len(), 1, "the error of the body is that of the call: {outline}");
}

#[test]
fn a_client_that_goes_away_cancels_the_request() {
    for path in ["/endless", "/never"] {
        let flow = serve_and_call(async |address, trace| {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(request_head(trace, "GET", path).as_bytes()).await.unwrap();
            if path == "/endless" {
                let mut some = [0; 64];
                stream.read_exact(&mut some).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        });
        assert!(flow.outline().contains("~ cancelled"), "{}", flow.outline());
    }
}

#[test]
fn concurrent_requests_do_not_mix() {
    #[tokio::main(flavor = "multi_thread", worker_threads = 4)]
    async fn many(count: usize) -> Vec<Flow> {
        let trace = RemoteTrace::new();
        let (listener, address) = listener().await;
        let server = tokio::spawn(axum::serve(listener, router()).into_future());
        let client = reqwest::Client::new();
        let requests: Vec<_> = (0..count)
            .map(|_| {
                client.get(format!("http://{address}/items")).header("traceparent", trace.parent()).send()
            })
            .map(|sent| tokio::spawn(async { sent.await.unwrap().text().await.unwrap() }))
            .collect();
        for request in requests {
            assert_eq!(request.await.unwrap(), "369");
        }
        let flows = tokio::task::block_in_place(|| trace.flows(count));
        server.abort();
        flows
    }
    for flow in many(200) {
        let names: Vec<_> = flow.spans.iter().map(|span| &*span.name).collect();
        assert_eq!(names[0], "GET /items");
        assert_eq!(names[1..], ["support::shop::price"; 3]);
        assert!(flow.spans.iter().skip(1).all(|span| span.parent == Some(0)));
    }
}
