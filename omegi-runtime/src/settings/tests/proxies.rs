//! Proxies and credentials of requests to an OpenTelemetry backend.

use super::*;

const HTTP: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
const HTTPS: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318");

fn proxy(settings: Settings) -> Option<String> {
    settings.otlp.proxy
}

fn some(url: &str) -> Option<String> {
    Some(url.to_owned())
}

#[test]
fn the_scheme_of_the_endpoint_chooses_the_proxy() {
    let variables = [("http_proxy", "http://a"), ("https_proxy", "http://b"), ("all_proxy", "http://c")];
    let [http, https, all] = variables;
    let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let without_scheme = ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317");
    check(
        proxy,
        &[
            (&[HTTP], None, &[]),
            (&[HTTP, http, https, all], some("http://a"), &[]),
            (&[HTTPS, http, https, all], some("http://b"), &[]),
            (&[HTTP, https, all], some("http://c"), &[]),
            (&[HTTPS, http, all], some("http://c"), &[]),
            (&[HTTP, https], None, &[]),
            (&[without_scheme, grpc, http, https], some("http://b"), &[]),
            (
                &[without_scheme, grpc, http, https, ("OTEL_EXPORTER_OTLP_INSECURE", "true")],
                some("http://a"),
                &[],
            ),
            (&[HTTP, ("HTTP_PROXY", "proxy:3128")], some("http://proxy:3128"), &[]),
            (&[HTTP, http, ("HTTP_PROXY", "http://A")], some("http://a"), &[]),
            (&[HTTP, http, ("no_proxy", "collector")], None, &[]),
            (&[HTTP, http, ("NO_PROXY", "other,collector:4318")], None, &[]),
            (&[HTTP, http, ("no_proxy", "other"), ("NO_PROXY", "*")], some("http://a"), &[]),
        ],
    );
}

#[test]
fn connections_within_this_machine_have_no_proxy_and_no_problem() {
    for host in ["localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
        let endpoint = format!("http://{host}:4318");
        for value in ["http://proxy:3128", "ftp://me:hunter2@proxy"] {
            let settings = right(&[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
                ("http_proxy", value),
                ("ALL_PROXY", value),
                ("no_proxy", "10.*"),
            ]);
            assert_eq!(proxy(settings), None, "{host}");
        }
    }
}

#[test]
fn wrong_values_are_a_line_each_without_secrets() {
    let no_url = |name: &str, value: &str, using: &str| {
        format!(
            "{name}=\"{value}\" is not the URL of an http, https or socks5 proxy, such as \
             http://proxy.example:3128; using {using}"
        )
    };
    let wrong = ("http_proxy", "ftp://me:hunter2@proxy");
    let line = |using: &str| no_url("http_proxy", "ftp://****@proxy", using);
    let all = ("all_proxy", "http://me:hunter2@c");
    let wrong_all = ("all_proxy", "http://");
    let not_one = "which is not a host, an address, a network or `*`; using the other exceptions";
    check(
        proxy,
        &[
            (&[HTTP, wrong], None, &[&line("no proxy")]),
            (&[HTTP, wrong, all], some(all.1), &[&line("\"http://****@c\"")]),
            (&[HTTP, wrong, ("HTTP_PROXY", "http://a")], some("http://a"), &[&line("\"http://a\"")]),
            (&[HTTP, ("http_proxy", "http://a"), wrong_all], some("http://a"), &[]),
            (&[HTTP, wrong_all], None, &[&no_url("all_proxy", "http://", "no proxy")]),
            (&[HTTPS, wrong], None, &[]),
            (
                &[HTTP, all, ("no_proxy", "10.*, a/b,other")],
                some(all.1),
                &[
                    &format!("no_proxy holds \"10.*\", {not_one}"),
                    &format!("no_proxy holds \"a/b\", {not_one}"),
                ],
            ),
            // Without a proxy there are no exceptions, and without requests no proxy.
            (&[HTTP, ("no_proxy", "10.*")], None, &[]),
            (&[HTTP, wrong, ("OMEGI_EXPORTER_KIND", "file")], None, &[]),
        ],
    );
}

