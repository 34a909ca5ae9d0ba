//! Flows against receivers of other projects: Python's `grpcio` with `opentelemetry-proto`, and
//! `rotel`, a collector. They come from PyPI: `pip install grpcio opentelemetry-proto rotel`.
//! `TEST_PYTHON` names the Python that has them. Without them, the tests say so and pass.

#[path = "../otlp/sample.rs"]
#[allow(dead_code, reason = "the receivers describe the spans themselves")]
mod sample;

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use omegi_runtime::{
    Compression, Exporter, FileConfig, FileExporter, OtlpConfig, OtlpExporter, OtlpProtocol,
};

fn python() -> String {
    std::env::var("TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Returns whether Python has these modules, and prints a line if not. A Python that `TEST_PYTHON`
/// names must have them.
fn has(modules: &str) -> bool {
    let import = Command::new(python()).args(["-c", &format!("import {modules}")]).output();
    let found = import.is_ok_and(|it| it.status.success());
    if !found {
        let problem = format!("{} cannot import {modules}", python());
        assert!(std::env::var_os("TEST_PYTHON").is_none(), "{problem}");
        eprintln!("skipped: {problem}");
    }
    found
}

/// A program that is stopped with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns the lines that a receiver prints of its spans, until it prints nothing for ten seconds.
fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let output = BufReader::new(child.stdout.take().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    std::iter::from_fn(move || receiver.recv_timeout(Duration::from_secs(10)).ok())
}

fn script(arguments: &[&str]) -> Running {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/receiver.py");
    let child = Command::new(python()).arg(script).args(arguments).stdout(Stdio::piped()).spawn();
    Running(child.unwrap())
}

fn export(config: OtlpConfig) -> Result<(), String> {
    let exporter = OtlpExporter::new(config);
    exporter.and_then(|mut exporter| exporter.export(&[sample::flow()])).map_err(|error| error.to_string())
}

/// Asserts the lines that `receiver.py` prints of both spans of the sample.
fn assert_sample(lines: &[String]) {
    let expected = [
        "4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7 b7ad6b7169203331 orders::place SERVER UNSET \
         code.function.name=shop::orders::place code.line.number=17 omegi.arg.express=True \
         omegi.arg.weight=0.5 link=000000000000000b",
        "4bf92f3577b34da6a3ce929d0e0e4736 0102030405060708 00f067aa0ba902b7 db::find INTERNAL ERROR \
         no such item event=exception exception.type=shop::db::Error",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn grpcio_reads_requests_and_its_answers_are_read() {
    if !has("grpc, opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc") {
        return;
    }
    let mut receiver = script(&["grpc"]);
    let mut lines = lines(&mut receiver.0);
    let endpoint = format!("http://{}", lines.next().expect("the address"));
    let config = OtlpConfig::new(OtlpProtocol::Grpc, endpoint);
    for compression in [Compression::None, Compression::Gzip] {
        export(OtlpConfig { compression, ..config.clone() }).unwrap();
        assert_sample(&lines.by_ref().take(2).collect::<Vec<_>>());
    }
    let with = |answer: &str| OtlpConfig {
        headers: vec![("x-answer".to_owned(), answer.to_owned())],
        timeout: Duration::from_secs(4),
        ..config.clone()
    };
    assert!(export(with("partial")).unwrap_err().ends_with(" rejected 1 spans: too old"));
    lines.by_ref().take(2).for_each(drop);
    let begun = Instant::now();
    let message = export(with("exhausted")).unwrap_err();
    assert!(message.contains("cannot take spans now (gRPC ResourceExhausted: full)"), "{message}");
    // `receiver.py` asks for 0.7 s in a RetryInfo: two pauses fit into the half of the timeout in
    // which attempts begin.
    assert!(begun.elapsed() >= Duration::from_millis(1_400), "{:?}", begun.elapsed());
}

#[test]
fn pythons_json_reader_reads_files() {
    if !has("google.protobuf.json_format, opentelemetry.proto.trace.v1.trace_pb2") {
        return;
    }
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop.jsonl");
    let _ = std::fs::remove_file(&path);
    let mut exporter = FileExporter::new(FileConfig::new(&path)).unwrap();
    exporter.export(&[sample::flow(), sample::flow()]).unwrap();
    let mut reader = script(&["file", path.to_str().unwrap()]);
    let lines: Vec<_> = lines(&mut reader.0).collect();
    assert_eq!(lines.len(), 4);
    assert_sample(&lines[..2]);
}

#[test]
fn rotel_takes_all_three_protocols() {
    if !has("rotel") {
        return;
    }
    let [grpc, http] = [free_address(), free_address()];
    let mut rotel = rotel("traces", &grpc, &http);
    let mut lines = lines(&mut rotel.0);
    for (protocol, endpoint, compression) in [
        (OtlpProtocol::Grpc, format!("http://{grpc}"), Compression::None),
        (OtlpProtocol::Grpc, format!("http://{grpc}"), Compression::Gzip),
        (OtlpProtocol::HttpProtobuf, format!("http://{http}/v1/traces"), Compression::Gzip),
        (OtlpProtocol::HttpJson, format!("http://{http}/v1/traces"), Compression::None),
    ] {
        export(OtlpConfig { compression, ..OtlpConfig::new(protocol, endpoint) }).unwrap();
        let printed = described(&mut lines);
        let of = |key: &str| -> Vec<_> {
            printed.iter().filter(|(known, _)| known == key).map(|(_, value)| &**value).collect()
        };
        assert_eq!(of("Name"), ["orders::place", "db::find"], "{protocol:?}: {printed:?}");
        assert_eq!(of("Parent ID"), ["b7ad6b7169203331", "00f067aa0ba902b7"], "{protocol:?}: {printed:?}");
    }
}

#[test]
fn rotel_takes_metrics() {
    if !has("rotel") {
        return;
    }
    let [grpc, http] = [free_address(), free_address()];
    let mut rotel = rotel("metrics", &grpc, &http);
    let builder = omegi_runtime::builder().export_to(&[]).health_metrics(true);
    drop(
        builder
            .variable("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "grpc")
            .variable("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", format!("http://{grpc}"))
            .variable("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "gzip")
            .init(),
    );
    let printed: Vec<_> = lines(&mut rotel.0).take_while(|line| !line.contains("Name: omegi.tags")).collect();
    for part in ["Name: omegi.flows", "Unit: {flow}", "IsMonotonic: true", "omegi.flow.decision: Str(error)"]
    {
        assert!(printed.iter().any(|line| line.trim_end().ends_with(part)), "{part}: {printed:#?}");
    }
    assert_eq!(omegi_runtime::health().failed_points, 0);
}

/// Returns an address with a free port.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// Starts a collector at these addresses that prints the received items of the signal.
fn rotel(signal: &str, grpc: &str, http: &str) -> Running {
    let find = "import os, rotel; print(os.path.join(os.path.dirname(rotel.__file__), 'rotel-agent'))";
    let found = Command::new(python()).args(["-c", find]).output().unwrap();
    let child = Command::new(String::from_utf8(found.stdout).unwrap().trim())
        .args([
            "start",
            "--otlp-grpc-endpoint",
            grpc,
            "--otlp-http-endpoint",
            http,
            "--exporter",
            "blackhole",
        ])
        .args(["--debug-log", signal, "--debug-log-verbosity", "detailed"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let running = Running(child.unwrap());
    let begun = Instant::now();
    while [grpc, http].iter().any(|address| TcpStream::connect(address).is_err()) {
        assert!(begun.elapsed() < Duration::from_secs(20), "rotel does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    running
}

/// Returns the `key: value` lines up to the end of the second span.
fn described(lines: &mut impl Iterator<Item = String>) -> Vec<(String, String)> {
    let mut described = Vec::new();
    let mut ends = 0;
    while ends < 2 {
        let Some(line) = lines.next() else { break };
        let (key, value) = line.split_once(':').unwrap_or((&line, ""));
        ends += usize::from(key == "End time");
        described.push((key.trim().to_owned(), value.trim().to_owned()));
    }
    described
}
