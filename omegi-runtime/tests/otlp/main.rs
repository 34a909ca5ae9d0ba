//! The OTLP exporter against receivers that decode requests, and against receivers that misbehave.

mod faults;
mod grpc_receiver;
mod http_receiver;
mod proxies;
mod proxy;
mod sample;
mod sizes;
mod tls;
mod witness;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use omegi_runtime::{
    Compression, ExportError, Exporter, Flow, OtlpConfig, OtlpExporter, OtlpProtocol, Refusal, TraceId,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};

use grpc_receiver::GrpcReceiver;
use http_receiver::{Answer, HttpReceiver};
use witness::Witness;

fn http_config(receiver: &HttpReceiver) -> OtlpConfig {
    OtlpConfig::new(OtlpProtocol::HttpProtobuf, format!("http://{}/v1/traces", receiver.address))
}

fn grpc_config(receiver: &GrpcReceiver) -> OtlpConfig {
    OtlpConfig::new(OtlpProtocol::Grpc, format!("http://{}", receiver.address))
}

/// Sends the sample flow and returns the message of an error.
fn export(config: OtlpConfig) -> Result<(), String> {
    export_flows(config, &[sample::flow()])
}

fn export_flows(config: OtlpConfig, flows: &[Flow]) -> Result<(), String> {
    let mut exporter = OtlpExporter::new(config).map_err(|error| error.to_string())?;
    exporter.export(flows).map_err(|error| error.to_string())
}

fn with_token(config: OtlpConfig) -> OtlpConfig {
    // A percent sign in a token is a percent sign, not the beginning of an escape.
    OtlpConfig { headers: vec![("authorization".to_owned(), "Bearer t%41".to_owned())], ..config }
}

fn partly_rejected() -> ExportTraceServiceResponse {
    let partial = ExportTracePartialSuccess { rejected_spans: 3, error_message: "too old".to_owned() };
    ExportTraceServiceResponse { partial_success: Some(partial) }
}

/// Returns the number of spans of each request.
fn spans_of_each(requests: &[ExportTraceServiceRequest]) -> Vec<usize> {
    let scopes = |request: &ExportTraceServiceRequest| {
        request
            .resource_spans
            .iter()
            .flat_map(|resource| &resource.scope_spans)
            .map(|scope| scope.spans.len())
            .sum()
    };
    requests.iter().map(scopes).collect()
}

#[test]
fn a_flow_arrives_whole_over_http() {
    let receiver = HttpReceiver::start(Answer::taken());
    export(with_token(http_config(&receiver))).unwrap();
    let [received] = &receiver.received()[..] else { panic!("one request") };
    assert_eq!(received.line, "POST /v1/traces HTTP/1.1");
    assert_eq!(received.header("content-type"), Some("application/x-protobuf"));
    assert_eq!(received.header("authorization"), Some("Bearer t%41"));
    sample::assert_arrived(&received.request);
}

#[test]
fn a_flow_arrives_whole_as_json() {
    let receiver = HttpReceiver::start(Answer::with_json("{}"));
    let config = OtlpConfig { protocol: OtlpProtocol::HttpJson, ..with_token(http_config(&receiver)) };
    export(config.clone()).unwrap();
    export(OtlpConfig { compression: Compression::Gzip, ..config }).unwrap();
    let [received, compressed] = &receiver.received()[..] else { panic!("two requests") };
    assert_eq!(received.header("content-type"), Some("application/json"));
    assert_eq!(received.header("authorization"), Some("Bearer t%41"));
    assert!(received.header("user-agent").unwrap().starts_with("OTel-OTLP-Exporter-Rust-omegi/"));
    assert_eq!(compressed.header("content-encoding"), Some("gzip"));
    sample::assert_arrived(&received.request);
    sample::assert_arrived(&compressed.request);
}

#[test]
fn a_flow_arrives_whole_over_grpc() {
    let receiver = GrpcReceiver::start(Ok(ExportTraceServiceResponse::default()));
    export(with_token(grpc_config(&receiver))).unwrap();
    let [(authorization, request)] = &receiver.received()[..] else { panic!("one request") };
    assert_eq!(authorization.as_deref(), Some("Bearer t%41"));
    sample::assert_arrived(request);
}

#[test]
fn requests_are_compressed_on_demand() {
    let http = HttpReceiver::start(Answer::taken());
    export(OtlpConfig { compression: Compression::Gzip, ..http_config(&http) }).unwrap();
    assert_eq!(http.received()[0].header("content-encoding"), Some("gzip"));
    sample::assert_arrived(&http.received()[0].request);

    let grpc = GrpcReceiver::start(Ok(ExportTraceServiceResponse::default()));
    export(OtlpConfig { compression: Compression::Gzip, ..grpc_config(&grpc) }).unwrap();
    sample::assert_arrived(&grpc.received()[0].1);
}

