//! A receiver of OTLP that prints a line for each span: its service and its name.
//!
//! It stands for any backend in the pages of the book. Each port serves gRPC and HTTP, with
//! protobuf and JSON. `otlp-receiver` listens on 4317 and 4318, `otlp-receiver --port 9999` on
//! that port alone. It makes the file that the variable `LISTENING` names when it listens.

use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::post;
use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use prost::Message;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

#[tokio::main]
async fn main() -> Result<(), String> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let ports = match &arguments[..] {
        [] => vec![4317, 4318],
        [option, port] if option == "--port" => {
            vec![port.parse().map_err(|error| format!("cannot read the port {port:?}: {error}"))?]
        }
        _ => return Err("usage: otlp-receiver [--port N]".to_owned()),
    };
    let mut servers = JoinSet::new();
    for port in ports {
        let listener = bind(port).await.map_err(|error| format!("cannot listen on port {port}: {error}"))?;
        servers.spawn(async move { axum::serve(listener, router()).await });
    }
    if let Some(path) = std::env::var_os("LISTENING") {
        std::fs::write(path, "").map_err(|error| format!("cannot write the file LISTENING: {error}"))?;
    }
    while servers.join_next().await.is_some() {}
    Ok(())
}

/// Binds a port, and waits for half a minute if another program has it.
async fn bind(port: u16) -> std::io::Result<TcpListener> {
    let mut pauses = 300;
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Err(_) if pauses > 0 => tokio::time::sleep(Duration::from_millis(100)).await,
            bound => return bound,
        }
        pauses -= 1;
    }
}

fn router() -> Router {
    let traces = TraceServiceServer::new(Receiver).accept_compressed(CompressionEncoding::Gzip);
    let metrics = MetricsServiceServer::new(Receiver).accept_compressed(CompressionEncoding::Gzip);
    Routes::new(traces)
        .add_service(metrics)
        .into_axum_router()
        .route("/v1/traces", post(traces_over_http))
        .route("/v1/metrics", post(metrics_over_http))
        .layer(DefaultBodyLimit::disable())
}

#[derive(Clone, Copy)]
struct Receiver;

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        print(&request.into_inner().resource_spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Receiver {
    async fn export(
        &self,
        _: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

async fn traces_over_http(headers: HeaderMap, body: Bytes) -> HttpResponse {
    match decoded(&headers, &body) {
        Ok(request) => {
            print(&request.resource_spans);
            answer(&headers)
        }
        Err(problem) => (StatusCode::BAD_REQUEST, problem).into_response(),
    }
}

async fn metrics_over_http(headers: HeaderMap) -> HttpResponse {
    answer(&headers)
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

fn decoded(headers: &HeaderMap, body: &[u8]) -> Result<ExportTraceServiceRequest, String> {
    let mut unpacked = Vec::new();
    let body = match headers.get(header::CONTENT_ENCODING).map(|encoding| encoding.as_bytes()) {
        Some(b"gzip") => {
            GzDecoder::new(body).read_to_end(&mut unpacked).map_err(|error| error.to_string())?;
            &unpacked[..]
        }
        _ => body,
    };
    if is_json(headers) {
        serde_json::from_slice(body).map_err(|error| error.to_string())
    } else {
        ExportTraceServiceRequest::decode(body).map_err(|error| error.to_string())
    }
}

/// Answers that all was taken: an empty message.
fn answer(headers: &HeaderMap) -> HttpResponse {
    if is_json(headers) {
        ([(header::CONTENT_TYPE, "application/json")], "{}").into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/x-protobuf")], "").into_response()
    }
}

fn print(resources: &[ResourceSpans]) {
    let mut text = String::new();
    for resource in resources {
        let attributes = resource.resource.iter().flat_map(|resource| &resource.attributes);
        let service = attributes
            .filter(|attribute| attribute.key == "service.name")
            .find_map(|attribute| attribute.value.as_ref()?.value.as_ref());
        let service = match service {
            Some(Value::StringValue(name)) => name,
            _ => "unknown_service",
        };
        for span in resource.scope_spans.iter().flat_map(|scope| &scope.spans) {
            text += &format!("{service} {}\n", span.name);
        }
    }
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}
