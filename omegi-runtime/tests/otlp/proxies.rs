//! Flows that go through a proxy.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use omegi_runtime::{ExportError, Exporter, OtlpConfig, OtlpExporter, OtlpProtocol, Retry};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;

use super::faults::{self, backend};
use super::grpc_receiver::GrpcReceiver;
use super::http_receiver::{Answer, HttpReceiver};
use super::proxy::Proxy;
use super::tls::Certified;
use super::{export, sample, with_token};

/// `me@home` and `hunter 2`, as they are written in a URL.
const USER: &str = "http://me%40home:hunter%202@";

/// The same for the proxy: `me@home:hunter 2` in Base64.
const AUTHORIZATION: &str = "Basic bWVAaG9tZTpodW50ZXIgMg==";

fn grpc() -> GrpcReceiver {
    GrpcReceiver::start(Ok(ExportTraceServiceResponse::default()))
}

/// Returns a configuration with a token for the backend, and with this proxy.
fn config(protocol: OtlpProtocol, endpoint: &str, proxy: Option<String>) -> OtlpConfig {
    with_token(OtlpConfig { proxy, ..OtlpConfig::new(protocol, endpoint) })
}

/// Asserts that the proxy was asked once for a tunnel to this address, and saw nothing else.
#[track_caller]
fn assert_tunnel(proxy: &Proxy, address: &str) {
    let expected = format!(
        "CONNECT {address} HTTP/1.1\r\nHost: {address}\r\nProxy-Authorization: {AUTHORIZATION}\r\n\r\n"
    );
    assert_eq!(proxy.requests(), [expected]);
}

#[test]
fn a_request_over_http_names_its_whole_url_to_the_proxy() {
    let receiver = HttpReceiver::start(Answer::taken());
    let proxy = Proxy::http(receiver.address);
    for protocol in [OtlpProtocol::HttpProtobuf, OtlpProtocol::HttpJson] {
        export(config(protocol, "http://collector.example:4318/v1/traces?a=b", proxy.url(USER))).unwrap();
    }
    for received in receiver.received() {
        assert_eq!(received.line, "POST http://collector.example:4318/v1/traces?a=b HTTP/1.1");
        assert_eq!(received.header("host"), Some("collector.example:4318"));
        assert_eq!(received.header("proxy-authorization"), Some(AUTHORIZATION));
        assert_eq!(received.header("authorization"), Some("Bearer t%41"));
        sample::assert_arrived(&received.request);
    }
    assert_eq!(receiver.received().len(), 2);
}

#[test]
fn a_proxy_without_a_user_is_sent_no_authorization() {
    let receiver = HttpReceiver::start(Answer::taken());
    let proxy = Proxy::http(receiver.address);
    export(config(OtlpProtocol::HttpProtobuf, "http://collector.example/t", proxy.url("http://"))).unwrap();
    assert_eq!(receiver.received()[0].header("proxy-authorization"), None);
}

#[test]
fn grpc_goes_through_a_tunnel() {
    for (endpoint, address) in [
        ("http://collector.example:4317", "collector.example:4317"),
        ("http://collector.example", "collector.example:80"),
        ("http://[2001:db8::1]:4317", "[2001:db8::1]:4317"),
    ] {
        let receiver = grpc();
        let proxy = Proxy::http(receiver.address);
        export(config(OtlpProtocol::Grpc, endpoint, proxy.url(USER))).unwrap();
        assert_tunnel(&proxy, address);
        let [(authorization, request)] = &receiver.received()[..] else { panic!("one request") };
        assert_eq!(authorization.as_deref(), Some("Bearer t%41"));
        sample::assert_arrived(request);
    }
}

#[test]
fn an_encrypted_connection_goes_through_a_tunnel_to_the_backend_itself() {
    let certified = Certified::new("proxied");
    let (http, grpc) = (certified.http_receiver(), certified.grpc_receiver());
    for (protocol, receiver) in
        [(OtlpProtocol::HttpProtobuf, http.address), (OtlpProtocol::Grpc, grpc.address)]
    {
        let proxy = Proxy::http(receiver);
        // The proxy leads to the receiver from this port too.
        let trusting = certified.known(certified.trusting(protocol, 443));
        let endpoint = "https://localhost/v1/traces".to_owned();
        export(with_token(OtlpConfig { endpoint, proxy: proxy.url(USER), ..trusting })).unwrap();
        assert_tunnel(&proxy, "localhost:443");
    }
    assert_eq!(http.received()[0].line, "POST /v1/traces HTTP/1.1");
    assert_eq!(http.received()[0].header("proxy-authorization"), None);
    sample::assert_arrived(&http.received()[0].request);
    sample::assert_arrived(&grpc.received()[0].1);
}

