//! Backends that take no large requests: nothing is lost but what is too large by itself, and later
//! requests are small from the start.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use omegi_runtime::{
    Attribute, Compression, Exporter, Flow, OtlpConfig, OtlpExporter, OtlpProtocol, Refusal, Retry, TraceId,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use tonic::Status;

use super::grpc_receiver::GrpcReceiver;
use super::http_receiver::{Answer, HttpReceiver, Received};
use super::{grpc_config, http_config, sample};

const MIB: usize = 1 << 20;

/// Text that hardly shrinks when it is compressed.
fn text(bytes: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + (state >> 33) as u8 % 75)
    };
    (0..bytes).map(|_| next()).collect()
}

/// Returns a flow of so many spans with so many bytes of text each.
fn flow(number: u128, spans: u64, bytes: usize) -> Flow {
    let mut flow = Flow { trace_id: TraceId::from_u128(number), ..sample::chain(spans) };
    for (nth, span) in flow.spans.iter_mut().enumerate() {
        span.attributes = vec![Attribute::new("text", text(bytes, number as u64 * 1_000 + nth as u64))];
    }
    flow
}

fn flows(from: u128, count: u128, spans: u64, bytes: usize) -> Vec<Flow> {
    (from..from + count).map(|number| flow(number, spans, bytes)).collect()
}

fn spans(request: &ExportTraceServiceRequest) -> impl Iterator<Item = &Span> {
    request.resource_spans.iter().flat_map(|resource| &resource.scope_spans).flat_map(|scope| &scope.spans)
}

/// Asserts that exactly these flows arrived, each span once.
fn assert_once<'r>(requests: impl IntoIterator<Item = &'r ExportTraceServiceRequest>, flows: &[Flow]) {
    let mut arrived: HashMap<(Vec<u8>, Vec<u8>), u32> = HashMap::new();
    for span in requests.into_iter().flat_map(spans) {
        *arrived.entry((span.trace_id.clone(), span.span_id.clone())).or_default() += 1;
    }
    let sent: usize = flows.iter().map(|flow| flow.spans.len()).sum();
    assert_eq!((arrived.len(), arrived.values().all(|times| *times == 1)), (sent, true));
}

/// An answer for a request that is larger than a limit, which counts the size as it came, or
/// unpacked.
fn limited(limit: usize, is_unpacked: bool) -> impl Fn(usize, &Received) -> Answer + Clone {
    move |_, request: &Received| {
        let bytes = if is_unpacked { request.bytes.1 } else { request.bytes.0 };
        if bytes > limit { Answer::status(413) } else { Answer::taken() }
    }
}

fn taken(receiver: &HttpReceiver, script: impl Fn(usize, &Received) -> Answer) -> Vec<Received> {
    let all = receiver.received();
    all.into_iter().filter(|request| script(0, request).is_success()).collect()
}

/// Exports two groups of flows over HTTP to a receiver with this limit. Asserts that all arrive
/// once and that requests of the second group are small from the start.
fn assert_taken_in_parts(config: impl Fn(&HttpReceiver) -> OtlpConfig, limit: usize, is_unpacked: bool) {
    let script = limited(limit, is_unpacked);
    let receiver = HttpReceiver::start_by(script.clone());
    let mut exporter = OtlpExporter::new(config(&receiver)).unwrap();
    let (first, second) = (flows(1, 170, 3, 3_000), flows(1_000, 170, 3, 3_000));
    exporter.export(&first).unwrap();
    let (requests, arrived) = (receiver.received().len(), taken(&receiver, &script).len());
    assert!(requests > arrived, "some were refused");
    assert!(requests <= arrived + 12, "{requests} requests for {arrived}");
    exporter.export(&second).unwrap();
    let later = taken(&receiver, &script).len() - arrived;
    assert_eq!(receiver.received().len() - requests, later, "none is refused any more");
    assert_once(taken(&receiver, &script).iter().map(|it| &it.request), &[first, second].concat());
}

#[test]
fn a_limit_of_a_mebibyte() {
    let plain = |receiver: &HttpReceiver| http_config(receiver);
    assert_taken_in_parts(plain, MIB, false);
    assert_taken_in_parts(|it| OtlpConfig { protocol: OtlpProtocol::HttpJson, ..plain(it) }, MIB, false);
    assert_taken_in_parts(|it| OtlpConfig { compression: Compression::Gzip, ..plain(it) }, MIB, true);
}

