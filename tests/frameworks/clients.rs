//! Clients: of tower over hyper, and of reqwest.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use http::Request;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use omegi::{Flow, Outcome, SpanKind, Status};
use omegi_tower::ClientLayer;
use tower::{Layer as _, ServiceExt as _};

use omegi_tests::memory;

use crate::support::{RemoteTrace, SECRET, assert_no_secret, attributes, listener};

/// Returns a service that answers with the caller's `traceparent`.
fn echo() -> Router {
    Router::new()
        .route("/missing", any(async || StatusCode::NOT_FOUND))
        .fallback(async |headers: HeaderMap| headers["traceparent"].to_str().unwrap().to_owned())
}

/// Runs `client` in a trace, against a service. Returns its result, and the flow of the client.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn call_service<T>(client: impl AsyncFnOnce(&str) -> T) -> (T, Flow) {
    let trace = RemoteTrace::new();
    let (listener, address) = listener().await;
    let server = tokio::spawn(axum::serve(listener, echo()).into_future());
    let headers = vec![("traceparent".to_owned(), trace.parent())];
    let came = omegi::propagation::extract(&headers).unwrap();
    let result = omegi::in_trace(came, client(&address)).await;
    let flow = tokio::task::block_in_place(|| trace.flow());
    server.abort();
    (result, flow)
}

async fn by_tower(url: String) -> Result<String, String> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let request = Request::get(url).body(Body::empty()).unwrap();
    let response = ClientLayer::new().layer(client).oneshot(request).await;
    let response = response.map_err(|error| error.to_string())?;
    let body = response.into_body().collect().await.unwrap().to_bytes();
    Ok(String::from_utf8_lossy(&body).into_owned())
}

async fn by_reqwest(url: String) -> Result<String, String> {
    let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
        .with(omegi_reqwest::ClientMiddleware::new())
        .build();
    let response = client.get(url).send().await.map_err(|error| error.to_string())?;
    Ok(response.text().await.unwrap())
}

#[test]
fn a_request_carries_its_span_in_the_headers() {
    let by_tower = call_service(async |address| {
        let url = format!("http://{address}/a?b=c&api_key={SECRET}&sig={SECRET}");
        (address.to_owned(), by_tower(url).await.unwrap())
    });
    let by_reqwest = call_service(async |address| {
        let url = format!("http://user:{SECRET}@{address}/a?b=c&api_key={SECRET}&sig={SECRET}");
        (address.to_owned(), by_reqwest(url).await.unwrap())
    });
    // reqwest itself takes the user out of the URL.
    for ((address, traceparent), flow) in [by_tower, by_reqwest] {
        assert_eq!(flow.spans.len(), 2);
        let span = &flow.spans[1];
        assert_eq!(traceparent, format!("00-{}-{}-01", flow.trace_id, span.span_id));
        assert_eq!((&*span.name, span.kind, &span.status), ("GET", SpanKind::Client, &Status::Unset));
        let (host, port) = address.split_once(':').unwrap();
        assert_eq!(
            attributes(span, ["http.request.method", "url.full", "server.address", "server.port"]),
            ["GET", &*format!("http://{address}/a?b=c&api_key=****&sig=REDACTED"), host, port]
        );
        assert_eq!(attributes(span, ["http.response.status_code", "error.type"]), ["200", ""]);
        assert_no_secret(&[flow]);
    }
}

#[test]
fn an_error_of_the_client_fails_the_client() {
    let by_tower = call_service(async |address| by_tower(format!("http://{address}/missing")).await);
    let by_reqwest = call_service(async |address| by_reqwest(format!("http://{address}/missing")).await);
    for (response, flow) in [by_tower, by_reqwest] {
        assert_eq!(response, Ok(String::new()));
        assert_eq!(flow.spans[1].status, Status::Error { description: "".into() });
        assert_eq!(attributes(&flow.spans[1], ["http.response.status_code", "error.type"]), ["404", "404"]);
    }
}

#[test]
fn a_missing_server_fails_the_client() {
    let (response, flow) = call_service(async |_| by_tower("http://127.0.0.1:1/a".to_owned()).await);
    assert_eq!(response.unwrap_err(), "client error (Connect)");
    assert_eq!(flow.errors[0].error_type, "hyper_util::client::legacy::client::Error");

    let url = format!("http://127.0.0.1:1/a?token={SECRET}");
    let (response, flow) = call_service(async |_| by_reqwest(url).await);
    assert!(response.unwrap_err().contains(SECRET), "the program's own error is as it was");
    assert_eq!(flow.errors[0].error_type, "reqwest::error::Error");
    assert!(flow.errors[0].message.contains("http://127.0.0.1:1/a?token=****"), "{}", flow.errors[0].message);
    assert!(!flow.errors[0].causes.is_empty());
    assert_no_secret(&[flow]);
}

#[test]
fn a_client_outside_all_flows_begins_one() {
    memory();
    let ((), flow) = call_service(async |address| {
        let url = format!("http://{address}/a");
        let traceparent = tokio::spawn(async move { by_tower(url).await.unwrap() }).await.unwrap();
        assert!(traceparent.starts_with("00-") && traceparent.ends_with("-03"), "{traceparent}");
    });
    assert_eq!(flow.spans.len(), 1);
}

#[test]
fn an_abandoned_request_is_cancelled() {
    let ((), flow) = call_service(async |_| {
        let (silent, address) = listener().await;
        let request = by_tower(format!("http://{address}/"));
        let waited = tokio::time::timeout(std::time::Duration::from_millis(30), request).await;
        assert!(waited.is_err());
        drop(silent);
    });
    assert_eq!((&*flow.spans[1].name, flow.spans[1].outcome), ("GET", Outcome::Cancelled));
}
