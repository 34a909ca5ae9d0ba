//! The exporters of kept flows.

use super::*;

#[test]
fn exporters() {
    use ExporterKind::{Console, File, Kafka, Otlp};
    let kind = "OMEGI_EXPORTER_KIND";
    let otel = "OTEL_TRACES_EXPORTER";
    let backend = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://backend:4318");
    let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://backend:4318/v1/traces");
    check(
        |settings| settings.exporters,
        &[
            (&[], vec![Console], &[]),
            (&[backend], vec![Otlp], &[]),
            (&[traces], vec![Otlp], &[]),
            (&[backend, (kind, "console")], vec![Console], &[]),
            (&[(otel, "otlp")], vec![Otlp], &[]),
            (&[(otel, "otlp"), (kind, "console")], vec![Console], &[]),
            (&[(kind, "OTLP, console,otlp,")], vec![Otlp, Console], &[]),
            (&[(kind, "none"), backend], vec![], &[]),
            (
                &[(kind, "none,otlp")],
                vec![Otlp],
                &["OMEGI_EXPORTER_KIND holds \"none\", which contradicts the other exporters in the list; \
                   using otlp"],
            ),
            (
                &[(kind, "consol")],
                vec![Console],
                &["OMEGI_EXPORTER_KIND holds \"consol\", which is not one of console, otlp, file, kafka, \
                   none (did you mean console?); using console"],
            ),
            (
                &[(kind, "zipkin"), (otel, "otlp")],
                vec![Otlp],
                &["OMEGI_EXPORTER_KIND holds \"zipkin\", which is not one of console, otlp, file, kafka, \
                      none; using otlp"],
            ),
            (&[(kind, "kafka,file,otlp,console")], vec![Kafka, File, Otlp, Console], &[]),
        ],
    );
}

#[test]
fn a_program_with_own_exporters_gets_others_only_on_request() {
    use ExporterKind::{Console, Otlp};
    let backend = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://backend:4318");
    for (variables, expected) in [
        (&[][..], vec![]),
        (&[backend][..], vec![Otlp]),
        (&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://backend:4318/m")], vec![]),
        (&[("OTEL_TRACES_EXPORTER", "console")], vec![Console]),
        (&[("OMEGI_EXPORTER_KIND", "none"), backend], vec![]),
    ] {
        let program = Program { own_exporters: true, ..program(true) };
        for (settings, problems) in
            [resolve_both(&program, variables, &[]), resolve_both(&program, &[], variables)]
        {
            assert_eq!((settings.exporters, problems.len()), (expected.clone(), 0), "{variables:?}");
        }
    }
    let without_otlp = Program { own_exporters: true, ..program(false) };
    for variable in [("OMEGI_EXPORTER_KIND", "consol"), backend] {
        let (settings, problems) = resolve_in(&without_otlp, &[variable]);
        assert_eq!(settings.exporters, []);
        assert!(matches!(&*problems, [line] if line.ends_with("; using none")), "{problems:?}");
    }
}

#[test]
fn exporters_without_the_cargo_feature_otlp() {
    let backend = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hunter2@backend:4318");
    let requested = "OMEGI_EXPORTER_KIND holds \"otlp\", which cannot be used: the program was built without \
                 omegi's cargo feature `otlp`; using console";
    let implied = "OTEL_EXPORTER_OTLP_ENDPOINT=\"http://****@backend:4318\" cannot be used: the program was \
                   built without omegi's cargo feature `otlp`; using console";
    for (variables, line) in
        [(&[("OMEGI_EXPORTER_KIND", "otlp"), backend][..], requested), (&[backend][..], implied)]
    {
        let (settings, problems) = resolve_in(&program(false), variables);
        assert_eq!(settings.exporters, [ExporterKind::Console]);
        assert_eq!(problems, [line]);
    }
}

#[test]
fn exporters_without_the_cargo_feature_kafka() {
    for (list, expected, using) in
        [("kafka", vec![ExporterKind::Console], "console"), ("none,kafka", vec![], "none")]
    {
        let (settings, problems) = resolve_in(&program(false), &[("OMEGI_EXPORTER_KIND", list)]);
        assert_eq!(settings.exporters, expected);
        let reason = "OMEGI_EXPORTER_KIND holds \"kafka\", which cannot be used: the program was built \
                    without omegi's cargo feature `kafka`";
        assert_eq!(problems, [format!("{reason}; using {using}")]);
    }
}
