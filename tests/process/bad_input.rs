//! Bad settings and a broken environment: omegi reports each in one clear line, and the program
//! continues without it.

use std::fs::File;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{OWN_OUTPUT, program, stderr, stdout};

/// Runs the program, and returns omegi's messages.
fn messages(when: &str, variables: &[(&str, &str)]) -> String {
    let quiet: Vec<_> = [("OMEGI_EXPORTER_KIND", "none")].iter().chain(variables).copied().collect();
    let output = program(when, &quiet).output().unwrap();
    assert_eq!(stdout(&output), OWN_OUTPUT, "{variables:?}");
    assert_eq!(output.status.code(), Some(3), "{variables:?}");
    stderr(&output)
}

#[test]
fn an_unusable_value_is_reported_in_one_line() {
    for (variable, value) in [
        ("OMEGI_FLOW_RATE", "often"),
        ("OMEGI_EXPORTER_KIND", "consle"),
        ("OMEGI_EXPORTER_KIND", "kafka"),
        ("OMEGI_CONSOLE_FORMAT", "xml"),
        ("OMEGI_CONSOLE_STREAM", "stdin"),
        ("OMEGI_SWITCH_OFF", "yes"),
        ("OMEGI_DEBUG", "1"),
        ("OMEGI_SECRET_MASKING_REGEX", "[\"(\"]"),
        ("OMEGI_SECRET_MASKING_REGEX", "not json"),
        ("OMEGI_ARGS", "all"),
        ("OMEGI_MEMORY", "lots"),
        ("OMEGI_MEMORY", "1"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "nowhere"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "smoke"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1"),
        ("OTEL_EXPORTER_OTLP_INSECURE", "yes"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "./client.key"),
        ("OMEGI_FILE_MAX_SIZE", "big"),
        ("OMEGI_FILE_MAX_FILES", "0"),
        ("OMEGI_FILE_FSYNC", "often"),
        ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "long"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "many"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
        ("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", "logs"),
        ("OTEL_LOG_LEVEL", "loud"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "2048"),
        ("OMEGI_FLOWRATE", "1"),
    ] {
        // A bad endpoint has no backend either, which would add a second line.
        let nowhere: &[_] =
            if variable.contains("ENDPOINT") { &[("OMEGI_EXPORTER_KIND", "none")] } else { &[] };
        let output = program("once", &[nowhere, &[(variable, value)]].concat()).output().unwrap();
        let messages: Vec<_> = stderr(&output).lines().map(str::to_owned).collect();
        assert_eq!(messages.len(), 1, "{variable}={value}: {messages:?}");
        let consequence = messages[0].contains("; using ") || messages[0].ends_with("; it is ignored");
        assert!(messages[0].starts_with(&format!("omegi: {variable}")) && consequence, "{messages:?}");
        assert!(stdout(&output).starts_with("Ok(4)\n"));
        assert_eq!(output.status.code(), Some(3));
    }
}

#[test]
fn the_nearest_right_spelling_is_named() {
    let output = program("once", &[("OMEGI_EXPORTER_KIND", "consle")]).output().unwrap();
    assert!(stderr(&output).contains("did you mean console?"), "{}", stderr(&output));
}

#[test]
fn the_log_level_silences_reports_and_debug_prints_the_sources_of_settings() {
    let wrong = ("OMEGI_FLOW_RATE", "often");
    for level in ["none", "error"] {
        assert_eq!(messages("once", &[wrong, ("OTEL_LOG_LEVEL", level)]), "");
    }
    let report = messages(
        "once",
        &[wrong, ("OMEGI_DEBUG", "true"), ("OMEGI_TOKEN", "hunter2"), ("OTEL_SERVICE_NAME", "shop")],
    );
    for line in [
        "omegi: OMEGI_FLOW_RATE=\"often\" is not",
        "  OMEGI_FLOW_RATE = 5 (default)",
        "  OMEGI_TOKEN = **** (environment: OMEGI_TOKEN)",
        "  OMEGI_SERVICE_NAME = \"shop\" (environment: OTEL_SERVICE_NAME)",
    ] {
        assert!(report.lines().any(|it| it.starts_with(line)), "{line}\n{report}");
    }
    assert!(!report.contains("hunter2"), "{report}");
}

#[test]
fn a_secret_is_never_repeated() {
    let output = program("once", &[("OMEGI_TOKEN", "hunter2\u{7}"), ("OMEGI_EXPORTER_KIND", "none")])
        .output()
        .unwrap();
    assert!(
        stderr(&output).contains("OMEGI_TOKEN") && !stderr(&output).contains("hunter2"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn try_init_lists_every_problem_at_once() {
    let output = program("try", &[("OMEGI_FLOW_RATE", "often"), ("OMEGI_MEMORY", "lots")]).output().unwrap();
    let lines: Vec<_> = stdout(&output).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn try_init_starts_despite_settings_without_effect_and_reports_them() {
    let variables = [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "2048"),
        ("OMEGI_OVERHEAD", "5%"),
        ("OMEGI_PYTHON_PATH", "another agent's"),
        ("OMEGI_EXPORTER_KIND", "none"),
    ];
    let output = program("try", &variables).output().unwrap();
    assert_eq!((stdout(&output).as_str(), output.status.code()), (OWN_OUTPUT, Some(3)));
    let messages = stderr(&output);
    assert_eq!(messages.lines().count(), 3, "{messages}");
    for (variable, _) in &variables[..3] {
        assert!(messages.contains(&format!("omegi: {variable}")), "{messages}");
    }
}

#[test]
fn after_an_error_of_try_init_nothing_is_changed_and_the_end_gives_the_reason() {
    let wrong = ("OMEGI_FLOW_RATE", "often");
    for variables in [&[wrong][..], &[wrong, ("OTEL_LOG_LEVEL", "none")], &[wrong, ("OMEGI_DEBUG", "true")]] {
        let messages = messages("try-anyway", variables);
        assert_eq!(messages.lines().count(), 1, "{messages}");
        assert!(
            messages.contains("nothing was recorded, because omegi::try_init() returned an error"),
            "{messages}"
        );
    }
}

#[test]
fn a_wrong_call_of_init_is_reported_once() {
    for (when, words) in
        [("twice", "called again"), ("never", "init() was never called"), ("late", "before omegi::init()")]
    {
        let messages = messages(when, &[]);
        assert_eq!(messages.lines().count(), 1, "{when}: {messages}");
        assert!(messages.contains(words), "{when}: {messages}");
    }
    assert_eq!(messages("once", &[]), "");
    assert_eq!(messages("once", &[("OMEGI_SWITCH_OFF", "true")]), "");
    assert_eq!(messages("never", &[("OMEGI_SWITCH_OFF", "true")]).lines().count(), 1);
}

#[test]
fn without_a_guard_flows_are_exported_at_the_end_of_main() {
    let variables =
        [("OMEGI_CONSOLE_FORMAT", "json"), ("OMEGI_CONSOLE_STREAM", "stderr"), ("OMEGI_FLOW_RATE", "1")];
    for when in ["once", "without-guard"] {
        let output = program(when, &variables).output().unwrap();
        assert_eq!(stdout(&output), OWN_OUTPUT);
        assert_eq!(stderr(&output).lines().count(), 4, "{when}: {}", stderr(&output));
    }
}

#[test]
fn a_failed_flow_that_the_program_exits_in_is_not_lost() {
    let variables = [("OMEGI_CONSOLE_FORMAT", "tree"), ("OMEGI_FLOW_RATE", "0")];
    let output = program("exits", &variables).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let tree = stdout(&output);
    assert!(tree.contains("… shop::exits") && tree.contains("began in  shop::find"), "{tree}");
}

#[test]
fn an_endpoint_without_a_listener_is_reported_once() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for protocol in ["http/protobuf", "grpc"] {
        let endpoint = format!("http://127.0.0.1:{port}");
        let variables =
            [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)];
        let output = program("once", &variables).output().unwrap();
        assert_eq!((stdout(&output).as_str(), output.status.code()), (OWN_OUTPUT, Some(3)));
        let messages = stderr(&output);
        assert_eq!(messages.lines().count(), 1, "{messages}");
        assert!(messages.contains("OMEGI_SPOOL"), "{messages}");
        assert!(
            messages.contains("cannot send spans to http://127.0.0.1")
                && messages.contains("OTEL_EXPORTER_OTLP_ENDPOINT"),
            "{messages}"
        );
    }
}

#[test]
fn a_backend_that_hangs_delays_the_exit_by_the_flush_timeout_at_most() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_BSP_EXPORT_TIMEOUT", "700")];
    let started = Instant::now();
    let output = program("once", &variables).output().unwrap();
    let took = started.elapsed();
    assert_eq!((stdout(&output).as_str(), output.status.code()), (OWN_OUTPUT, Some(3)));
    assert!(took >= Duration::from_millis(700) && took < Duration::from_secs(5), "{took:?}");
    assert!(stderr(&output).contains("OTEL_BSP_EXPORT_TIMEOUT"), "{}", stderr(&output));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_and_a_closed_stdout_are_reported_once() {
    let variables = [("OMEGI_CONSOLE_STREAM", "stderr"), ("OMEGI_FLOW_RATE", "1")];
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    // With a full stderr no message is possible, and the program must not notice.
    let output = program("once", &variables).stderr(full()).output().unwrap();
    assert_eq!((stdout(&output).as_str(), output.status.code()), (OWN_OUTPUT, Some(3)));

    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = program("quiet", &[("OMEGI_FLOW_RATE", "1")]).stdout(writer).output().unwrap();
    let messages = stderr(&output);
    assert_eq!(messages.matches("cannot write flows to stdout").count(), 1, "{messages}");
}
