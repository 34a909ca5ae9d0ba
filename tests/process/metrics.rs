//! The figures of a whole program, as metrics at a backend.

use std::collections::HashMap;
use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Sum, metric::Data};
use prost::Message as _;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use super::receiver::{Received, receive, receive_with};
use super::{OWN_OUTPUT, command, program, stderr, stdout};

const TO_OTLP: (&str, &str) = ("OTEL_METRICS_EXPORTER", "otlp");

/// Keeps the flows of the program away from its own output.
const QUIET: [(&str, &str); 2] = [("OMEGI_CONSOLE_STREAM", "/dev/null"), ("OMEGI_FLOW_RATE", "1")];

fn sums(request: &ExportMetricsServiceRequest) -> impl Iterator<Item = (&str, &Sum)> {
    let scopes = request.resource_metrics.iter().flat_map(|of_resource| &of_resource.scope_metrics);
    scopes.flat_map(|of_scope| &of_scope.metrics).map(|metric| match metric.data.as_ref().unwrap() {
        Data::Sum(sum) => (&*metric.name, sum),
        other => panic!("{}: {other:?}", metric.name),
    })
}

/// Returns every point, under the metric's name and the values of the point's attributes.
fn figures(request: &ExportMetricsServiceRequest) -> HashMap<String, i64> {
    let mut figures = HashMap::new();
    for (name, sum) in sums(request) {
        for point in &sum.data_points {
            assert!(point.start_time_unix_nano > 0 && point.start_time_unix_nano <= point.time_unix_nano);
            let Some(Number::AsInt(value)) = point.value else { panic!("{point:?}") };
            let before = figures.insert(format!("{name} {}", values(&point.attributes)), value);
            assert_eq!(before, None, "{name} {point:?}");
        }
    }
    figures
}

fn values(attributes: &[KeyValue]) -> String {
    let text = |it: &KeyValue| match it.value.as_ref().unwrap().value.as_ref().unwrap() {
        Value::StringValue(text) => text.clone(),
        Value::BoolValue(value) => value.to_string(),
        other => panic!("{other:?}"),
    };
    let shown = attributes.iter().filter(|it| it.key != "otel.component.type");
    shown.map(text).collect::<Vec<_>>().join(" ")
}

/// Asserts that the points contain these figures, written `name values = number`.
#[track_caller]
fn assert_among(figures: &HashMap<String, i64>, expected: &[&str]) {
    for line in expected {
        let (name, value) = line.rsplit_once(" = ").unwrap();
        assert_eq!(figures.get(name).map(i64::to_string).as_deref(), Some(value), "{name} of {figures:#?}");
    }
}

/// Asserts the points of the program that places two orders, of which one fails, with one exporter
/// of this name.
#[track_caller]
fn assert_two_orders(figures: &HashMap<String, i64>, exporter: &str) {
    assert_among(
        figures,
        &[
            "omegi.flows error = 1",
            "omegi.flows asked = 0",
            "omegi.flows sampled = 1",
            "omegi.flows suppressed = 0",
            "omegi.flows dropped = 0",
            "omegi.kept_flows exported = 2",
            "omegi.kept_flows spooled = 0",
            "omegi.kept_flows lost_to_memory = 0",
            "omegi.kept_flows lost_to_export = 0",
            "otel.sdk.span.started  = 4",
            "omegi.dropped_spans  = 0",
            "omegi.waiting.bytes  = 0",
            "otel.sdk.processor.span.queue.size batching_span_processor/0 = 0",
            "otel.sdk.processor.span.processed batching_span_processor/0 = 4",
            "otel.sdk.processor.span.processed batching_span_processor/0 queue_full = 0",
            &format!("otel.sdk.exporter.span.inflight {exporter} = 0"),
            &format!("otel.sdk.exporter.span.exported {exporter} = 4"),
            &format!("otel.sdk.exporter.span.exported {exporter} _OTHER = 0"),
            &format!("otel.sdk.exporter.span.exported {exporter} rejected = 0"),
            &format!("omegi.queue.flows {exporter} = 0"),
            &format!("omegi.exporter.flows {exporter} exported = 2"),
            &format!("omegi.exporter.flows {exporter} lost = 0"),
            &format!("omegi.exporter.failures {exporter} false = 0"),
        ],
    );
}

fn metrics_of(requests: impl IntoIterator<Item = Received>) -> Vec<Received> {
    requests.into_iter().filter(|request| request.path == "/v1/metrics").collect()
}