#[test]
fn a_limit_of_64_kibibytes() {
    let plain = |receiver: &HttpReceiver| http_config(receiver);
    for is_unpacked in [false, true] {
        let packed = |it: &HttpReceiver| OtlpConfig { compression: Compression::Gzip, ..plain(it) };
        assert_taken_in_parts(packed, 64 << 10, is_unpacked);
        assert_taken_in_parts(plain, 64 << 10, is_unpacked);
    }
}

#[test]
fn limits_of_grpc() {
    for limit in [64 << 10, MIB] {
        for compression in [Compression::None, Compression::Gzip] {
            let receiver = GrpcReceiver::start_by(limit, |_, _| Ok(ExportTraceServiceResponse::default()));
            let mut exporter =
                OtlpExporter::new(OtlpConfig { compression, ..grpc_config(&receiver) }).unwrap();
            let all = flows(1, 170, 3, 3_000);
            exporter.export(&all).unwrap();
            assert_once(receiver.received().iter().map(|(_, request)| request), &all);
        }
    }
}

/// By default gRPC's servers take 4 MiB.
#[test]
fn large_flows_and_the_default_limit_of_grpc() {
    let receiver = GrpcReceiver::start(Ok(ExportTraceServiceResponse::default()));
    let config = OtlpConfig { max_spans: 100_000, ..grpc_config(&receiver) };
    let all = flows(1, 3, 500, 6_000);
    OtlpExporter::new(config).unwrap().export(&all).unwrap();
    assert_once(receiver.received().iter().map(|(_, request)| request), &all);
}

#[test]
fn refusals_of_other_libraries_over_grpc() {
    for message in [
        "grpc: received message larger than max (70000 vs. 65536)",
        "gRPC message exceeds maximum size 65536: 70000",
    ] {
        let receiver = GrpcReceiver::start_by(4 * MIB, move |_, request| {
            if spans(request).count() > 20 {
                Err(Status::resource_exhausted(message))
            } else {
                Ok(ExportTraceServiceResponse::default())
            }
        });
        let all = flows(1, 100, 3, 500);
        OtlpExporter::new(grpc_config(&receiver)).unwrap().export(&all).unwrap();
        let received = receiver.received();
        let taken = received.iter().map(|(_, request)| request).filter(|it| spans(it).count() <= 20);
        assert_once(taken, &all);
    }
}

#[test]
fn the_collectors_400_for_a_large_body() {
    let script = |_: usize, request: &Received| {
        let large = "{\"code\":3,\"message\":\"http: request body too large\"}";
        if request.bytes.1 > 64 << 10 { Answer::refused_with_json(400, large) } else { Answer::taken() }
    };
    let receiver = HttpReceiver::start_by(script);
    let all = flows(1, 50, 3, 3_000);
    OtlpExporter::new(http_config(&receiver)).unwrap().export(&all).unwrap();
    assert_once(taken(&receiver, script).iter().map(|it| &it.request), &all);
}

#[test]
fn a_receiver_of_one_flow_at_a_time() {
    let script = |_: usize, request: &Received| {
        let mut traces: Vec<_> = spans(&request.request).map(|span| &span.trace_id).collect();
        traces.dedup();
        if traces.len() > 1 { Answer::status(413) } else { Answer::taken() }
    };
    let receiver = HttpReceiver::start_by(script);
    let mut exporter = OtlpExporter::new(http_config(&receiver)).unwrap();
    let all = [flows(1, 40, 3, 50), flows(100, 20, 1, 900), flows(200, 5, 30, 200)].concat();
    exporter.export(&all).unwrap();
    assert_once(taken(&receiver, script).iter().map(|it| &it.request), &all);
}

