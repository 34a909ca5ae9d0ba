//! The origins of settings, the level of messages, and settings without effect.

use super::{Level, Problem, Settings, Texts, check, program, resolve, resolve_both, right};

/// Resolves the settings of a program from texts in its code and in its environment.
fn in_code(code: Texts<'_>, environment: Texts<'_>) -> Settings {
    resolve_both(&program(true), environment, code).0
}

#[test]
fn the_environment_under_any_name_wins_over_code() {
    let settings = in_code(&[("OMEGI_SERVICE_NAME", "a")], &[("OTEL_SERVICE_NAME", "b")]);
    assert_eq!(settings.resource.service_name, "b");
    let settings = in_code(&[("OMEGI_SERVICE_NAME", "a")], &[("OTEL_SERVICE_NAME", "")]);
    assert_eq!(settings.resource.service_name, "a");
}

#[test]
fn a_services_name_among_the_environments_attributes_wins_over_code_too() {
    let (named, attribute) = ("OMEGI_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES");
    for (code, environment, name) in [
        ([(named, "code")], [(attribute, "service.name=prod")], "prod"),
        ([(named, "code")], [(attribute, "service.name=,a=1")], "code"),
        ([(named, "code")], [(attribute, "service.name")], "code"),
        ([(attribute, "service.name=code")], [(named, "prod")], "prod"),
        ([(attribute, "service.name=code")], [(attribute, "a=1")], "unknown_service:shop"),
    ] {
        assert_eq!(in_code(&code, &environment).resource.service_name, name, "{environment:?}");
    }
    let both = [(named, "first"), (attribute, "service.name=second")];
    assert_eq!(in_code(&both, &[]).resource.service_name, "first");
    assert_eq!(in_code(&[], &both).resource.service_name, "first");
}

#[test]
fn an_endpoint_for_all_signals_in_the_environment_wins_over_one_in_code() {
    let (own, metrics, shared) = (
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    );
    let code = [(own, "http://code/t"), (metrics, "http://code/m"), ("OTEL_METRICS_EXPORTER", "otlp")];
    for (environment, traces, metrics) in [
        ([(shared, "http://prod")], "http://prod/v1/traces", "http://prod/v1/metrics"),
        ([(shared, "nowhere")], "http://code/t", "http://code/m"),
        ([(own, "http://prod/t")], "http://prod/t", "http://code/m"),
    ] {
        let settings = in_code(&code, &environment);
        assert_eq!(settings.otlp.endpoint.as_str(), traces, "{environment:?}");
        assert_eq!(settings.metrics.unwrap().otlp.endpoint.as_str(), metrics, "{environment:?}");
    }
    let settings = in_code(&[(shared, "http://code")], &[(own, "http://prod/t")]);
    assert_eq!(settings.otlp.endpoint.as_str(), "http://prod/t");
}

