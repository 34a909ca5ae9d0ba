//! One trace through a service with OpenTelemetry's SDK for Python, as callee and as caller.
//!
//! Needs `python3` with the package `opentelemetry-sdk`, and is skipped where they are not.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::routing::get;
use omegi_axum::ServerLayer;
use serde_json::Value;

use crate::support::{RemoteTrace, attribute, listener, shop};

/// Starts the service. Returns the service and its port, or `None` if it cannot run.
fn peer(url: &str) -> Option<(Child, String)> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/opentelemetry_peer.py");
    let mut peer = Command::new("python3").args([script, url]).stdout(Stdio::piped()).spawn().ok()?;
    let mut port = String::new();
    BufReader::new(peer.stdout.take()?).read_line(&mut port).ok()?;
    let port = port.trim().to_owned();
    (!port.is_empty()).then_some((peer, port))
}

fn can_run() -> bool {
    let sdk =
        Command::new("python3").args(["-c", "import opentelemetry.sdk.trace"]).stderr(Stdio::null()).status();
    sdk.is_ok_and(|status| status.success())
}

#[test]
fn one_trace_goes_through_a_service_of_another_language() {
    if !can_run() {
        eprintln!("skipped: no python3 with opentelemetry-sdk; pip install opentelemetry-sdk");
        return;
    }
    through_python();
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn through_python() {
    let trace = RemoteTrace::new();
    let (listener, address) = listener().await;
    let router = Router::new().route("/price", get(async || shop::price(7).unwrap().to_string()));
    let server = tokio::spawn(axum::serve(listener, router.layer(ServerLayer::new())).into_future());

    let (mut peer, port) = peer(&format!("http://{address}/price")).expect("it can run");
    let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
        .with(omegi_reqwest::ClientMiddleware::new())
        .build();
    let headers = vec![("traceparent".to_owned(), trace.parent())];
    let came = omegi::propagation::extract(&headers).unwrap();
    let request = client.get(format!("http://127.0.0.1:{port}/")).send();
    let answer = omegi::in_trace(came, request).await.unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();

    let flows = tokio::task::block_in_place(|| trace.flows(2));
    let (client, server_root) = (&flows[0].spans[1], flows[1].root().unwrap());
    assert_eq!(attribute(client, "http.response.status_code"), "200");
    // The service continues our trace …
    assert_eq!(answer["served"]["trace"], flows[0].trace_id.to_string());
    assert_eq!(answer["parent"], client.span_id.to_string());
    assert_eq!(answer["served"]["sampled"], true);
    // … and our server continues the trace of the service.
    assert_eq!(answer["asked"]["span"], server_root.parent_span_id.to_string());
    assert_eq!(server_root.name, "GET /price");

    peer.wait().unwrap();
    server.abort();
}