#[test]
fn large_flows_are_cut_into_requests_and_small_ones_share_one() {
    let receiver = HttpReceiver::start(Answer::taken());
    let config = || OtlpConfig { max_spans: 4, ..http_config(&receiver) };
    export_flows(config(), &[sample::chain(9), sample::chain(2)]).unwrap();
    export_flows(config(), &[]).unwrap();
    assert_eq!(spans_of_each(&receiver.requests()), [4, 4, 3]);
}

#[test]
fn flows_of_another_resource_have_a_request_of_their_own() {
    let receiver = HttpReceiver::start(Answer::taken());
    let other = Flow { resource: sample::service("till"), ..sample::chain(1) };
    export_flows(http_config(&receiver), &[sample::chain(1), other]).unwrap();
    let names: Vec<_> = receiver.requests().iter().map(sample::service_name).collect();
    assert_eq!(names, ["shop", "till"]);
}

#[test]
fn a_connection_outlives_pauses_and_restarts_of_the_receiver() {
    let receiver = HttpReceiver::start(Answer::taken().and_close());
    let mut exporter = OtlpExporter::new(http_config(&receiver)).unwrap();
    for _ in 0..3 {
        exporter.export(&[sample::chain(1)]).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(receiver.requests().len(), 3);
}

#[test]
fn a_closed_port_is_reported_with_a_remedy() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (protocol, path) in [(OtlpProtocol::HttpProtobuf, "/v1/traces"), (OtlpProtocol::Grpc, "")] {
        let endpoint = format!("http://me:hunter2@{free}{path}");
        let message = export(with_token(OtlpConfig::new(protocol, endpoint))).unwrap_err();
        let expected = format!(
            "cannot send spans to http://****@{free}{path}: connection refused; start a collector or set \
             OTEL_EXPORTER_OTLP_ENDPOINT"
        );
        assert_eq!(message, expected);
    }
}

#[test]
fn an_unknown_host_is_reported() {
    for protocol in [OtlpProtocol::HttpProtobuf, OtlpProtocol::Grpc] {
        let message = export(OtlpConfig::new(protocol, "http://nowhere.invalid:4318/v1/traces")).unwrap_err();
        assert_eq!(
            message,
            "cannot send spans to http://nowhere.invalid:4318/v1/traces: unknown host; correct \
             OTEL_EXPORTER_OTLP_ENDPOINT"
        );
    }
}

#[test]
fn a_receiver_that_hangs_costs_the_timeout_and_no_more() {
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = hanging.local_addr().unwrap();
    for protocol in [OtlpProtocol::HttpProtobuf, OtlpProtocol::Grpc] {
        let begun = Instant::now();
        let config = OtlpConfig::new(protocol, format!("http://{address}/v1/traces"));
        let message = export(OtlpConfig { timeout: Duration::from_millis(300), ..config }).unwrap_err();
        let waited = begun.elapsed();
        let expected =
            format!("cannot send spans to http://{address}/v1/traces: it did not answer within 300ms; ");
        assert!(message.starts_with(&expected), "{message}");
        assert!((300..1_500).contains(&waited.as_millis()), "{waited:?}");
    }
}

#[test]
fn no_timeout_is_no_timeout() {
    let (http, grpc) = (HttpReceiver::start(Answer::taken()), GrpcReceiver::start(Ok(Default::default())));
    for config in [http_config(&http), grpc_config(&grpc)] {
        export(OtlpConfig { timeout: Duration::MAX, ..config }).unwrap();
    }
}

#[test]
fn statuses_of_http_are_reported_and_only_temporary_ones_retried() {
    for (status, requests, expected) in [
        (503, 4, "cannot take spans now (HTTP 503)"),
        (401, 1, "does not accept the credentials (HTTP 401)"),
        (404, 1, "takes no spans (HTTP 404)"),
        (500, 1, "refused the spans (HTTP 500)"),
    ] {
        let receiver = HttpReceiver::start(Answer::status(status));
        let message = export(with_token(http_config(&receiver))).unwrap_err();
        assert!(message.contains(expected) && !message.contains("Bearer"), "{message}");
        assert_eq!(receiver.received().len(), requests, "HTTP {status}");
    }
}

#[test]
fn statuses_of_grpc_are_reported() {
    for (status, expected) in [
        (
            tonic::Status::unauthenticated("no t%41 here"),
            "does not accept the credentials (gRPC Unauthenticated: no **** here)",
        ),
        (
            tonic::Status::resource_exhausted("message too large"),
            "bytes is too large, and has no smaller parts (gRPC ResourceExhausted: message too large)",
        ),
        (tonic::Status::internal(""), "refused the spans (gRPC Internal)"),
    ] {
        let receiver = GrpcReceiver::start(Err(status));
        let message = export(with_token(grpc_config(&receiver))).unwrap_err();
        let message = message.replace(&receiver.address.to_string(), "ENDPOINT");
        assert!(message.contains(expected) && !message.contains("t%41"), "{message}");
    }
}

