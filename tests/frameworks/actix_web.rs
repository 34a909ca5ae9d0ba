//! A server of actix-web, below the middleware.

use std::convert::Infallible;
use std::thread;
use std::time::Duration;

use actix_web::error::{ErrorBadRequest, ErrorInternalServerError};
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use omegi::{Flow, Status};
use omegi_actix_web::ServerMiddleware;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_stream::StreamExt as _;

use crate::support::{RemoteTrace, assert_no_secret, attribute, attributes, request_head, send_raw, shop};

async fn order(id: web::Path<u32>) -> Result<String, actix_web::Error> {
    match *id {
        0 => Err(ErrorBadRequest("none")),
        id => shop::price(id).map(|price| price.to_string()).map_err(ErrorInternalServerError),
    }
}

async fn items() -> HttpResponse {
    let items = tokio_stream::iter(1..4).throttle(Duration::from_millis(2));
    let prices = items.map(|item| shop::price(item).map(|price| Bytes::from(price.to_string())));
    HttpResponse::Ok().streaming(prices.map(|price| price.map_err(ErrorInternalServerError)))
}

async fn endless() -> HttpResponse {
    let items = tokio_stream::iter(std::iter::repeat("more")).throttle(Duration::from_millis(2));
    HttpResponse::Ok().streaming(items.map(|item| Ok::<_, Infallible>(Bytes::from(item))))
}

/// Runs `client` against a server. Returns its result, and the flow of the server.
fn serve_and_call<T>(client: impl AsyncFnOnce(&str, &RemoteTrace) -> T) -> (T, Flow) {
    let trace = RemoteTrace::new();
    let system = actix_web::rt::System::new();
    let result = system.block_on(async {
        let app = || {
            let scope = web::scope("/orders").route("/{id}", web::get().to(order));
            App::new()
                .wrap(ServerMiddleware::new().request_headers(["authorization", "x-tenant"]))
                .service(scope)
                .route("/items", web::get().to(items))
                .route("/endless", web::get().to(endless))
        };
        let server = HttpServer::new(app).workers(1).bind(("127.0.0.1", 0)).unwrap();
        let address = server.addrs()[0].to_string();
        let server = server.run();
        let handle = server.handle();
        let running = actix_web::rt::spawn(server);
        let result = client(&address, &trace).await;
        handle.stop(false).await;
        let _ = running.await;
        result
    });
    (result, trace.flow())
}

fn response_to(method: &str, path: &str) -> (String, Flow) {
    serve_and_call(async |address, trace| {
        let tenant = "\r\nx-tenant: a\r\nauthorization: s3cr3t\r\nconnection";
        send_raw(address, &request_head(trace, method, path).replace("\r\nconnection", tenant)).await
    })
}

#[test]
fn a_request_is_a_span_with_its_route() {
    let (response, flow) = response_to("GET", "/orders/7?page=1&token=s3cr3t");
    assert!(response.ends_with("21"), "{response}");
    let names: Vec<_> = flow.spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["GET /orders/{id}", "support::shop::price"]);
    let root = flow.root().unwrap();
    assert_eq!((root.parent_span_id.to_string(), &root.status), ("00f067aa0ba902b7".into(), &Status::Unset));
    assert_eq!(
        attributes(
            root,
            [
                "http.request.method",
                "http.route",
                "url.path",
                "url.query",
                "server.address",
                "server.port",
                "client.address",
                "http.response.status_code",
                "network.protocol.version",
                "http.request.header.x-tenant",
                "http.request.header.authorization",
            ]
        ),
        [
            "GET",
            "/orders/{id}",
            "/orders/7",
            "page=1&token=****",
            "shop.example",
            "8080",
            "127.0.0.1",
            "200",
            "1.1",
            "a",
            "****"
        ]
    );
    assert_no_secret(&[flow]);
}

#[test]
fn an_error_of_the_server_fails_with_its_reason_and_is_in_the_response() {
    let (response, flow) = response_to("GET", "/orders/12");
    let root = flow.root().unwrap();
    assert_eq!(root.status, Status::Error { description: "no item 12".into() });
    assert_eq!(attribute(root, "error.type"), "500");
    assert!(response.contains(&format!("trace;desc=00-{}-{}-01", flow.trace_id, root.span_id)), "{response}");
}

#[test]
fn an_error_of_the_client_does_not_fail() {
    for (path, code) in [("/orders/0", "400"), ("/elsewhere", "404")] {
        let (response, flow) = response_to("GET", path);
        assert!(!response.contains("server-timing"), "{response}");
        let root = flow.root().unwrap();
        assert_eq!(
            (&root.status, attribute(root, "http.response.status_code")),
            (&Status::Unset, code.to_owned())
        );
        assert!(!flow.outline().contains("cancelled"), "{}", flow.outline());
    }
}

#[test]
fn a_body_is_part_of_the_request_until_its_end() {
    let (response, flow) = response_to("GET", "/items");
    assert!(response.contains('9'), "{response}");
    let names: Vec<_> = flow.spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names[1..], ["support::shop::price"; 3]);
    assert!(!flow.outline().contains("cancelled"), "{}", flow.outline());
}

#[test]
fn a_client_that_goes_away_cancels_the_request() {
    let ((), flow) = serve_and_call(async |address, trace| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request_head(trace, "GET", "/endless").as_bytes()).await.unwrap();
        stream.read_exact(&mut [0; 64]).await.unwrap();
        drop(stream);
        thread::sleep(Duration::from_millis(30));
    });
    assert!(flow.outline().contains("~ cancelled"), "{}", flow.outline());
}
