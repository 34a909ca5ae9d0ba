//! Where each setting comes from, what omegi says of itself, and what is set in vain.

use std::ffi::OsString;

use super::{Level, Settings, Source, check, program, resolve, right};

/// The settings of a program that says this where its environment says that.
fn in_code(code: &[(&str, &str)], environment: &[(&str, &str)]) -> Settings {
    let lookup = |source, name: &str| {
        let pairs = if source == Source::Code { code } else { environment };
        pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
    };
    Settings::resolve(lookup, &program(true)).0
}

#[test]
fn whatever_the_environment_says_under_any_name_wins_over_code() {
    let settings = in_code(&[("OMEGI_SERVICE_NAME", "a")], &[("OTEL_SERVICE_NAME", "b")]);
    assert_eq!(settings.service_name, "b");
    let settings = in_code(&[("OMEGI_SERVICE_NAME", "a")], &[("OTEL_SERVICE_NAME", "")]);
    assert_eq!(settings.service_name, "a");
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
        assert_eq!(in_code(&code, &environment).service_name, name, "{environment:?}");
    }
    let both = [(named, "first"), (attribute, "service.name=second")];
    assert_eq!(in_code(&both, &[]).service_name, "first");
    assert_eq!(in_code(&[], &both).service_name, "first");
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
fn each_setting_is_told_with_its_origin_and_without_secrets() {
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
    let told = in_code(&code, &environment).origins.to_string();
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
        assert!(told.lines().any(|it| it == line), "{line}\n{told}");
    }
    assert!(!told.contains("hunter2"), "{told}");
    assert_eq!(told.lines().count(), 1 + crate::settings::variables::ALL.len());
}

#[test]
fn what_is_set_and_not_heeded_is_told_as_that() {
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
    let told = in_code(&code, &environment).origins.to_string();
    for line in [
        "  OMEGI_SERVICE_NAME = \"a\" (code, not heeded)",
        "  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = \"http://a\" (code, not heeded)",
        "  OTEL_EXPORTER_OTLP_ENDPOINT = \"http://b\" (environment: OTEL_EXPORTER_OTLP_ENDPOINT)",
        "  OMEGI_SWITCH_OFF = \"true\" (code)",
        "  OMEGI_FLOW_RATE = \"3\" (environment: OMEGI_FLOW_RATE)",
        "  OTEL_TRACES_SAMPLER = \"traceidratio\" (environment: OTEL_TRACES_SAMPLER, not heeded)",
        "  OTEL_TRACES_SAMPLER_ARG = \"0.5\" (environment: OTEL_TRACES_SAMPLER_ARG, not heeded)",
        "  OMEGI_KAFKA_SSL_CA_LOCATION = \"ca.pem\" (environment: OMEGI_KAFKA_SSL_CA_LOCATION, not heeded)",
        "  OMEGI_KAFKA_SASL_PASSWORD = **** (environment: OMEGI_KAFKA_SASL_PASSWORD, not heeded)",
        "  OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY = \"key.pem\" (environment: OTEL_EXPORTER_OTLP_CLIENT_KEY, not heeded)",
        "  OMEGI_OVERHEAD = \"1%\" (environment: OMEGI_OVERHEAD, not heeded)",
    ] {
        assert!(told.lines().any(|it| it == line), "{line}\n{told}");
    }
    let sampler = [("OTEL_TRACES_SAMPLER", "always_on")];
    let told = in_code(&[("OMEGI_FLOW_RATE", "3")], &sampler).origins.to_string();
    assert!(told.contains("  OMEGI_FLOW_RATE = \"3\" (code, not heeded)"), "{told}");
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
                    "OTEL_LOG_LEVEL=\"debg\" is not one of none, error, warn, info, debug, off, fatal, warning, verbose, \
                     trace, all (did you mean debug?); using info",
                    "OMEGI_DEBUG=\"yes\" is not one of true, false; using false",
                ],
            ),
        ],
    );
}

#[test]
fn errors_as_logs_are_not_to_be_had() {
    let line = |value: &str| {
        format!(
            "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN=\"{value}\" cannot be used: omegi exports no logs; using a span event"
        )
    };
    for value in ["logs", "logs/dup"] {
        assert_eq!(resolve(&[("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", value)]).1, [line(value)]);
    }
    let nonsense =
        "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN=\"nonsense\" is no signal that is known; using a span event";
    assert_eq!(resolve(&[("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", "nonsense")]).1, [nonsense]);
}

#[test]
fn what_is_set_in_vain_is_told_where_it_is_about_traces() {
    let (_, problems) = resolve(&[("OTEL_BSP_MAX_QUEUE_SIZE", "2048"), ("OTEL_CONFIG_FILE", "a.yaml")]);
    assert_eq!(
        problems,
        [
            "OTEL_BSP_MAX_QUEUE_SIZE has no effect: what waits for export is bounded in bytes, by `OMEGI_MEMORY`, and not \
             in spans; using nothing of it",
            "OTEL_CONFIG_FILE has no effect: omegi is set up by variables and by code; a file would switch all of them \
             off; using nothing of it",
        ]
    );
    right(&[("OTEL_METRICS_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "otlp")]);
}

#[test]
fn only_what_cannot_be_used_is_an_error() {
    let is_an_error = |variable: (&str, &str)| {
        let lookup = |source, name: &str| {
            (source == Source::Environment && name == variable.0).then(|| OsString::from(variable.1))
        };
        let (_, problems) = Settings::resolve(lookup, &program(true));
        assert_eq!(problems.len(), 1, "{variable:?}");
        problems[0].is_about_an_unusable_value()
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
