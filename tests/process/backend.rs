//! A whole program sends its flows to a backend that is configured by the environment alone.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::{Span, status::StatusCode};
use prost::Message as _;

use super::{OWN_OUTPUT, program, stderr, stdout};

/// What came in one request.
struct Received {
    path: String,
    headers: HashMap<String, String>,
    body: ExportTraceServiceRequest,
}

/// Answers every request with 200, and hands on what came.
fn receive() -> (String, mpsc::Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let sender = sender.clone();
            thread::spawn(move || {
                while let Some(request) = read_request(stream.as_ref().unwrap()) {
                    sender.send(request).unwrap();
                }
            });
        }
    });
    (endpoint, receiver)
}

fn read_request(mut stream: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let headers: HashMap<_, _> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n")
        .unwrap();
    let path = lines[0].split(' ').nth(1).unwrap().to_owned();
    Some(Received { path, headers, body: ExportTraceServiceRequest::decode(&*body).unwrap() })
}

fn text(attributes: &[KeyValue], key: &str) -> String {
    let value = attributes.iter().find(|it| it.key == key).and_then(|it| it.value.as_ref()?.value.as_ref());
    match value {
        Some(Value::StringValue(text)) => text.clone(),
        other => panic!("{key}: {other:?}"),
    }
}

#[test]
fn flows_reach_the_backend_that_the_environment_names() {
    let (endpoint, received) = receive();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OMEGI_SERVICE_NAME", "shop"),
        ("OMEGI_TOKEN", "hunter2"),
        ("OMEGI_FLOW_RATE", "1"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=a%20test"),
    ];
    let output = program("once", &variables).output().unwrap();
    assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), (OWN_OUTPUT, ""));

    let requests: Vec<_> = received.try_iter().collect();
    let mut spans: Vec<Span> = Vec::new();
    for request in requests {
        assert_eq!(request.path, "/v1/traces");
        assert_eq!(request.headers["authorization"], "Bearer hunter2");
        for of_resource in request.body.resource_spans {
            let resource = of_resource.resource.unwrap();
            assert_eq!(text(&resource.attributes, "service.name"), "shop");
            assert_eq!(text(&resource.attributes, "deployment.environment.name"), "a test");
            for of_scope in of_resource.scope_spans {
                assert_eq!(of_scope.scope.unwrap().name, "omegi");
                spans.extend(of_scope.spans);
            }
        }
    }
    assert_eq!(spans.len(), 4);
    let failed: Vec<_> = spans
        .iter()
        .filter(|span| span.status.as_ref().is_some_and(|it| it.code() == StatusCode::Error))
        .collect();
    let origin = failed.iter().find(|span| !span.events.is_empty()).unwrap();
    let root = failed.iter().find(|span| span.parent_span_id.is_empty()).unwrap();
    assert_eq!((failed.len(), origin.name.as_str(), root.name.as_str()), (2, "shop::find", "shop::place"));
    assert_eq!((&origin.parent_span_id, &origin.trace_id), (&root.span_id, &root.trace_id));
    assert_eq!(text(&origin.events[0].attributes, "exception.message"), "no item 12");
    assert_eq!(text(&origin.attributes, "code.function.name"), "program::shop::find");
    assert_eq!(text(&origin.attributes, "error.type"), "alloc::string::String");
}
