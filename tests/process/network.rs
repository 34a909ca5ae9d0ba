//! Flows on their way to a backend: proxies, and credentials.

use std::net::TcpListener;
use std::process::Output;
use std::sync::mpsc;

use super::receiver::{Received, receive};
use super::{OWN_OUTPUT, program, stderr, stdout};

const COLLECTOR: &str = "http://collector.example:4318";

/// Runs the program with flows and metrics for a backend, and with these variables.
fn run(variables: &[(&str, &str)]) -> Output {
    let own = [
        ("OMEGI_FLOW_RATE", "1"),
        ("OMEGI_EXPORTER_KIND", "otlp"),
        ("OTEL_METRICS_EXPORTER", "otlp"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2000"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "4000"),
    ];
    program("once", &[&own, variables].concat()).output().unwrap()
}

/// Runs it with a backend that takes all, without a word on stderr. Returns the requests.
#[track_caller]
fn received(requests: &mpsc::Receiver<Received>, variables: &[(&str, &str)]) -> Vec<Received> {
    let output = run(variables);
    assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), (OWN_OUTPUT, ""));
    requests.try_iter().collect()
}

fn header<'r>(request: &'r Received, name: &str) -> Option<&'r str> {
    request.headers.get(name).map(String::as_str)
}

#[test]
fn flows_and_metrics_go_through_the_proxy_of_the_environment() {
    let (proxy, requests) = receive();
    let address = proxy.strip_prefix("http://").unwrap();
    let with_user = format!("http://me:hunter%202@{address}");
    for (name, value) in [("http_proxy", &*with_user), ("HTTP_PROXY", address), ("ALL_PROXY", &proxy)] {
        let requests = received(&requests, &[("OTEL_EXPORTER_OTLP_ENDPOINT", COLLECTOR), (name, value)]);
        let paths = [format!("{COLLECTOR}/v1/traces"), format!("{COLLECTOR}/v1/metrics")];
        for path in paths {
            let request = requests.iter().find(|request| request.path == path).unwrap();
            let expected = value.contains('@').then_some("Basic bWU6aHVudGVyIDI=");
            assert_eq!(header(request, "proxy-authorization"), expected, "{name}");
        }
    }
}

#[test]
fn exceptions_and_this_machine_have_no_proxy() {
    let (backend, requests) = receive();
    // Nothing could go through it.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = format!("http://{closed}");
    for (name, value) in [("http_proxy", &*proxy), ("ALL_PROXY", &proxy)] {
        let requests = received(&requests, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &backend), (name, value)]);
        assert!(requests.iter().any(|request| request.path == "/v1/traces"));
    }
}

#[test]
fn a_wrong_proxy_and_a_wrong_exception_are_a_line_each() {
    let output = run(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", COLLECTOR),
        ("http_proxy", "gopher://me:hunter2@proxy"),
        ("all_proxy", "http://127.0.0.1:1"),
        ("no_proxy", "10.*"),
        ("OMEGI_EXPORTER_KIND", "http://me:hunter2@host"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http://me:hunter2@host"),
    ]);
    let messages = stderr(&output);
    assert_eq!(stdout(&output), OWN_OUTPUT);
    for line in [
        "http_proxy=\"gopher://****@proxy\" is not the URL of an http, https or socks5 proxy, such as \
         http://proxy.example:3128; using \"http://127.0.0.1:1\"",
        "no_proxy holds \"10.*\", which is not a host, an address, a network or `*`; \
         using the other exceptions",
    ] {
        assert_eq!(messages.matches(line).count(), 1, "{messages}");
    }
    assert!(!messages.contains("hunter2"), "{messages}");
}