#[test]
fn the_figures_reach_the_backend_at_the_programs_end_once_and_exactly() {
    let (endpoint, received) = receive();
    let variables = [
        TO_OTLP,
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OMEGI_SERVICE_NAME", "shop"),
        ("OMEGI_TOKEN", "hunter2"),
        ("OTEL_RESOURCE_ATTRIBUTES", "db.password=hunter2"),
        ("OMEGI_FLOW_RATE", "1"),
    ];
    let output = program("once", &variables).output().unwrap();
    assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), (OWN_OUTPUT, ""));

    let requests: Vec<_> = received.try_iter().collect();
    let traces: usize = requests.iter().filter(|it| it.path == "/v1/traces").map(|it| it.body.len()).sum();
    let [request] = &metrics_of(requests)[..] else { panic!("one request with metrics") };
    assert_eq!(request.headers["authorization"], "Bearer hunter2");
    let body = ExportMetricsServiceRequest::decode(&*request.body).unwrap();
    let resource = format!("{:?}", body.resource_metrics[0].resource);
    assert!(resource.contains("shop") && !resource.contains("hunter2"), "{resource}");
    let figures = figures(&body);
    assert_two_orders(&figures, "otlp_http_span_exporter/0");
    assert_among(
        &figures,
        &[
            &format!("omegi.exporter.bytes otlp_http_span_exporter/0 = {traces}"),
            "otel.sdk.exporter.metric_data_point.exported otlp_http_metric_exporter/0 = 0",
        ],
    );
    for (name, sum) in sums(&body) {
        assert_eq!(sum.aggregation_temporality(), AggregationTemporality::Cumulative);
        let is_size =
            ["size", "bytes", "inflight", "queue.flows", "spool.flows"].iter().any(|end| name.ends_with(end));
        assert_eq!(sum.is_monotonic, !is_size || name == "omegi.exporter.bytes", "{name}");
    }
}

#[test]
fn the_figures_reach_the_backend_as_json() {
    let (endpoint, received) = receive();
    let endpoint = format!("{endpoint}/own/path");
    let own = [
        TO_OTLP,
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"),
    ];
    let output = program("once", &[&own[..], &QUIET].concat()).output().unwrap();
    assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), (OWN_OUTPUT, ""));
    let [request] = &received.try_iter().collect::<Vec<_>>()[..] else { panic!("one request") };
    assert_eq!((&*request.path, &*request.headers["content-type"]), ("/own/path", "application/json"));
    assert_two_orders(&figures(&serde_json::from_slice(&request.body).unwrap()), "console/0");
}

#[test]
fn the_figures_reach_the_backend_over_grpc() {
    let (endpoint, received) = receive_over_grpc();
    let own = [
        TO_OTLP,
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "grpc"),
    ];
    let output = program("once", &[&own[..], &QUIET].concat()).output().unwrap();
    assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), (OWN_OUTPUT, ""));
    let [request] = &received.try_iter().collect::<Vec<_>>()[..] else { panic!("one request") };
    assert_two_orders(&figures(request), "console/0");
}

/// Receives metrics over gRPC, and passes them on.
fn receive_over_grpc() -> (String, mpsc::Receiver<ExportMetricsServiceRequest>) {
    struct Receiver(mpsc::Sender<ExportMetricsServiceRequest>);

    #[tonic::async_trait]
    impl MetricsService for Receiver {
        async fn export(
            &self,
            request: Request<ExportMetricsServiceRequest>,
        ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
            self.0.send(request.into_inner()).unwrap();
            Ok(Response::new(ExportMetricsServiceResponse::default()))
        }
    }

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let incoming = TcpListenerStream::new(tokio::net::TcpListener::from_std(listener).unwrap());
            let server =
                tonic::transport::Server::builder().add_service(MetricsServiceServer::new(Receiver(sender)));
            server.serve_with_incoming(incoming).await.unwrap();
        });
    });
    (endpoint, receiver)
}