#[test]
fn the_connection_to_the_proxy_may_be_encrypted() {
    let certified = Certified::new("proxy");
    let proxy = certified.http_receiver();
    let trusting = certified.trusting(OtlpProtocol::HttpProtobuf, 1);
    let to_proxy = |port| Some(format!("https://me:hunter2@localhost:{port}"));
    let endpoint = "http://collector.example:4318/v1/traces".to_owned();
    let port = proxy.address.port();
    // The client's certificate is for the backend.
    let config = OtlpConfig { endpoint, proxy: to_proxy(port), ..certified.known(trusting) };
    let message = export(config.clone()).unwrap_err();
    assert!(message.contains("through the proxy https://****@localhost"), "{message}");
    let proxy = certified.http_receiver_for_anyone();
    export(OtlpConfig { proxy: to_proxy(proxy.address.port()), ..config }).unwrap();
    assert_eq!(proxy.received()[0].line, "POST http://collector.example:4318/v1/traces HTTP/1.1");
}

#[test]
fn a_socks_proxy_looks_up_the_host() {
    for scheme in ["socks5", "socks5h"] {
        let (http, grpc) = (HttpReceiver::start(Answer::taken()), grpc());
        for (protocol, receiver, endpoint, address) in [
            (OtlpProtocol::HttpJson, http.address, "http://collector.example/t", "collector.example:80"),
            (OtlpProtocol::Grpc, grpc.address, "http://collector.example:4317", "collector.example:4317"),
        ] {
            let proxy = Proxy::socks(receiver);
            let url = proxy.url(&USER.replacen("http", scheme, 1));
            export(config(protocol, endpoint, url)).unwrap();
            assert_eq!(proxy.requests(), [format!("me@home:hunter 2 {address}")]);
        }
        assert_eq!(http.received()[0].line, "POST /t HTTP/1.1");
        assert_eq!((http.received().len(), grpc.received().len()), (1, 1));
    }
}

#[test]
fn a_url_that_no_proxy_has_is_reported_at_the_start() {
    for proxy in
        ["", "proxy:3128", "ftp://me:hunter2@proxy", "http://me:hunter2@", "socks4://me:hunter2@proxy"]
    {
        let config = config(OtlpProtocol::Grpc, "http://collector.example", Some(proxy.to_owned()));
        let message = OtlpExporter::new(config).unwrap_err().to_string();
        assert!(message.starts_with("cannot use the proxy ") && !message.contains("hunter2"), "{message}");
        assert!(message.contains("http_proxy"), "{message}");
    }
}