/// Only the span is lost that is too large by itself; it is counted, and reported with its size.
#[test]
fn a_span_that_is_too_large() {
    let script = limited(64 << 10, false);
    for protocol in [OtlpProtocol::HttpProtobuf, OtlpProtocol::HttpJson] {
        let receiver = HttpReceiver::start_by(script.clone());
        let mut exporter = OtlpExporter::new(OtlpConfig { protocol, ..http_config(&receiver) }).unwrap();
        let mut all = flows(1, 5, 40, 3_000);
        all.push(flow(6, 1, 200_000));
        all[2].spans[7].attributes = vec![Attribute::new("text", text(100_000, 7))];
        let error = exporter.export(&all).unwrap_err();
        assert_eq!(error.refusal(), Some(&Refusal { flows: vec![5], spans: 2 }), "{error}");
        let message = error.to_string();
        assert!(message.contains("a request of 10") && message.contains("HTTP 413"), "{message}");
        assert!(message.contains("raise the collector's limit"), "{message}");
        all.pop();
        all[2].spans.remove(7);
        assert_once(taken(&receiver, &script).iter().map(|it| &it.request), &all);
    }
}

/// A part may meet another trouble; what arrived before does not come again.
#[test]
fn a_part_that_meets_a_busy_backend() {
    let script = |nth: usize, request: &Received| match nth {
        _ if request.bytes.0 > 64 << 10 => Answer::status(413),
        6 => Answer::status(503).and_header("Retry-After: 7"),
        _ => Answer::taken(),
    };
    let receiver = HttpReceiver::start_by(script);
    let config = OtlpConfig { timeout: Duration::from_secs(5), ..http_config(&receiver) };
    let mut exporter = OtlpExporter::new(config).unwrap();
    let all = flows(1, 40, 3, 3_000);
    let error = exporter.export(&all).unwrap_err();
    assert_eq!(error.retry(), Some(Retry { after: Some(Duration::from_secs(7)) }), "{error}");
    exporter.export(&all).unwrap();
    let received = receiver.received();
    let requests = received.iter().enumerate().filter(|(nth, it)| script(*nth, it).is_success());
    assert_once(requests.map(|(_, it)| &it.request), &all);
}

/// Without a word about its reason, an exhausted backend may have a quota or a limit of the size:
/// the flows wait, and come again in smaller requests.
#[test]
fn an_exhausted_backend_that_does_not_say_why() {
    let receiver = GrpcReceiver::start_by(4 * MIB, |_, request| {
        if spans(request).count() > 100 {
            Err(Status::resource_exhausted("no"))
        } else {
            Ok(ExportTraceServiceResponse::default())
        }
    });
    let mut exporter = OtlpExporter::new(grpc_config(&receiver)).unwrap();
    let all = flows(1, 100, 3, 1_000);
    let mut attempts = 0;
    while let Err(error) = exporter.export(&all) {
        attempts += 1;
        assert!(error.retry().is_some() && attempts < 10, "{error}");
        assert!(error.to_string().contains("(gRPC ResourceExhausted: no)"), "{error}");
    }
    assert!(attempts > 0);
    let received = receiver.received();
    let taken = received.iter().map(|(_, request)| request).filter(|it| spans(it).count() <= 100);
    assert_once(taken, &all);
}

/// As nginx does: the answer comes before the body was read, and then the connection is closed.
#[test]
fn a_proxy_that_answers_before_the_body() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let taken = Arc::new(Mutex::new(Vec::new()));
    let arrived = Arc::clone(&taken);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let arrived = Arc::clone(&arrived);
            std::thread::spawn(move || serve_hastily(stream, &arrived));
        }
    });
    let all = flows(1, 100, 3, 3_000);
    let mut exporter = OtlpExporter::new(OtlpConfig::new(OtlpProtocol::HttpProtobuf, endpoint)).unwrap();
    exporter.export(&all).unwrap();
    assert_once(&*taken.lock().unwrap(), &all);
}

fn serve_hastily(
    stream: std::net::TcpStream,
    arrived: &Mutex<Vec<ExportTraceServiceRequest>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.trim_end().to_ascii_lowercase().split_once(": ") {
                Some(("content-length", bytes)) => length = bytes.parse().unwrap(),
                None if line.trim_end().is_empty() => break,
                _ => {}
            }
        }
        if length > 64 << 10 {
            let head =
                "HTTP/1.1 413 Request Entity Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
            reader.get_mut().write_all(head.as_bytes())?;
            reader.get_mut().shutdown(std::net::Shutdown::Write)?;
            // nginx reads on for a while, so that its answer is not lost.
            return std::io::copy(&mut reader, &mut std::io::sink()).map(drop);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        arrived.lock().unwrap().push(prost::Message::decode(&*body).unwrap());
        reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    }
}
