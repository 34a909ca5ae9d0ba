//! Temporary trouble: each failed flow arrives once afterwards.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use tonic::{Code, Status};

use super::TROUBLE;
use super::backend::Backend;
use super::door::Door;
use super::over_grpc::{self, Deed as Call};
use super::over_http::{self, Answer, Deed, HttpReceiver};

/// Sends over HTTP to a backend that recovers.
fn http_after(at: Duration, trouble: impl FnOnce() -> Deed) -> Deed {
    if at < TROUBLE { trouble() } else { Deed::Take(Answer::status(200)) }
}

/// Sends over gRPC to a backend that recovers.
fn grpc_after(at: Duration, trouble: impl FnOnce() -> Call) -> Call {
    if at < TROUBLE { trouble() } else { Call::Take(ExportTraceServiceResponse::default()) }
}

const HTTP_WELL: over_http::Script = |_| Deed::Take(Answer::status(200));
const GRPC_WELL: over_grpc::Script = |_| Call::Take(ExportTraceServiceResponse::default());

fn assert_http_passes(name: &str, door: Door, script: over_http::Script) {
    assert_passes(name, Backend::over_http(door, script).hurried(), &http_well());
}

fn assert_grpc_passes(name: &str, door: Door, script: over_grpc::Script) {
    let well = Backend::over_grpc(Door::Open, GRPC_WELL);
    assert_passes(name, Backend::over_grpc(door, script).hurried(), &well);
}

fn assert_passes(name: &str, backend: Backend, well: &Backend) {
    let report = backend.assert_harmless(name, well);
    assert!(report.figure("failures") > 0, "there was no trouble: {report:?}");
}

fn http_well() -> Backend {
    Backend::over_http(Door::Open, HTTP_WELL)
}

#[test]
fn connections_that_are_refused() {
    assert_http_passes("refused", Door::Closed(TROUBLE), HTTP_WELL);
}

#[test]
fn connections_that_are_refused_over_grpc() {
    assert_grpc_passes("refused, gRPC", Door::Closed(TROUBLE), GRPC_WELL);
}

#[test]
fn connections_that_are_closed_at_once() {
    assert_http_passes("closed", Door::Slamming(TROUBLE), HTTP_WELL);
}

#[test]
fn connections_that_are_closed_at_once_over_grpc() {
    assert_grpc_passes("closed, gRPC", Door::Slamming(TROUBLE), GRPC_WELL);
}

#[test]
fn connections_that_are_reset() {
    assert_http_passes("reset", Door::Open, |at| http_after(at, || Deed::Reset));
}

#[test]
fn a_backend_that_wants_to_be_left_alone_for_a_second() {
    let busy: over_http::Script =
        |at| http_after(at, || Deed::TurnAway(Answer::status(429).with_headers("retry-after: 1\r\n")));
    let receiver = HttpReceiver::start(Door::Open, busy);
    let mut backend = Backend::of_http(&receiver);
    // The flush at the end retries at once, whatever delay the backend named: the backend has
    // recovered by then.
    backend.program.making = TROUBLE * 2;
    backend.assert_harmless("429", &http_well());
    let rest = receiver.rests.shortest().expect("it turned somebody away");
    assert!(rest >= Duration::from_secs(1), "it was left alone for {rest:?} only");
}

/// `google.rpc.Status` with a `RetryInfo` of a second.
fn retry_after_a_second() -> Vec<u8> {
    let url = b"type.googleapis.com/google.rpc.RetryInfo";
    let any = [&[0x0a, url.len() as u8], &url[..], &[0x12, 4, 0x0a, 2, 8, 1]].concat();
    [&[8, 8, 0x1a, any.len() as u8], &any[..]].concat()
}

#[test]
fn a_backend_that_wants_to_be_left_alone_for_a_second_over_grpc() {
    assert_grpc_passes("RetryInfo", Door::Open, |at| {
        grpc_after(at, || {
            let details = retry_after_a_second().into();
            Call::TurnAway(Status::with_details(Code::ResourceExhausted, "full", details))
        })
    });
}

#[test]
fn a_backend_that_is_unavailable() {
    assert_http_passes("503", Door::Open, |at| http_after(at, || Deed::TurnAway(Answer::status(503))));
}

#[test]
fn a_backend_that_is_unavailable_over_grpc() {
    assert_grpc_passes("Unavailable", Door::Open, |at| {
        grpc_after(at, || Call::TurnAway(Status::unavailable("later")))
    });
}

#[test]
fn a_backend_that_hangs() {
    assert_http_passes("hangs", Door::Open, |at| http_after(at, || Deed::Hang));
}

#[test]
fn a_backend_that_hangs_over_grpc() {
    assert_grpc_passes("hangs, gRPC", Door::Open, |at| grpc_after(at, || Call::Hang));
}

/// A batch is cut into two requests if its last flow does not fit, and fails when one of them has
/// arrived.
#[test]
fn a_backend_that_hangs_every_other_time() {
    static REQUESTS: AtomicU32 = AtomicU32::new(0);
    let mut backend = Backend::over_http(Door::Open, |at| {
        let hangs = REQUESTS.fetch_add(1, Ordering::Relaxed) % 2 == 1;
        if hangs { http_after(at, || Deed::Hang) } else { Deed::Take(Answer::status(200)) }
    });
    backend.program = backend.program.with("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "63");
    assert_passes("hangs every other time", backend.hurried(), &http_well());
}

/// Only the backend knows whether it took a flow, so the flow arrives again, with the same ids.
#[test]
fn a_backend_that_takes_and_does_not_say_so() {
    let backend = Backend::over_http(Door::Open, |at| http_after(at, || Deed::TakeInSilence));
    let backend = backend.hurried();
    let report = backend.program.run();
    report.assert_there(&backend.arrivals);
    assert_eq!(report.figure("all_exported"), 1, "{report:?}");
    report.assert_bounded();
}

#[test]
fn a_backend_that_drips() {
    assert_http_passes("drips", Door::Open, |at| http_after(at, || Deed::Drip));
}

/// A login or maintenance page of a proxy is not the backend's answer, whatever its status.
#[test]
fn a_web_page_in_the_backends_place() {
    assert_http_passes("web page", Door::Open, |at| {
        http_after(at, || {
            let page = Answer::status(200).with_headers("content-type: text/html\r\n");
            Deed::TurnAway(page.with_body(b"<html>We are back soon</html>".to_vec(), 1))
        })
    });
}