/// Returns the error of an export through this proxy, which is temporary and comes in time.
#[track_caller]
fn failure(protocol: OtlpProtocol, scheme: &str, proxy: &str) -> String {
    let endpoint = format!("{scheme}://collector.example:4318/v1/traces");
    let config =
        OtlpConfig { timeout: faults::TIMEOUT, ..config(protocol, &endpoint, Some(proxy.to_owned())) };
    let mut exporter = OtlpExporter::new(config).unwrap();
    let begun = Instant::now();
    let error: ExportError = exporter.export(&[sample::flow()]).unwrap_err();
    let (took, message) = (begun.elapsed(), error.to_string());
    assert!(took < faults::TIMEOUT + Duration::from_secs(5), "{took:?}");
    assert_eq!(error.retry(), Some(Retry { after: None }), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(!message.contains("hunter") && !message.contains("bWVAaG9tZTpodW50ZXIgMg"), "{message}");
    assert!(message.contains("(through the proxy ") && message.len() < 600, "{message}");
    message
}

/// The same through a proxy that runs the script on each connection.
fn failure_by(protocol: OtlpProtocol, scheme: &str, script: fn(&mut TcpStream)) -> String {
    let (address, _) = backend(script);
    failure(protocol, scheme, &format!("{USER}{address}"))
}

/// The kinds of requests: through a tunnel, but for the last.
const REQUESTS: [(OtlpProtocol, &str); 4] = [
    (OtlpProtocol::Grpc, "http"),
    (OtlpProtocol::Grpc, "https"),
    (OtlpProtocol::HttpJson, "https"),
    (OtlpProtocol::HttpProtobuf, "http"),
];

fn answer(stream: &mut TcpStream, bytes: &[u8]) {
    use std::io::Write as _;
    let _ = stream.write_all(bytes);
}

#[test]
fn a_proxy_that_wants_other_credentials_is_a_temporary_trouble() {
    for (protocol, scheme) in REQUESTS {
        let message = failure_by(protocol, scheme, |stream| {
            answer(
                stream,
                b"HTTP/1.1 407 Who are you, me@home:hunter 2?\r\nProxy-Authenticate: Basic\r\n\
                  Content-Type: application/json\r\nContent-Length: 36\r\n\r\n\
                  {\"message\":\"hunter 2 is hunter%202 \"}",
            );
        });
        assert!(message.contains("check the proxy, or correct "), "{message}");
    }
}

#[test]
fn a_proxy_that_misbehaves_is_a_temporary_trouble() {
    let scripts: [fn(&mut TcpStream); 7] = [
        |stream| answer(stream, b"HTTP/1.1 502 Bad gateway\r\nContent-Length: 0\r\n\r\n"),
        |stream| answer(stream, b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
        |_| (),
        |stream| answer(stream, b"HTTP/1.1 200 Connection est"),
        |stream| answer(stream, b"\x16\x03\x01 no HTTP at all\r\n\r\n"),
        |stream| {
            answer(stream, b"HTTP/1.1 200 Connection established\r\n");
            while std::io::Write::write_all(stream, &[b'x'; 1 << 16]).is_ok() {}
        },
        |stream| {
            let _ = stream.set_nodelay(true);
            let ends = Instant::now() + 4 * faults::TIMEOUT;
            answer(stream, b"HTTP/1.1 200 Connection established\r\n");
            while Instant::now() < ends && std::io::Write::write_all(stream, b"x").is_ok() {
                std::thread::sleep(Duration::from_millis(10));
            }
        },
    ];
    std::thread::scope(|scope| {
        for script in scripts {
            scope.spawn(move || {
                for (protocol, scheme) in REQUESTS {
                    failure_by(protocol, scheme, script);
                }
            });
        }
    });
}

#[test]
fn a_proxy_that_hangs_costs_the_timeout_and_no_more() {
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = hanging.local_addr().unwrap();
    for (protocol, scheme) in REQUESTS {
        for beginning in ["http://", "https://", "socks5://"] {
            let message = failure(protocol, scheme, &format!("{beginning}me:hunter2@{address}"));
            assert!(message.contains("did not answer within"), "{message}");
        }
    }
}

#[test]
fn a_proxy_that_is_down_or_unknown_is_reported_as_the_proxy() {
    let free: SocketAddr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (protocol, scheme) in REQUESTS {
        for proxy in [format!("http://me:hunter2@{free}"), format!("socks5://me:hunter2@{free}")] {
            let message = failure(protocol, scheme, &proxy);
            let remedy = format!("check the proxy, or correct {scheme}_proxy, all_proxy or no_proxy");
            assert!(message.ends_with(&remedy), "{message}");
        }
        let message = failure(protocol, scheme, "http://nowhere.invalid:3128");
        assert!(message.contains("check the proxy, or correct "), "{message}");
    }
}

#[test]
fn credentials_of_the_url_are_sent_as_basic() {
    let (http, grpc) = (HttpReceiver::start(Answer::taken()), grpc());
    let basic = |text: &str| Some(format!("Basic {text}"));
    for (user_info, expected) in [
        ("me%40home:hunter%202", "bWVAaG9tZTpodW50ZXIgMg=="),
        ("me:a:b", "bWU6YTpi"),
        ("me", "bWU6"),
        (":hunter2", "Omh1bnRlcjI="),
        ("me@home:%C3%A9%zz", "bWVAaG9tZTrDqSV6eg=="),
    ] {
        export(OtlpConfig::new(OtlpProtocol::HttpJson, format!("http://{user_info}@{}/t", http.address)))
            .unwrap();
        export(OtlpConfig::new(OtlpProtocol::Grpc, format!("http://{user_info}@{}", grpc.address))).unwrap();
        let received = http.received();
        assert_eq!(received.last().unwrap().header("authorization"), basic(expected).as_deref());
        assert_eq!(received.last().unwrap().line, "POST /t HTTP/1.1");
        assert_eq!(grpc.received().last().unwrap().0, basic(expected));
    }
}

#[test]
fn a_header_wins_over_credentials_of_the_url_and_an_empty_user_is_none() {
    let receiver = HttpReceiver::start(Answer::taken());
    let to = |user_info: &str| {
        OtlpConfig::new(OtlpProtocol::HttpJson, format!("http://{user_info}@{}/t", receiver.address))
    };
    export(with_token(to("me:hunter2"))).unwrap();
    let headers = vec![("Authorization".to_owned(), "Token x".to_owned())];
    export(OtlpConfig { headers, ..to("me:hunter2") }).unwrap();
    export(to("")).unwrap();
    export(to(":")).unwrap();
    let received: Vec<_> =
        receiver.received().iter().map(|it| it.header("authorization").map(str::to_owned)).collect();
    assert_eq!(received, [Some("Bearer t%41".to_owned()), Some("Token x".to_owned()), None, None]);
}

#[test]
fn credentials_that_a_backend_repeats_are_masked() {
    let echo = r#"{"message": "no me@home:hunter 2, no hunter%202, no Basic bWVAaG9tZTpodW50ZXIgMg=="}"#;
    let receiver = HttpReceiver::start(Answer::refused_with_json(401, echo));
    let endpoint = format!("{USER}{}/t", receiver.address);
    let message = export(OtlpConfig::new(OtlpProtocol::HttpJson, endpoint)).unwrap_err();
    assert!(message.contains("HTTP 401: no ****, no ****, no "), "{message}");
    assert!(!message.contains("hunter") && !message.contains("bWVA"), "{message}");
}