/// Makes 10,000 flows of 11 spans, of which 100 fail, for a healthy exporter and a broken one.
fn ten_thousand_flows(variables: &[(&str, &str)]) -> Output {
    let mut command: Command = command(std::path::Path::new(env!("CARGO_BIN_EXE_exporters")), variables);
    let output = command.arg("fails").output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

#[test]
fn differences_add_up_to_the_figures_though_a_backend_refuses_every_second_one() {
    let (endpoint, received) = receive_with(|nth| if nth % 2 == 0 { 400 } else { 200 });
    let output = ten_thousand_flows(&[
        TO_OTLP,
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        // Flows go only to the program's own exporters.
        ("OMEGI_EXPORTER_KIND", "none"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "5"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "20000"),
        ("OTEL_BSP_SCHEDULE_DELAY", "1"),
        // The bound is above the program's own: on a busy machine some flows would be lost to
        // memory.
        ("OMEGI_MEMORY", "64MiB"),
    ]);
    let requests = metrics_of(received.try_iter());
    assert!(requests.len() > 10, "{} requests", requests.len());
    let decoded = |request: &Received| ExportMetricsServiceRequest::decode(&*request.body).unwrap();
    // The last flow may be a rejected one: then its figures are not exported.
    let (taken, refused): (Vec<_>, Vec<_>) = requests.iter().partition(|request| request.status == 200);
    let last = requests.last().filter(|request| request.status != 200);
    let mut total = HashMap::new();
    let mut end = 0;
    for request in taken.into_iter().chain(last).map(decoded) {
        let (_, flows) = sums(&request).find(|(name, _)| *name == "omegi.flows").unwrap();
        assert_eq!(flows.aggregation_temporality(), AggregationTemporality::Delta);
        let point = &flows.data_points[0];
        assert!(end == 0 || point.start_time_unix_nano == end, "without gaps");
        end = point.time_unix_nano;
        for (name, value) in figures(&request) {
            *total.entry(name).or_insert(0) += value;
        }
    }
    assert_among(
        &total,
        &[
            "omegi.flows error = 100",
            "omegi.flows sampled = 9900",
            "omegi.kept_flows lost_to_export = 10000",
            "otel.sdk.span.started  = 110000",
            "otel.sdk.exporter.span.exported well/0 = 110000",
            "otel.sdk.exporter.span.exported other/1 _OTHER = 110000",
            "otel.sdk.processor.span.processed batching_span_processor/1 = 110000",
            "omegi.exporter.flows other/1 lost = 10000",
        ],
    );
    let messages = stderr(&output);
    assert!(
        refused.len() > 5 && messages.matches("refused the metrics (HTTP 400)").count() == 1,
        "{messages}"
    );
}

#[test]
fn a_metrics_backend_that_is_down_is_reported_once_and_disturbs_nothing() {
    let (endpoint, received) = receive();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closed = format!("http://{closed}/v1/metrics");
    let begun = Instant::now();
    let output = program(
        "once",
        &[
            TO_OTLP,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", &closed),
            ("OTEL_METRIC_EXPORT_INTERVAL", "1"),
            ("OMEGI_FLOW_RATE", "1"),
        ],
    )
    .output()
    .unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    let message = format!(
        "omegi: metrics: cannot send metrics to {closed}: connection refused; start a collector or set \
         OTEL_EXPORTER_OTLP_ENDPOINT (reported once; omegi::health() counts what fails)\n"
    );
    assert_eq!((stdout(&output), stderr(&output)), (OWN_OUTPUT.to_owned(), message));
    assert!(received.try_iter().all(|request| request.path == "/v1/traces"));
}

#[test]
fn a_metrics_backend_that_hangs_costs_no_more_than_the_flush_at_the_end() {
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", hanging.local_addr().unwrap());
    let own =
        [TO_OTLP, ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", &*endpoint), ("OTEL_BSP_EXPORT_TIMEOUT", "400")];
    let begun = Instant::now();
    let output = program("once", &[&own[..], &QUIET].concat()).output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!(stdout(&output), OWN_OUTPUT);
    assert_eq!(
        stderr(&output),
        "omegi: cannot send the last metrics: the time is up; \
         OTEL_BSP_EXPORT_TIMEOUT sets how long the end of a program waits\n"
    );
}

#[test]
fn flows_that_do_not_get_out_are_seen_in_the_metrics() {
    let (endpoint, received) = receive();
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let flows = format!("http://{}/v1/traces", hanging.local_addr().unwrap());
    let variables = [
        TO_OTLP,
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", flows.as_str()),
        ("OTEL_BSP_EXPORT_TIMEOUT", "2000"),
        ("OMEGI_FLOW_RATE", "1"),
    ];
    let output = program("once", &variables).output().unwrap();
    let messages = stderr(&output);
    assert!(messages.contains("cannot export the last flows") && messages.lines().count() == 1, "{messages}");
    let [request] = &received.try_iter().collect::<Vec<_>>()[..] else { panic!("one request") };
    let figures = figures(&ExportMetricsServiceRequest::decode(&*request.body).unwrap());
    let waiting = |name: &str| figures[&format!("{name} otlp_http_span_exporter/0")];
    let queued = figures["otel.sdk.processor.span.queue.size batching_span_processor/0"];
    assert_eq!(waiting("omegi.queue.flows"), 2);
    assert_eq!(waiting("otel.sdk.exporter.span.inflight") + queued, 4);
    assert!(waiting("omegi.queue.bytes") > 0);
    assert_among(&figures, &["omegi.flows error = 1", "omegi.kept_flows exported = 0"]);
}

#[test]
fn metrics_are_sent_only_on_request() {
    let (endpoint, received) = receive();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_METRIC_EXPORT_INTERVAL", "1"),
        ("OMEGI_FLOW_RATE", "1"),
    ];
    let output = program("once", &variables).output().unwrap();
    assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), (OWN_OUTPUT, ""));
    assert!(received.try_iter().all(|request| request.path == "/v1/traces"));
}