#[test]
fn each_setting_is_listed_with_its_origin_and_without_secrets() {
    let code =
        [("OMEGI_MEMORY", "7MiB"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hunter2@host/?k=hunter2")];
    let environment = [
        ("OTEL_SERVICE_NAME", "shop"),
        ("OMEGI_TOKEN", "hunter2"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x=hunter2"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a=hunter2"),
        ("OMEGI_KAFKA_SECURITY_PROTOCOL", "sasl_ssl"),
        ("OMEGI_KAFKA_SASL_USERNAME", "me"),
        ("OMEGI_KAFKA_SASL_PASSWORD", "hunter2"),
        ("OMEGI_KAFKA_PROPERTIES", "ssl.key.password=hunter2"),
        ("OMEGI_ARGS", "sometimes"),
    ];
    let shown = in_code(&code, &environment).origins.to_string();
    for line in [
        "  OMEGI_SERVICE_NAME = \"shop\" (environment: OTEL_SERVICE_NAME)",
        "  OMEGI_TOKEN = **** (environment: OMEGI_TOKEN)",
        "  OTEL_RESOURCE_ATTRIBUTES = \"a=****\" (environment: OTEL_RESOURCE_ATTRIBUTES)",
        "  OTEL_EXPORTER_OTLP_TRACES_HEADERS = \"x=****\" (environment: OTEL_EXPORTER_OTLP_HEADERS)",
        "  OMEGI_KAFKA_PROPERTIES = \"ssl.key.password=****\" (environment: OMEGI_KAFKA_PROPERTIES)",
        "  OMEGI_MEMORY = \"7MiB\" (code)",
        "  OTEL_EXPORTER_OTLP_ENDPOINT = \"http://****@host/?****\" (code)",
        "  OMEGI_KAFKA_SASL_PASSWORD = **** (environment: OMEGI_KAFKA_SASL_PASSWORD)",
        "  OMEGI_ARGS = off (default)",
        "  OMEGI_CONSOLE_FORMAT = `tree` on a terminal, `json` otherwise (default)",
    ] {
        assert!(shown.lines().any(|it| it == line), "{line}\n{shown}");
    }
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(shown.lines().count(), 1 + crate::settings::table::ALL.len());
}

#[test]
fn settings_that_another_one_overrules_are_listed_as_not_used() {
    let code = [
        ("OMEGI_SERVICE_NAME", "a"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://a"),
        ("OMEGI_SWITCH_OFF", "true"),
    ];
    let environment = [
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=b"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://b"),
        ("OMEGI_FLOW_RATE", "3"),
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
        ("OMEGI_KAFKA_SSL_CA_LOCATION", "ca.pem"),
        ("OMEGI_KAFKA_SASL_PASSWORD", "hunter2"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "key.pem"),
        ("OMEGI_OVERHEAD", "1%"),
    ];
    let shown = in_code(&code, &environment).origins.to_string();
    for line in [
        "  OMEGI_SERVICE_NAME = \"a\" (code, not used)",
        "  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = \"http://a\" (code, not used)",
        "  OTEL_EXPORTER_OTLP_ENDPOINT = \"http://b\" (environment: OTEL_EXPORTER_OTLP_ENDPOINT)",
        "  OMEGI_SWITCH_OFF = \"true\" (code)",
        "  OMEGI_FLOW_RATE = \"3\" (environment: OMEGI_FLOW_RATE)",
        "  OTEL_TRACES_SAMPLER = \"traceidratio\" (environment: OTEL_TRACES_SAMPLER, not used)",
        "  OTEL_TRACES_SAMPLER_ARG = \"0.5\" (environment: OTEL_TRACES_SAMPLER_ARG, not used)",
        "  OMEGI_KAFKA_SSL_CA_LOCATION = \"ca.pem\" (environment: OMEGI_KAFKA_SSL_CA_LOCATION, not used)",
        "  OMEGI_KAFKA_SASL_PASSWORD = **** (environment: OMEGI_KAFKA_SASL_PASSWORD, not used)",
        "  OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY = \"key.pem\" (environment: \
        OTEL_EXPORTER_OTLP_CLIENT_KEY, not used)",
        "  OMEGI_OVERHEAD = \"1%\" (environment: OMEGI_OVERHEAD, not used)",
    ] {
        assert!(shown.lines().any(|it| it == line), "{line}\n{shown}");
    }
    let sampler = [("OTEL_TRACES_SAMPLER", "always_on")];
    let shown = in_code(&[("OMEGI_FLOW_RATE", "3")], &sampler).origins.to_string();
    assert!(shown.contains("  OMEGI_FLOW_RATE = \"3\" (code, not used)"), "{shown}");
}

#[test]
fn levels() {
    use Level::{Debug, Loss, Silent, Warning};
    let (level, debug) = ("OTEL_LOG_LEVEL", "OMEGI_DEBUG");
    check(
        |settings| settings.level,
        &[
            (&[], Warning, &[]),
            (&[(level, "none")], Silent, &[]),
            (&[(level, "ERROR")], Loss, &[]),
            (&[(level, "warn")], Warning, &[]),
            (&[(level, "debug")], Debug, &[]),
            (&[(level, "none"), (debug, "true")], Debug, &[]),
            (&[(level, "debug"), (debug, "false")], Warning, &[]),
            (&[(level, "error"), (debug, "false")], Loss, &[]),
            (
                &[(level, "debg"), (debug, "yes")],
                Warning,
                &[
                    "OTEL_LOG_LEVEL=\"debg\" is not one of none, error, warn, info, debug, off, fatal, \
                     warning, verbose, trace, all (did you mean debug?); using info",
                    "OMEGI_DEBUG=\"yes\" is not one of true, false; using false",
                ],
            ),
        ],
    );
}

#[test]
fn a_request_for_errors_as_logs_is_reported() {
    let line = |value: &str| {
        format!(
            "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN=\"{value}\" cannot be used: omegi exports no logs; \
            using a span event"
        )
    };
    for value in ["logs", "logs/dup"] {
        assert_eq!(resolve(&[("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", value)]).1, [line(value)]);
    }
    let nonsense =
        "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN=\"nonsense\" is not a known signal; using a span event";
    assert_eq!(resolve(&[("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", "nonsense")]).1, [nonsense]);
}

#[test]
fn unsupported_variables_are_reported_if_they_are_about_traces() {
    let (_, problems) = resolve(&[("OTEL_BSP_MAX_QUEUE_SIZE", "2048"), ("OTEL_CONFIG_FILE", "a.yaml")]);
    assert_eq!(
        problems,
        [
            "OTEL_BSP_MAX_QUEUE_SIZE has no effect: waiting flows are bounded in bytes, by `OMEGI_MEMORY`, \
             and not in spans; it is ignored",
            "OTEL_CONFIG_FILE has no effect: omegi is set up by variables and by code, and a file would \
             replace all of them; it is ignored",
        ]
    );
    right(&[("OTEL_METRICS_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "otlp")]);
}

#[test]
fn only_a_value_that_cannot_be_used_is_an_error() {
    let is_an_error = |variable: (&str, &str)| {
        let (_, problems): (_, Vec<Problem>) = resolve_both(&program(true), &[variable], &[]);
        assert_eq!(problems.len(), 1, "{variable:?}");
        problems[0].is_unusable_value()
    };
    for without_effect in [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "2048"),
        ("OMEGI_OVERHEAD", "5%"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "key.pem"),
        ("OMEGI_KAFKA_SSL_CA_LOCATION", "ca.pem"),
        ("OMEGI_KAFKA_SASL_USERNAME", "me"),
    ] {
        assert!(!is_an_error(without_effect), "{without_effect:?}");
    }
    for wrong in [
        ("OMEGI_MEMORY", "lots"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a"),
        ("OMEGI_KAFKA_SECURITY_PROTOCOL", "sasl_ssl"),
    ] {
        assert!(is_an_error(wrong), "{wrong:?}");
    }
}
