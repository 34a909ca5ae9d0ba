//! Final answers: by OTLP's specification the client must not repeat the request.

use std::sync::atomic::{AtomicU32, Ordering};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message as _;
use tonic::Status;

use super::backend::Backend;
use super::door::Door;
use super::over_grpc::Deed as Call;
use super::over_http::{Answer, Deed};
use super::program::{FLOWS, Report, SPANS};

/// Runs a program that has memory for all its flows.
fn run(backend: Backend) -> (Report, Backend) {
    let program = backend.program.with("OMEGI_MEMORY", "64MiB");
    let report = program.run();
    println!("{report:?}");
    assert_eq!((report.figure("all_exported"), report.figure("lost_to_memory")), (1, 0), "{report:?}");
    backend.arrivals.assert_once();
    (report, Backend { program, ..backend })
}

/// Asserts that all flows were taken, and count as exported.
fn assert_taken(backend: Backend) -> Report {
    let (report, Backend { arrivals, .. }) = run(backend);
    report.assert_delivered(&arrivals);
    assert_eq!((arrivals.flows(), arrivals.spans()), (FLOWS, SPANS));
    assert_eq!((report.figure("exported"), report.figure("exported_spans")), (FLOWS, SPANS), "{report:?}");
    assert_eq!((report.figure("failures"), report.figure("rejected_spans")), (0, 0), "{report:?}");
    report
}

fn one_rejected() -> ExportTraceServiceResponse {
    let partial = ExportTracePartialSuccess { rejected_spans: 1, error_message: "too old".to_owned() };
    ExportTraceServiceResponse { partial_success: Some(partial) }
}

/// Asserts that a partly rejected request does not come again. Its accepted spans count as
/// exported, and the others as rejected.
fn assert_rejected_in_part(backend: Backend) {
    let (report, Backend { arrivals, .. }) = run(backend);
    report.assert_delivered(&arrivals);
    assert_eq!(arrivals.spans(), SPANS, "the receiver saw all of them");
    let rejected = report.figure("rejected_spans");
    assert_eq!(rejected, arrivals.requests(), "{report:?}");
    assert_eq!(report.figure("exported_spans"), SPANS - rejected, "{report:?}");
    assert_eq!(report.figure("exported") + report.figure("lost"), FLOWS, "{report:?}");
    assert!(report.messages.contains("rejected 1 spans: too old"), "{report:?}");
}

#[test]
fn a_request_that_is_taken_in_part() {
    assert_rejected_in_part(Backend::over_http(Door::Open, |_| {
        let answer = Answer::status(200).with_headers("content-type: application/x-protobuf\r\n");
        Deed::Take(answer.with_body(one_rejected().encode_to_vec(), 1))
    }));
}

#[test]
fn a_request_that_is_taken_in_part_over_grpc() {
    assert_rejected_in_part(Backend::over_grpc(Door::Open, |_| Call::Take(one_rejected())));
}

/// Requests of the usual size are refused; all spans arrive in smaller ones.
#[test]
fn requests_that_are_too_large() {
    let _ = assert_taken(Backend::over_http(Door::Open, |_| Deed::TakeUpTo(16 << 10)));
}

/// Asserts that exactly the flows of rejected requests are lost.
fn assert_some_refused(backend: Backend, reason: &str) {
    let (report, Backend { arrivals, .. }) = run(backend);
    assert_eq!(report.figure("lost") + arrivals.flows(), FLOWS, "{report:?}");
    assert_eq!(report.figure("lost"), report.figure("lost_to_export"), "{report:?}");
    assert_eq!(report.figure("exported"), arrivals.flows(), "{report:?}");
    assert_eq!(report.figure("exported_spans"), arrivals.spans(), "{report:?}");
    assert!(report.figure("lost") > 0 && report.messages.contains(reason), "{report:?}");
}

#[test]
fn a_request_that_is_refused_among_others_that_are_taken() {
    static REQUESTS: AtomicU32 = AtomicU32::new(0);
    let backend = Backend::over_http(Door::Open, |_| match REQUESTS.fetch_add(1, Ordering::Relaxed) % 3 {
        1 => Deed::TurnAway(Answer::status(400)),
        _ => Deed::Take(Answer::status(200)),
    });
    assert_some_refused(backend, "refused the spans (HTTP 400)");
}

#[test]
fn a_request_that_is_refused_among_others_that_are_taken_over_grpc() {
    static REQUESTS: AtomicU32 = AtomicU32::new(0);
    let backend = Backend::over_grpc(Door::Open, |_| match REQUESTS.fetch_add(1, Ordering::Relaxed) % 3 {
        1 => Call::TurnAway(Status::invalid_argument("no")),
        _ => Call::Take(ExportTraceServiceResponse::default()),
    });
    assert_some_refused(backend, "refused the spans (gRPC InvalidArgument: no)");
}

/// The status decides about success; only a web page is not the backend's answer.
#[test]
fn an_answer_of_another_type() {
    let _ = assert_taken(Backend::over_http(Door::Open, |_| {
        let answer = Answer::status(200).with_headers("content-type: text/plain\r\n");
        Deed::Take(answer.with_body(b"OK".to_vec(), 1))
    }));
}

#[test]
fn an_answer_of_gigabytes() {
    let report = assert_taken(Backend::over_http(Door::Open, |_| {
        let answer = Answer::status(200).with_headers("content-type: application/x-protobuf\r\n");
        Deed::Take(answer.with_body(vec![0; 1 << 16], 1 << 15))
    }));
    report.assert_bounded();
}
