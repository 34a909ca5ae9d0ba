//! Backends that misbehave: the errors of the exporter, its retries, and its bounds of time and
//! memory.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use omegi_runtime::{ExportError, Exporter, Flow, OtlpConfig, OtlpExporter, OtlpProtocol, Retry, TraceId};

use super::http_receiver::{Answer, HttpReceiver};
use super::{export_flows, http_config, sample, spans_of_each};

pub(crate) const TIMEOUT: Duration = Duration::from_millis(900);

const PROTOCOLS: [OtlpProtocol; 3] = [OtlpProtocol::HttpProtobuf, OtlpProtocol::HttpJson, OtlpProtocol::Grpc];

/// The behaviour of a backend after the first bytes of a connection.
type Script = fn(&mut TcpStream);

/// Starts a backend that runs the script on each connection. Returns its address and the count of
/// connections.
pub(crate) fn backend(script: Script) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            counter.fetch_add(1, Ordering::Relaxed);
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 1 << 16]);
                script(&mut stream);
            });
        }
    });
    (address, connections)
}

/// Returns the error of an export, and the time that it took.
fn failure(protocol: OtlpProtocol, endpoint: &str) -> (ExportError, Duration) {
    let config = OtlpConfig { timeout: TIMEOUT, ..OtlpConfig::new(protocol, endpoint) };
    let mut exporter = OtlpExporter::new(config).unwrap();
    let begun = Instant::now();
    let error = exporter.export(&[sample::flow()]).unwrap_err();
    (error, begun.elapsed())
}

/// Asserts that the script causes a temporary error with `expected` within the timeout. Returns the
/// count of connections.
fn assert_temporary(script: Script, expected: &str) -> usize {
    let mut seen = 0;
    for protocol in PROTOCOLS {
        let (address, connections) = backend(script);
        let (error, took) = failure(protocol, &format!("http://{address}/v1/traces"));
        assert!(error.to_string().contains(expected), "{protocol:?}: {error}");
        assert_eq!(error.retry(), Some(Retry { after: None }), "{protocol:?}: {error}");
        assert!(took < TIMEOUT + Duration::from_millis(600), "{protocol:?}: {took:?}");
        seen = connections.load(Ordering::Relaxed);
    }
    seen
}

#[test]
fn a_reset_connection_is_retried_for_a_moment() {
    let connections = assert_temporary(|_| {}, "broke");
    assert!(connections > 1);
}

/// The backend could take an attempt that is then cut off, and get it twice.
#[test]
fn no_retry_begins_with_little_time_left() {
    for _ in 0..3 {
        let connections = assert_temporary(|_| std::thread::sleep(TIMEOUT * 6 / 10), "broke");
        assert_eq!(connections, 1);
    }
}

#[test]
fn a_backend_that_hangs_costs_the_timeout() {
    assert_temporary(|stream| drop(stream.read_to_end(&mut Vec::new())), "did not answer within 900ms");
}

#[test]
fn a_backend_that_drips_costs_the_timeout() {
    let drip: Script = |stream| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
        for byte in head.bytes().chain(std::iter::repeat(b'x')) {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    for protocol in [OtlpProtocol::HttpProtobuf, OtlpProtocol::HttpJson] {
        let (error, took) = failure(protocol, &format!("http://{}/v1/traces", backend(drip).0));
        assert!(error.to_string().contains("did not answer within 900ms"), "{error}");
        assert!(error.retry().is_some() && took < TIMEOUT * 2);
    }
}

#[test]
fn closed_ports_and_unknown_hosts_are_temporary() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for endpoint in [format!("http://{free}"), format!("https://{free}"), "http://nowhere.invalid".to_owned()]
    {
        for protocol in PROTOCOLS {
            let (error, _) = failure(protocol, &endpoint);
            assert_eq!(error.retry(), Some(Retry { after: None }), "{error}");
        }
    }
}

#[test]
fn a_closed_port_is_reported_at_once() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (_, took) = failure(OtlpProtocol::Grpc, &format!("http://{free}"));
    assert!(took < Duration::from_millis(500), "{took:?}");
}

#[test]
fn a_backend_that_asks_for_more_time_than_there_is_is_left_alone() {
    for status in [429, 503] {
        let receiver = HttpReceiver::start(Answer::status(status).and_header("Retry-After: 30"));
        let (error, took) =
            failure(OtlpProtocol::HttpJson, &format!("http://{}/v1/traces", receiver.address));
        assert_eq!(error.retry(), Some(Retry { after: Some(Duration::from_secs(30)) }));
        assert!(took < TIMEOUT, "{took:?}");
        assert_eq!(receiver.received().len(), 1);
    }
}

