//! A whole program sends its flows to a backend that is configured by the environment alone.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::{Span, status::StatusCode};
use prost::Message as _;

use super::receiver::receive;
use super::{OWN_OUTPUT, program, stderr, stdout};

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
        let body = ExportTraceServiceRequest::decode(&*request.body).unwrap();
        for of_resource in body.resource_spans {
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
