//! Values that code sets by type.

use std::num::NonZeroU64;
use std::time::Duration;

use super::*;

/// Resolves the settings of a program that sets one variable in code.
fn with<T: CodeSettable>(variable: &Variable<T>, value: T) -> (Settings, Vec<String>) {
    with_both(&[], variable, value, &program(true))
}

fn with_both<T: CodeSettable>(
    environment: Texts<'_>,
    variable: &Variable<T>,
    value: T,
    program: &Program,
) -> (Settings, Vec<String>) {
    let environment: HashMap<_, _> = environment.iter().copied().collect();
    let mut code = CodeValues::default();
    code.set(variable, value);
    let environment = |name: &str| environment.get(name).map(OsString::from);
    let (settings, problems) = Settings::resolve(environment, &code, program);
    (settings, problems.iter().map(Problem::to_string).collect())
}

#[test]
fn a_value_arrives_as_it_is() {
    let arrives = |outcome: (Settings, Vec<String>)| {
        assert_eq!(outcome.1, [""; 0]);
        outcome.0
    };
    assert_eq!(arrives(with(&MEMORY, 7 << 20)).memory, 7 << 20);
    assert_eq!(arrives(with(&SPOOL_SIZE, 1 << 40)).spool_size, 1 << 40);
    assert_eq!(arrives(with(&SERVICE_NAME, "a b".to_owned())).resource.service_name, "a b");
    assert_eq!(arrives(with(&ERRORS, CountedErrors::Escaped)).counted_errors, CountedErrors::Escaped);
    assert_eq!(arrives(with(&ERROR_LIMIT, None)).error_limit, None);
    assert_eq!(arrives(with(&ERROR_LIMIT, NonZeroU64::new(3))).error_limit, NonZeroU64::new(3));
    assert_eq!(arrives(with(&EXPORTER_KIND, vec![])).exporters, []);
    let twice = vec![ExporterKind::File, ExporterKind::Otlp, ExporterKind::File];
    assert_eq!(arrives(with(&EXPORTER_KIND, twice)).exporters, [ExporterKind::File, ExporterKind::Otlp]);
    assert_eq!(arrives(with(&PROPAGATORS, vec![Propagator::B3])).recording.propagators, [Propagator::B3]);
    assert!(arrives(with(&METRICS_EXPORTER, vec![MetricExporter::Otlp])).metrics.is_some());
    assert!(arrives(with(&SIGNALS, true)).signals);
}

#[test]
fn blanks_around_a_text_do_not_belong_to_it() {
    assert_eq!(with(&SERVICE_NAME, " a b\r\n".to_owned()).0.resource.service_name, "a b");
    assert_eq!(with(&TOKEN, SecretText::new("hunter2\n")).0.token, Some(SecretText::new("hunter2")));
    assert_eq!(with(&TOKEN, SecretText::new(" \n")).0.token, None);
}

#[test]
fn a_value_out_of_range_is_reported_as_a_text_would_be() {
    let (settings, problems) = with(&MEMORY, 1);
    assert_eq!(settings.memory, 64 << 20);
    assert_eq!(
        problems,
        ["OMEGI_MEMORY=\"1\" is less than 1MiB, the least that omegi works with; using 64MiB"]
    );
    let sampler = [("OTEL_TRACES_SAMPLER", "traceidratio")];
    let (_, problems) = with_both(&sampler, &SAMPLER_ARG, 1.5, &program(true));
    assert_eq!(problems, ["OTEL_TRACES_SAMPLER_ARG=\"1.5\" is not a number from 0 to 1; using 1"]);
    let (_, problems) = with(&TOKEN, SecretText::new("hunter\n2"));
    assert_eq!(
        problems,
        ["OMEGI_TOKEN=**** holds a character that a header cannot carry (a line break?); using no token"]
    );
}

#[test]
fn an_exporter_that_is_not_built_in_is_reported_and_the_others_are_used() {
    let reason = "OMEGI_EXPORTER_KIND holds \"kafka\", which cannot be used: the program was built without \
                omegi's cargo feature `kafka`; using ";
    for (kinds, expected, using) in [
        (vec![ExporterKind::Kafka, ExporterKind::File], ExporterKind::File, "file"),
        (vec![ExporterKind::Kafka], ExporterKind::Console, "console"),
    ] {
        let (settings, problems) = with_both(&[], &EXPORTER_KIND, kinds, &program(false));
        assert_eq!(settings.exporters, [expected]);
        assert_eq!(problems, [format!("{reason}{using}")]);
    }
    let (settings, problems) = with_both(&[], &METRICS_EXPORTER, vec![MetricExporter::Otlp], &program(false));
    assert!(settings.metrics.is_none());
    assert!(problems[0].contains("without omegi's cargo feature `otlp`"), "{problems:?}");
}

#[test]
fn times_are_whole_milliseconds_and_a_timeout_of_zero_is_no_limit() {
    let flush = |time| with(&FLUSH_TIMEOUT, time).0.flush_timeout;
    let no_limit = Duration::from_millis(u32::MAX.into());
    assert_eq!(flush(Duration::from_micros(1_500)), Duration::from_millis(1));
    assert_eq!((flush(Duration::ZERO), flush(Duration::MAX)), (no_limit, no_limit));
    assert_eq!(with(&FLOW_WAIT, Duration::ZERO).0.recording.flow_wait, Duration::ZERO);
    assert_eq!(with(&FLOW_OPEN, Duration::ZERO).0.recording.flow_open, no_limit);
}

#[test]
fn the_environment_wins_over_a_typed_value_and_an_empty_one_is_unset() {
    let environment = [("OMEGI_MEMORY", "8MiB")];
    assert_eq!(with_both(&environment, &MEMORY, 7 << 20, &program(true)).0.memory, 8 << 20);
    assert_eq!(with(&SERVICE_NAME, String::new()).0.resource.service_name, "unknown_service:shop");
    assert_eq!(with(&SPOOL, PathBuf::new()).0.spool, None);
}

#[test]
fn a_later_value_replaces_an_earlier_one_be_it_text_or_typed() {
    let mut code = CodeValues::default();
    code.set(&MEMORY, 7 << 20);
    code.set_text("OMEGI_MEMORY", "9MiB");
    assert_eq!(Settings::resolve(|_| None, &code, &program(true)).0.memory, 9 << 20);
    code.set(&MEMORY, 7 << 20);
    assert_eq!(Settings::resolve(|_| None, &code, &program(true)).0.memory, 7 << 20);
}

#[test]
fn the_origin_of_a_typed_value_shows_its_text_without_secrets() {
    let origin = |settings: Settings| settings.origins.to_string();
    let memory = origin(with(&MEMORY, 7 << 20).0);
    assert!(memory.contains("  OMEGI_MEMORY = \"7340032\" (code)"), "{memory}");
    let token = origin(with(&TOKEN, SecretText::new("hunter2")).0);
    assert!(token.contains("  OMEGI_TOKEN = **** (code)") && !token.contains("hunter2"), "{token}");
    let none = origin(with(&EXPORTER_KIND, vec![]).0);
    assert!(none.contains("  OMEGI_EXPORTER_KIND = \"none\" (code)"), "{none}");
}