#[test]
fn a_proxy_that_is_down_is_reported_with_its_address_and_without_its_user() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = format!("http://me:hunter2@{closed}");
    for (endpoint, protocol) in
        [(COLLECTOR, "http/protobuf"), (COLLECTOR, "grpc"), ("https://collector.example", "http/json")]
    {
        let output = run(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("ALL_PROXY", &proxy),
            ("OTEL_BSP_EXPORT_TIMEOUT", "60000"),
            ("OMEGI_DEBUG", "true"),
            ("OMEGI_RESOURCE_ENVIRON", "true"),
        ]);
        let messages = stderr(&output);
        assert_eq!(stdout(&output), OWN_OUTPUT);
        let expected = format!("(through the proxy http://****@{closed}): no way through the proxy (");
        assert!(messages.contains(&expected), "{messages}");
        assert!(!messages.contains("hunter2"), "{messages}");
    }
}

#[test]
fn a_line_break_behind_a_secret_does_not_belong_to_it() {
    let (backend, requests) = receive();
    for (name, token) in [("OMEGI_TOKEN", "hunter2\n"), ("OMEGI_TOKEN", " hunter2 \r\n")] {
        let endpoint = format!("{backend}\r\n");
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", " http/json\n"),
            ("OMEGI_FLOW_OPEN", " 2s "),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip\n"),
            (name, token),
        ];
        let requests = received(&requests, &variables);
        let request = requests.iter().find(|request| request.path == "/v1/traces").unwrap();
        assert_eq!(header(request, "authorization"), Some("Bearer hunter2"));
        assert_eq!(header(request, "content-type"), Some("application/json"));
        assert_eq!(header(request, "content-encoding"), Some("gzip"));
    }
}

#[test]
fn credentials_that_leave_the_machine_unencrypted_are_said_once() {
    let (proxy, _requests) = receive();
    let line = "sends credentials to http://****@collector.example:4318/v1/".replace("****@", "");
    let remedy = "set OTEL_EXPORTER_OTLP_ENDPOINT to an https URL";
    let said = |variables: &[(&str, &str)]| {
        let messages = stderr(&run(&[&[("http_proxy", &*proxy)], variables].concat()));
        assert!(!messages.contains("hunter2") && !messages.contains("aHVudGVyMg"), "{messages}");
        messages.matches(remedy).count()
    };
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", COLLECTOR);
    let token = ("OMEGI_TOKEN", "hunter2");
    let messages = stderr(&run(&[endpoint, token, ("http_proxy", &proxy)]));
    assert!(messages.contains(&line) && messages.contains("OMEGI_TOKEN"), "{messages}");
    assert_eq!(said(&[endpoint, token]), 1);
    assert_eq!(said(&[endpoint, ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Token%20hunter2")]), 1);
    let with_user = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hunter2@collector.example:4318");
    assert_eq!(said(&[with_user]), 1);
    assert_eq!(said(&[endpoint]), 0);
    let local = proxy.replacen("http://", "http://me:hunter2@", 1);
    assert_eq!(said(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &local), token]), 0);
    let encrypted = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example:1");
    assert_eq!(said(&[encrypted, token, ("https_proxy", "http://127.0.0.1:1")]), 0);
}

#[test]
fn the_user_of_the_endpoint_is_sent_and_not_shown() {
    let (backend, requests) = receive();
    let endpoint = backend.replacen("http://", "http://me%40home:hunter2@", 1);
    let requests = received(&requests, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    assert!(requests.len() >= 2, "{}", requests.len());
    for request in &requests {
        assert_eq!(header(request, "authorization"), Some("Basic bWVAaG9tZTpodW50ZXIy"));
        let body = String::from_utf8_lossy(&request.body);
        assert!(!body.contains("hunter2"), "{body}");
    }
    let messages = stderr(&run(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("OMEGI_TOKEN", "tok3n-of-0megi"),
        ("OMEGI_DEBUG", "true"),
    ]));
    assert_eq!(messages.matches("holds a user or password that is not sent").count(), 1, "{messages}");
    assert!(!messages.contains("hunter2") && !messages.contains("bWVAaG9tZTpodW50ZXIy"), "{messages}");
}
