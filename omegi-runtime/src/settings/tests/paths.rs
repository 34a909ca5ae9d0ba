//! Paths that are not UTF-8, from the environment and from code.
#![cfg(unix)]

use std::os::unix::ffi::OsStringExt as _;

use super::*;
use crate::settings::file::{DEBUG_SPANDUMP, FILE_PATH};
use crate::settings::general::PROJECT_ROOT;

/// A path of Latin-1, which is no UTF-8.
fn latin() -> OsString {
    OsString::from_vec(b"/srv/caf\xe9".to_vec())
}

/// Resolves the settings of an environment in which this variable holds the path.
fn with_path(name: &str, others: Texts<'_>) -> (Settings, Vec<String>) {
    let environment = |requested: &str| match others.iter().find(|(known, _)| *known == requested) {
        Some((_, text)) => Some(text.into()),
        None => (requested == name).then(latin),
    };
    let (settings, problems) = Settings::resolve(environment, &CodeValues::default(), &program(true));
    (settings, problems.iter().map(Problem::to_string).collect())
}

#[track_caller]
fn keeps(name: &str, others: Texts<'_>, pick: impl Fn(Settings) -> Option<PathBuf>) {
    let (settings, problems) = with_path(name, others);
    assert_eq!((pick(settings), problems), (Some(PathBuf::from(latin())), vec![]), "{name}");
}

#[test]
fn paths_in_the_environment_are_kept() {
    let key = [("OTEL_EXPORTER_OTLP_CLIENT_KEY", "key.pem")];
    let certificate = [("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "client.pem")];
    keeps("OMEGI_PROJECT_ROOT", &[], |settings| settings.project_root);
    keeps("OMEGI_SPOOL", &[], |settings| settings.spool);
    keeps("OMEGI_FILE_PATH", &[], |settings| Some(settings.file.path));
    keeps("OMEGI_DEBUG_SPANDUMP", &[], |settings| settings.dump);
    keeps("OMEGI_CONSOLE_STREAM", &[], |settings| match settings.console.destination {
        Destination::File(path) => Some(path),
        Destination::Stream(_) => None,
    });
    keeps("OTEL_EXPORTER_OTLP_CERTIFICATE", &[], |settings| settings.otlp.certificate);
    keeps("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &key, |settings| settings.otlp.client_certificate);
    keeps("OTEL_EXPORTER_OTLP_CLIENT_KEY", &certificate, |settings| settings.otlp.client_key);
}

#[test]
fn paths_in_code_are_kept() {
    let path = PathBuf::from(latin());
    let mut code = CodeValues::default();
    code.set(&PROJECT_ROOT, path.clone());
    code.set(&SPOOL, path.clone());
    code.set(&FILE_PATH, path.clone());
    code.set(&DEBUG_SPANDUMP, path.clone());
    let (settings, problems) = Settings::resolve(|_| None, &code, &program(true));
    assert_eq!(problems, []);
    assert_eq!(settings.project_root.as_ref(), Some(&path));
    assert_eq!(settings.spool.as_ref(), Some(&path));
    assert_eq!((settings.file.path, settings.dump), (path.clone(), Some(path)));
}

#[test]
fn librdkafka_cannot_use_such_a_path_and_none_is_used_instead() {
    let tls = [("OMEGI_KAFKA_SECURITY_PROTOCOL", "ssl")];
    let (settings, problems) = with_path("OMEGI_KAFKA_SSL_CA_LOCATION", &tls);
    assert_eq!(settings.kafka.ca_location, None);
    let line = "OMEGI_KAFKA_SSL_CA_LOCATION=\"/srv/caf\u{fffd}\" is not UTF-8 text; using the certificates \
                that the system trusts";
    assert_eq!(problems, [line]);
}

#[test]
fn a_value_that_has_to_be_text_is_shown_lossily() {
    let (settings, problems) = with_path("OMEGI_FLOW_RATE", &[]);
    assert_eq!(settings.sampling, HeadSampling::OneIn(FlowRate::one_in(5)));
    assert_eq!(problems, ["OMEGI_FLOW_RATE=\"/srv/caf\u{fffd}\" is not UTF-8 text; using 5"]);
    let (_, problems) = resolve(&[("OMEGI_CONSOLE_STREAM", "stdfoo")]);
    assert_eq!(problems.len(), 1);
}
