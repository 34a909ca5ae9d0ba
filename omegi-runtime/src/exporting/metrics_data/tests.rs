//! OpenTelemetry's own types read the messages.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Metric as Read, Sum};
use prost::Message as _;

use super::*;
use crate::exporting::envelope::OtlpMessage as _;
use crate::exporting::fixtures::START_NS;

fn metrics() -> [Metric; 2] {
    let point = |value, attributes| Point { attributes, start_ns: START_NS, time_ns: START_NS + 7, value };
    let decided = |word: &'static str| vec![Attribute::new("omegi.flow.decision", word)];
    let flows = Metric {
        name: "omegi.flows",
        description: "Flows that \"ended\".",
        unit: "{flow}",
        is_monotonic: true,
        temporality: Temporality::Delta,
        points: vec![point(3, decided("error")), point(0, decided("asked"))],
    };
    let bytes = Metric {
        name: "omegi.queue.bytes",
        description: "",
        unit: "By",
        is_monotonic: false,
        temporality: Temporality::Cumulative,
        points: vec![point(u64::MAX, vec![Attribute::new("n", 7), Attribute::new("yes", true)])],
    };
    [flows, bytes]
}

fn resource() -> Resource {
    Resource { attributes: vec![Attribute::new("service.name", "shop")] }
}

fn sum_of(metric: &Read) -> &Sum {
    match metric.data.as_ref().unwrap() {
        Data::Sum(sum) => sum,
        other => panic!("{other:?}"),
    }
}

fn assert_read(request: &ExportMetricsServiceRequest) {
    let [of_resource] = &request.resource_metrics[..] else { panic!("{request:?}") };
    assert_eq!(of_resource.resource.as_ref().unwrap().attributes[0].key, "service.name");
    let [of_scope] = &of_resource.scope_metrics[..] else { panic!("{request:?}") };
    let scope = of_scope.scope.as_ref().unwrap();
    assert_eq!((&*scope.name, &*scope.version), ("omegi", env!("CARGO_PKG_VERSION")));
    let [flows, bytes] = &of_scope.metrics[..] else { panic!("{request:?}") };
    assert_eq!(
        (&*flows.name, &*flows.description, &*flows.unit),
        ("omegi.flows", "Flows that \"ended\".", "{flow}")
    );
    let sum = sum_of(flows);
    assert_eq!((sum.aggregation_temporality(), sum.is_monotonic), (AggregationTemporality::Delta, true));
    let values: Vec<_> = sum.data_points.iter().map(|point| point.value.unwrap()).collect();
    assert_eq!(values, [Number::AsInt(3), Number::AsInt(0)]);
    let point = &sum.data_points[0];
    assert_eq!((point.start_time_unix_nano, point.time_unix_nano), (START_NS, START_NS + 7));
    let value = point.attributes[0].value.as_ref().unwrap().value.as_ref();
    assert_eq!(value, Some(&Any::StringValue("error".to_owned())));
    let sum = sum_of(bytes);
    assert_eq!(
        (sum.aggregation_temporality(), sum.is_monotonic),
        (AggregationTemporality::Cumulative, false)
    );
    assert_eq!(sum.data_points[0].value, Some(Number::AsInt(i64::MAX)));
}

#[test]
fn protobuf_is_read() {
    let (resource, metrics) = (resource(), metrics());
    let bytes = MetricsData { resource: &resource, metrics: &metrics }.to_protobuf();
    assert_read(&ExportMetricsServiceRequest::decode(&*bytes).unwrap());
}

#[test]
fn json_is_read() {
    let (resource, metrics) = (resource(), metrics());
    let json = MetricsData { resource: &resource, metrics: &metrics }.to_string();
    assert_read(&serde_json::from_str(&json).unwrap());
}

#[test]
fn json_is_one_line_in_the_shape_that_the_specification_shows() {
    let (resource, metrics) = (resource(), metrics());
    let json = MetricsData { resource: &resource, metrics: &metrics[1..] }.to_string();
    let version = env!("CARGO_PKG_VERSION");
    let expected = [
        r#"{"resourceMetrics": [{"resource": {"attributes": ["#,
        r#"{"key": "service.name", "value": {"stringValue": "shop"}}]}, "scopeMetrics": [{"#,
        &format!(r#""scope": {{"name": "omegi", "version": "{version}"}}, "metrics": [{{"#),
        r#""name": "omegi.queue.bytes", "description": "", "unit": "By", "#,
        r#""sum": {"dataPoints": [{"attributes": ["#,
        r#"{"key": "n", "value": {"intValue": "7"}}, {"key": "yes", "value": {"boolValue": true}}], "#,
        r#""startTimeUnixNano": "1795161600000000000", "timeUnixNano": "1795161600000000007", "#,
        r#""asInt": "9223372036854775807"}], "aggregationTemporality": 2, "isMonotonic": false}}]}]}]}"#,
    ];
    assert_eq!(json, expected.concat());
}