#[test]
fn a_final_refusal_does_not_stop_the_other_requests() {
    let receiver = HttpReceiver::start(Answer::status(400));
    let config = OtlpConfig { max_spans: 4, ..http_config(&receiver) };
    let message = export_flows(config, &[sample::chain(9)]).unwrap_err();
    assert!(message.contains("refused the spans (HTTP 400)"), "{message}");
    assert_eq!(spans_of_each(&receiver.requests()), [4, 4, 1]);
}

/// Exports three flows in three requests: the first flow fills one and a half, the last one a whole
/// one. Returns the error.
fn refusal(receiver: &HttpReceiver) -> ExportError {
    let numbered = |number, length| Flow { trace_id: TraceId::from_u128(number), ..sample::chain(length) };
    let flows = [numbered(1, 6), numbered(2, 2), numbered(3, 4)];
    let mut exporter = OtlpExporter::new(OtlpConfig { max_spans: 4, ..http_config(receiver) }).unwrap();
    exporter.export(&flows).unwrap_err()
}

#[test]
fn the_refused_part_of_an_export_is_distinguished_from_the_rest() {
    let taken = Answer::taken;
    let some = Answer::with(&partly_rejected());
    let all = ExportTracePartialSuccess { rejected_spans: 4, error_message: String::new() };
    let all = Answer::with(&ExportTraceServiceResponse { partial_success: Some(all) });
    for (answers, flows, spans) in [
        (vec![Answer::status(400), taken(), taken()], vec![], 4),
        (vec![taken(), Answer::status(400), taken()], vec![1], 4),
        (vec![Answer::status(400), taken(), Answer::status(400)], vec![2], 8),
        (vec![taken(), some.clone(), taken()], vec![], 3),
        (vec![taken(), some, all], vec![2], 7),
    ] {
        let receiver = HttpReceiver::start_with(answers);
        let error = refusal(&receiver);
        assert_eq!(error.refusal(), Some(&Refusal { flows, spans }), "{error}");
        assert_eq!(spans_of_each(&receiver.requests()), [4, 4, 4]);
    }
    let error = refusal(&HttpReceiver::start(Answer::status(400)));
    assert_eq!((error.refusal(), error.retry()), (None, None), "nothing was taken");
}

#[test]
fn spans_that_json_receivers_reject_are_reported() {
    let body = r#"{"partialSuccess": {"rejectedSpans": "3", "errorMessage": "too old"}}"#;
    let receiver = HttpReceiver::start(Answer::with_json(body));
    let config = OtlpConfig { protocol: OtlpProtocol::HttpJson, ..http_config(&receiver) };
    let message = export(config).unwrap_err();
    assert_eq!(
        message,
        format!(
            "cannot send all spans to http://{}/v1/traces: it rejected 3 spans: too old",
            receiver.address
        )
    );
}

#[test]
fn spans_that_grpc_receivers_reject_are_reported() {
    let receiver = GrpcReceiver::start(Ok(partly_rejected()));
    let message = export(grpc_config(&receiver)).unwrap_err();
    assert_eq!(
        message,
        format!("cannot send all spans to http://{}: it rejected 3 spans: too old", receiver.address)
    );
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn spans_that_http_receivers_reject_are_reported() {
    let receiver = HttpReceiver::start(Answer::with(&partly_rejected()));
    let message = export(http_config(&receiver)).unwrap_err();
    assert_eq!(
        message,
        format!(
            "cannot send all spans to http://{}/v1/traces: it rejected 3 spans: too old",
            receiver.address
        )
    );
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn http_to_a_grpc_receiver_is_reported() {
    let receiver = GrpcReceiver::start(Ok(ExportTraceServiceResponse::default()));
    let config =
        OtlpConfig::new(OtlpProtocol::HttpProtobuf, format!("http://{}/v1/traces", receiver.address));
    let message = export(OtlpConfig { timeout: Duration::from_secs(1), ..config }).unwrap_err();
    assert!(message.contains("OTEL_EXPORTER_OTLP_PROTOCOL"), "{message}");
}

#[test]
fn an_exporter_can_be_made_and_dropped_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        drop(OtlpExporter::new(OtlpConfig::new(OtlpProtocol::Grpc, "http://localhost:4317")).unwrap());
        OtlpExporter::new(OtlpConfig::new(OtlpProtocol::Grpc, "http://[")).unwrap_err();
    });
}

#[test]
fn exporting_does_not_trace_itself() {
    let receiver = GrpcReceiver::start(Ok(ExportTraceServiceResponse::default()));
    let mut exporter = OtlpExporter::new(grpc_config(&receiver)).unwrap();
    let witness = Witness::default();
    tracing::subscriber::with_default(witness.clone(), || exporter.export(&[sample::flow()])).unwrap();
    let suppressed = witness.suppressed();
    assert!(!suppressed.is_empty(), "HTTP/2 traces what it does");
    assert!(suppressed.into_iter().all(|suppressed| suppressed));
}
