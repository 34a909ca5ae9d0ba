//! Tests of every variable through the door that a program uses: default, valid, invalid,
//! conflicting.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::PathBuf;

use omegi_config::{KafkaConfig, OtlpConfig};

use super::program::Program;
use super::*;
use crate::vocabulary::say::Level;

mod code;
mod console;
mod errors;
mod exporters;
mod general;
mod kafka;
mod limits;
mod metrics;
mod origins;
mod otlp;
mod paths;
mod proxies;
mod resource;
mod sampling;
mod specification;
mod table;

/// Names and texts of variables.
type Texts<'t> = &'t [(&'t str, &'t str)];

/// Resolves the settings of a program from texts in its environment and in its code.
fn resolve_both(program: &Program, environment: Texts<'_>, code: Texts<'_>) -> (Settings, Vec<Problem>) {
    let environment: HashMap<_, _> = environment.iter().copied().collect();
    Settings::resolve(|name| environment.get(name).map(OsString::from), &in_code(code), program)
}

fn in_code(texts: Texts<'_>) -> CodeValues {
    let mut code = CodeValues::default();
    texts.iter().for_each(|(name, text)| code.set_text((*name).to_owned(), *text));
    code
}

fn resolve_in(program: &Program, environment: Texts<'_>) -> (Settings, Vec<String>) {
    let (settings, problems) = resolve_both(program, environment, &[]);
    (settings, problems.iter().map(Problem::to_string).collect())
}

fn resolve(environment: Texts<'_>) -> (Settings, Vec<String>) {
    resolve_in(&program(true), environment)
}

fn program(otlp: bool) -> Program {
    Program {
        executable: Some("shop".to_owned()),
        otlp,
        kafka: otlp,
        own_exporters: false,
        autostart: false,
        is_cgi: false,
        woven: None,
    }
}

/// Returns the settings of an environment without a problem.
#[track_caller]
fn right(environment: Texts<'_>) -> Settings {
    let (settings, problems) = resolve(environment);
    assert_eq!(problems, [""; 0]);
    settings
}

/// One case: the environment, the value of the settings that is tested, and the lines of its
/// problems.
type Case<'c, T> = (Texts<'c>, T, &'c [&'c str]);

#[track_caller]
fn check<T: PartialEq + std::fmt::Debug>(pick: impl Fn(Settings) -> T, cases: &[Case<'_, T>]) {
    for (environment, expected, lines) in cases {
        let (settings, problems) = resolve(environment);
        assert_eq!(&pick(settings), expected, "{environment:?}");
        assert_eq!(&problems, lines, "{environment:?}");
    }
}

#[test]
fn an_empty_environment_has_no_problem_and_gives_the_defaults_in_code() {
    let settings = right(&[]);
    assert!(!settings.switched_off && settings.level == Level::Warning);
    assert_eq!(settings.exporters, [ExporterKind::Console]);
    assert_eq!(ClockMode::default(), ClockMode::Adaptive);
    assert_eq!(settings.memory, DEFAULT_MEMORY);
    assert_eq!(settings.file, FileConfig::new(settings.file.path.clone()));
    let otlp = OtlpConfig::new(OtlpProtocol::HttpProtobuf, "http://localhost:4318/v1/traces");
    assert_eq!(format!("{:?}", settings.otlp), format!("{otlp:?}"));
    let kafka = KafkaConfig::new(["localhost:9092"]);
    assert_eq!(format!("{:?}", settings.kafka), format!("{kafka:?}"));
}

#[test]
fn variables_set_to_nothing_count_as_unset() {
    for nothing in ["", " ", "\t \r\n"] {
        let empty: Vec<_> = super::table::names().map(|name| (name, nothing)).collect();
        assert_eq!(format!("{:?}", right(&empty)), format!("{:?}", right(&[])), "{nothing:?}");
        let (settings, problems) = resolve_both(&program(true), &[], &empty);
        assert_eq!((format!("{settings:?}"), problems), (format!("{:?}", right(&[])), vec![]), "{nothing:?}");
    }
}

#[test]
fn the_variables_that_are_read_are_those_of_the_tables() {
    let requested = RefCell::new(BTreeSet::new());
    let environment = |name: &str| {
        requested.borrow_mut().insert(name.to_owned());
        None
    };
    let _ = Settings::resolve(environment, &CodeValues::default(), &program(true));
    let listed: BTreeSet<_> = super::table::names().chain(unsupported::names()).map(str::to_owned).collect();
    requested.borrow_mut().extend(unsupported::names().map(str::to_owned));
    assert_eq!(requested.into_inner(), listed);
}

#[test]
fn variables_without_effect_are_reported() {
    let (_, problems) = resolve(&[("OMEGI_OVERHEAD", "1%")]);
    assert_eq!(
        problems,
        ["OMEGI_OVERHEAD=\"1%\" has no effect: this version has no overhead governor; it is ignored",]
    );
}

#[test]
fn no_value_of_any_variable_breaks_anything() {
    let huge = "9".repeat(10_000);
    let elsewhere = format!("http://{huge}");
    let others = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", elsewhere.as_str()),
        ("OTEL_SERVICE_NAME", &huge),
        ("OTEL_METRICS_EXPORTER", "otlp"),
    ];
    let hostile =
        ["\0", "\n", "\u{1b}[2J", "=", ",", "%", "[", "[\"(\"]", "://", "http://", "-1", "é", &huge];
    for name in super::table::names() {
        for value in hostile {
            let (_, problems) = resolve(&[&others[..], &[(name, value)]].concat());
            for line in problems {
                assert!(line.starts_with(name), "{line}");
                assert!(!line.contains(char::is_control), "{line:?}");
                assert!(line.chars().count() < 500, "{line}");
            }
        }
    }
}

#[test]
fn debug_shows_no_secret() {
    let (settings, problems) = resolve(&[
        ("OMEGI_TOKEN", "hunter2"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hunter2@host/?key=hunter2"),
        ("http_proxy", "http://me:hunter2@proxy"),
        ("OTEL_RESOURCE_ATTRIBUTES", "db.password=hunter2"),
        ("OMEGI_KAFKA_SECURITY_PROTOCOL", "sasl_ssl"),
        ("OMEGI_KAFKA_SASL_USERNAME", "me"),
        ("OMEGI_KAFKA_SASL_PASSWORD", "hunter2"),
        ("OMEGI_KAFKA_PROPERTIES", "ssl.key.password=hunter2"),
    ]);
    let shown = format!("{settings:?} {problems:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