#[test]
fn a_backend_that_asks_for_a_moment_gets_it() {
    let receiver = HttpReceiver::start(Answer::status(429).and_header("Retry-After: 1"));
    let mut exporter =
        OtlpExporter::new(OtlpConfig { timeout: Duration::from_millis(2_500), ..http_config(&receiver) })
            .unwrap();
    let begun = Instant::now();
    let error = exporter.export(&[sample::flow()]).unwrap_err();
    assert!(error.retry().is_some() && begun.elapsed() >= Duration::from_secs(1));
    assert_eq!(receiver.received().len(), 2);
}

#[test]
fn spans_that_arrived_before_an_error_are_not_sent_again() {
    // Takes the first request, and closes the connection on all others of the first three.
    static REQUESTS: AtomicUsize = AtomicUsize::new(0);
    let moody: Script = |stream| {
        let mut bytes = [0; 1 << 16];
        loop {
            let nth = REQUESTS.fetch_add(1, Ordering::Relaxed);
            if nth == 1 || stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").is_err() {
                return;
            }
            if stream.read(&mut bytes).is_ok_and(|length| length == 0) {
                return;
            }
        }
    };
    let (address, _) = backend(moody);
    let endpoint = format!("http://{address}/v1/traces");
    // The time is too short for a second attempt: the caller exports again.
    let config = OtlpConfig {
        max_spans: 2,
        timeout: Duration::from_millis(100),
        ..OtlpConfig::new(OtlpProtocol::HttpProtobuf, endpoint)
    };
    let mut exporter = OtlpExporter::new(config).unwrap();
    let flows = [Flow { trace_id: TraceId::from_u128(1), ..sample::chain(2) }, sample::chain(4)];
    let error = exporter.export(&flows).unwrap_err();
    assert!(error.retry().is_some());
    assert_eq!(error.written(), [0]);
    assert_eq!(REQUESTS.load(Ordering::Relaxed), 2);
    exporter.export(&flows).unwrap();
    assert!(REQUESTS.load(Ordering::Relaxed) >= 4, "two of the three requests came again");
    assert!(REQUESTS.load(Ordering::Relaxed) <= 5, "and not the first");
}

#[test]
fn a_huge_answer_is_read_up_to_its_bound_and_no_further() {
    static WRITTEN: AtomicUsize = AtomicUsize::new(0);
    let flood: Script = |stream| {
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999999999\r\n\r\n";
        let mut piece = &head[..];
        while let Ok(length) = stream.write(piece) {
            WRITTEN.fetch_add(length, Ordering::Relaxed);
            piece = &[b' '; 1 << 16];
        }
    };
    let (address, _) = backend(flood);
    let config = OtlpConfig::new(OtlpProtocol::HttpJson, format!("http://{address}/v1/traces"));
    // The status counts.
    export_flows(OtlpConfig { timeout: TIMEOUT, ..config }, &[sample::flow()]).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    // The buffers of the system at both ends hold the rest.
    let written = WRITTEN.load(Ordering::Relaxed);
    assert!(written < 32 << 20, "{written}");
}

#[test]
fn endless_headers_and_nonsense_are_an_error() {
    let headers: Script = |stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(format!("x-a: {}\r\n", "a".repeat(1_000)).as_bytes()).is_ok() {}
    };
    assert_temporary(headers, "broke");
    assert_temporary(|stream| drop(stream.write_all(b"220 smtp.example ESMTP\r\n")), "broke");
}

#[test]
fn a_web_page_is_a_temporary_error() {
    let receiver = HttpReceiver::start(Answer::taken().and_header("Content-Type: text/html"));
    let (error, _) = failure(OtlpProtocol::HttpProtobuf, &format!("http://{}/v1/traces", receiver.address));
    assert!(error.to_string().contains("takes no spans (HTTP 200 and a web page)"), "{error}");
    assert_eq!(error.retry(), Some(Retry { after: None }));
}

#[test]
fn the_flows_arrive_once_the_backend_is_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let config = OtlpConfig::new(OtlpProtocol::HttpProtobuf, format!("http://{address}/v1/traces"));
    let mut exporter = OtlpExporter::new(OtlpConfig { max_spans: 4, ..config }).unwrap();
    let flows = [sample::chain(9), sample::flow()];
    exporter.export(&flows).unwrap_err();
    let receiver = HttpReceiver::start_at(address, Answer::taken());
    exporter.export(&flows).unwrap();
    assert_eq!(spans_of_each(&receiver.requests()), [4, 4, 3]);
}
