//! A proxy in trouble between the program and its backend: each failed flow arrives once
//! afterwards.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Instant;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;

use super::TROUBLE;
use super::arrivals::Arrivals;
use super::backend::Backend;
use super::door::Door;
use super::over_grpc::{self, Deed as Call, GrpcReceiver};
use super::over_http::{self, Answer, Deed, HttpReceiver};
use super::program::Program;

const HTTP_WELL: over_http::Script = |_| Deed::Take(Answer::status(200));
const GRPC_WELL: over_grpc::Script = |_| Call::Take(ExportTraceServiceResponse::default());

/// A backend that no name server knows.
const COLLECTOR: &str = "http://collector.example:4318";

/// The answers of a proxy in trouble to a client that wants a tunnel.
type Trouble = fn(&mut TcpStream) -> io::Result<()>;

/// Starts a proxy whose tunnels lead to this port of the machine, after its trouble.
fn tunnels_to(port: u16, trouble: Trouble) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let begun = Instant::now();
    thread::spawn(move || {
        for client in listener.incoming().map(Result::unwrap) {
            thread::spawn(move || {
                if begun.elapsed() < TROUBLE { refuse(client, trouble) } else { tunnel(client, port) }
            });
        }
    });
    address
}

fn refuse(mut client: TcpStream, trouble: Trouble) -> io::Result<()> {
    let _ = client.read(&mut [0; 4096])?;
    trouble(&mut client)
}

fn tunnel(mut client: TcpStream, port: u16) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let server = TcpStream::connect(("127.0.0.1", port))?;
    let (from_client, to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || pass_on(from_client, to_server));
    pass_on(server, client)
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
    let _ = io::copy(&mut from, &mut to);
    to.shutdown(Shutdown::Write)
}

/// Returns the backend that the program reaches through this proxy alone.
fn behind(protocol: &str, proxy: SocketAddr, arrivals: Arrivals) -> Backend {
    let program = Program::new(protocol, COLLECTOR.to_owned()).hurried();
    Backend { program: program.with("http_proxy", format!("http://me:hunter2@{proxy}")), arrivals }
}

fn assert_tunnels_pass(name: &str, trouble: Trouble) {
    let well = Backend::over_grpc(Door::Open, GRPC_WELL);
    let receiver = GrpcReceiver::start(Door::Open, GRPC_WELL);
    let proxy = tunnels_to(receiver.port, trouble);
    let report = behind("grpc", proxy, receiver.arrivals).assert_harmless(name, &well);
    assert!(report.figure("failures") > 0, "there was no trouble: {report:?}");
    assert!(!report.messages.contains("hunter2"), "{report:?}");
}

fn assert_requests_pass(name: &str, door: Door, script: over_http::Script) {
    let well = Backend::over_http(Door::Open, HTTP_WELL);
    let receiver = HttpReceiver::start(door, script);
    let proxy = SocketAddr::from(([127, 0, 0, 1], receiver.port));
    let report = behind("http/protobuf", proxy, receiver.arrivals.clone()).assert_harmless(name, &well);
    assert!(report.figure("failures") > 0, "there was no trouble: {report:?}");
    assert!(!report.messages.contains("hunter2"), "{report:?}");
}

#[test]
fn a_proxy_that_is_down() {
    assert_requests_pass("proxy down", Door::Closed(TROUBLE), HTTP_WELL);
}

#[test]
fn a_proxy_that_wants_other_credentials() {
    assert_requests_pass("proxy 407", Door::Open, |at| {
        if at < TROUBLE { Deed::TurnAway(Answer::status(407)) } else { HTTP_WELL(at) }
    });
}

#[test]
fn a_proxy_that_gives_no_tunnel() {
    assert_tunnels_pass("no tunnel", |client| {
        client.write_all(b"HTTP/1.1 502 Bad gateway\r\ncontent-length: 0\r\n\r\n")
    });
}

#[test]
fn a_proxy_that_closes_or_hangs() {
    assert_tunnels_pass("closes", |_| Ok(()));
    assert_tunnels_pass("hangs", |client| io::copy(client, &mut io::sink()).map(drop));
}

#[test]
fn a_proxy_that_sends_anything_without_an_end() {
    assert_tunnels_pass("no HTTP", |client| client.write_all(&[0x16; 1 << 20]));
    assert_tunnels_pass("endless", |client| {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n")?;
        loop {
            client.write_all(b"x: y\r\n")?;
        }
    });
}
