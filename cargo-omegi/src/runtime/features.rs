//! The cargo features with which omegi is built for a woven program.

use std::cell::RefCell;
use std::ffi::OsString;

use omegi_runtime::{ExporterKind, exporters_by};

/// Returns the features for the exporters and signals that the environment chooses, as a comma
/// list; `lookup` reads a variable.
///
/// The console and files need no feature. OTLP means some 60 crates more to build, and to optimise
/// in a program with LTO; Kafka means a C library.
pub(crate) fn features(lookup: impl Fn(&str) -> Option<OsString>) -> String {
    let exporters = exporters_by(&lookup);
    let mut features = vec!["enable", "autostart"];
    for (kind, feature) in [(ExporterKind::Otlp, "otlp"), (ExporterKind::Kafka, "kafka")] {
        if exporters.contains(&kind) {
            features.push(feature);
        }
    }
    if lookup("OMEGI_SIGNALS").is_some_and(|value| !value.is_empty()) {
        features.push("signals");
    }
    features.join(",")
}

/// Returns the variables that decide about [`features`] in this environment.
pub(crate) fn variables_of_features() -> Vec<String> {
    let read = RefCell::new(Vec::new());
    features(|name| {
        read.borrow_mut().push(name.to_owned());
        std::env::var_os(name)
    });
    let mut read = read.into_inner();
    read.sort();
    read.dedup();
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exporter_is_built_in_if_the_program_will_use_it() {
        let kind = "OMEGI_EXPORTER_KIND";
        let otel = "OTEL_TRACES_EXPORTER";
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://backend:4318");
        let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://backend:4318/v1/traces");
        for (variables, expected) in [
            (&[][..], "enable,autostart"),
            (&[(kind, "Otlp , console")], "enable,autostart,otlp"),
            (&[(kind, "kafka,OTLP,")], "enable,autostart,otlp,kafka"),
            (&[(kind, "Kafka")], "enable,autostart,kafka"),
            (&[(kind, "nototlp")], "enable,autostart"),
            (&[(kind, "otlp-kafka")], "enable,autostart"),
            (&[(kind, "none"), endpoint], "enable,autostart"),
            (&[(kind, "file"), endpoint, (otel, "otlp")], "enable,autostart"),
            // An invalid value leaves the choice to the other variables.
            (&[(kind, "nototlp"), endpoint], "enable,autostart,otlp"),
            (&[(kind, ""), endpoint], "enable,autostart,otlp"),
            (&[traces], "enable,autostart,otlp"),
            (&[(otel, "otlp")], "enable,autostart,otlp"),
            (&[(otel, "zipkin")], "enable,autostart"),
            (&[("OMEGI_SIGNALS", "true")], "enable,autostart,signals"),
            (&[(otel, "console"), endpoint], "enable,autostart"),
        ] {
            let lookup = |name: &str| {
                let set = variables.iter().find(|(known, _)| *known == name);
                set.map(|(_, value)| OsString::from(value))
            };
            assert_eq!(features(lookup), expected, "{variables:?}");
        }
    }
}