#[test]
fn a_wrong_value_for_other_programs_does_not_keep_omegi_from_starting() {
    let environment =
        [HTTP, ("http_proxy", "ftp://a"), ("all_proxy", "http://c"), ("NO_PROXY", "10.*|*.internal")];
    let (_, problems) = resolve_both(&program(true), &environment, &[]);
    assert_eq!(problems.len(), 2);
    assert!(problems.iter().all(|problem| !problem.is_unusable_value()), "{problems:?}");
}

#[test]
fn a_problem_for_flows_and_metrics_is_reported_once() {
    let (settings, problems) = resolve(&[
        HTTP,
        ("http_proxy", "socks4://a"),
        ("all_proxy", "http://c"),
        ("OTEL_METRICS_EXPORTER", "otlp"),
    ]);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(settings.metrics.unwrap().otlp.proxy, some("http://c"));
}

#[test]
fn a_program_that_serves_one_request_takes_no_proxy_from_its_headers() {
    let cgi = Program { is_cgi: true, ..program(true) };
    let header = ("HTTP_PROXY", "http://attacker");
    let line = "HTTP_PROXY has no effect: it may be the header of a request, because REQUEST_METHOD is \
                set; it is ignored";
    for (environment, expected, lines) in [
        (&[HTTP, header][..], None, vec![line]),
        (&[HTTP, header, ("http_proxy", "http://a")], some("http://a"), vec![line]),
        (&[HTTP, header, ("all_proxy", "http://c")], some("http://c"), vec![line]),
        (&[HTTPS, header, ("HTTPS_PROXY", "http://b")], some("http://b"), vec![]),
    ] {
        let (settings, problems) = resolve_in(&cgi, environment);
        assert_eq!((proxy(settings), problems), (expected, lines.into_iter().map(str::to_owned).collect()));
    }
}

#[test]
fn the_environment_wins_over_code_for_both_variables_together() {
    let code = [("http_proxy", "http://a"), HTTP];
    let (settings, problems) = resolve_both(&program(true), &[("ALL_PROXY", "http://c")], &code);
    assert_eq!((proxy(settings), problems), (some("http://c"), vec![]));
}

#[test]
fn a_user_in_the_endpoint_that_is_not_sent_is_reported_once() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hunter2@localhost:4318");
    let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://me:hunter2@localhost:4318/t");
    let line = |name: &str, url: &str, used: &str| {
        format!(
            "{name}=\"{url}\" holds a user or password that is not sent; using the authorization of {used}"
        )
    };
    let shared = |used: &str| line(endpoint.0, "http://****@localhost:4318", used);
    let token = ("OMEGI_TOKEN", "hunter3");
    let header = ("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20hunter4");
    let authorization = |settings: Settings| settings.otlp.headers.first().map(|(_, value)| value.clone());
    check(
        authorization,
        &[
            (&[endpoint], None, &[]),
            (
                &[endpoint, ("OTEL_METRICS_EXPORTER", "otlp"), token],
                some("Bearer hunter3"),
                &[&shared("OMEGI_TOKEN")],
            ),
            (&[endpoint, token, header], some("Bearer hunter4"), &[&shared(header.0)]),
            (
                &[own, token],
                some("Bearer hunter3"),
                &[&line(own.0, "http://****@localhost:4318/t", "OMEGI_TOKEN")],
            ),
            (&[endpoint, token, ("OMEGI_EXPORTER_KIND", "file")], some("Bearer hunter3"), &[]),
        ],
    );
    let (_, problems) = resolve_both(&program(true), &[endpoint, token], &[]);
    assert!(!problems[0].is_unusable_value(), "the program starts");
}
