//! Variables that are a setting each by themselves.

use super::*;

#[test]
fn project_root() {
    check(
        |settings| settings.project_root,
        &[(&[], None, &[]), (&[("OMEGI_PROJECT_ROOT", "/src/shop")], Some(PathBuf::from("/src/shop")), &[])],
    );
}

#[test]
fn propagators() {
    use Propagator::{B3, B3Multi, Baggage, Jaeger, TraceContext};
    let name = "OTEL_PROPAGATORS";
    check(
        |settings| settings.recording.propagators,
        &[
            (&[], vec![TraceContext, Baggage], &[]),
            (&[(name, " B3, jaeger ,b3multi,b3,")], vec![B3, Jaeger, B3Multi], &[]),
            (&[(name, "none")], vec![], &[]),
            (
                &[(name, "none,b3")],
                vec![B3],
                &["OTEL_PROPAGATORS holds \"none\", which contradicts the other propagators in the \
                    list; using b3"],
            ),
            (
                &[(name, "xray,OTtrace,b3")],
                vec![B3],
                &[
                    "OTEL_PROPAGATORS holds \"xray\", which cannot be used: this version has no X-Ray \
                     propagator; using b3",
                    "OTEL_PROPAGATORS holds \"OTtrace\", which cannot be used: this version has no OT Trace \
                     propagator; using b3",
                ],
            ),
            (
                &[(name, "trace-context")],
                vec![TraceContext, Baggage],
                &["OTEL_PROPAGATORS holds \"trace-context\", which is not one of tracecontext, baggage, \
                   b3, b3multi, jaeger, none (did you mean tracecontext?); using tracecontext, baggage"],
            ),
        ],
    );
}

#[test]
fn known_methods() {
    let name = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS";
    let known = |settings: Settings| settings.recording.known_methods.join(" ");
    check(
        known,
        &[
            (&[], "CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT TRACE".to_owned(), &[]),
            (&[(name, " GET, BREW,")], "GET BREW".to_owned(), &[]),
        ],
    );
}

#[test]
fn switches() {
    let not_bool = |name: &str, value: &str| format!("{name}=\"{value}\" is not one of true, false; using ");
    let (yes, one) = (not_bool("OMEGI_SWITCH_OFF", "yes"), not_bool("OMEGI_DEBUG", "1"));
    check(
        |settings| (settings.switched_off, settings.level == Level::Debug),
        &[
            (&[("OMEGI_SWITCH_OFF", "TRUE"), ("OMEGI_DEBUG", "true")], (true, true), &[]),
            (&[("OTEL_SDK_DISABLED", "True")], (true, false), &[]),
            (&[("OMEGI_SWITCH_OFF", "False"), ("OTEL_SDK_DISABLED", "true")], (false, false), &[]),
            (&[("OMEGI_SWITCH_OFF", "yes")], (false, false), &[&format!("{yes}false")]),
            (&[("OMEGI_DEBUG", "1")], (false, false), &[&format!("{one}false")]),
            (
                &[("OMEGI_SWITCH_OFF", "yes"), ("OTEL_SDK_DISABLED", "true")],
                (true, false),
                &[&format!("{yes}OTEL_SDK_DISABLED=\"true\"")],
            ),
        ],
    );
}

#[test]
fn masking() {
    let name = "OMEGI_SECRET_MASKING_REGEX";
    check(
        |settings| ["password", "ssn"].map(|name| settings.recording.masking.masks(name)),
        &[
            (&[], [true, false], &[]),
            (&[(name, r#"["ssn"]"#)], [false, true], &[]),
            (
                &[(name, ".*ssn.*")],
                [true, false],
                &["OMEGI_SECRET_MASKING_REGEX=\".*ssn.*\" is not a JSON list of regular expressions; \
                   using the default patterns"],
            ),
            (
                &[(name, r#"["ssn", "["]"#)],
                [true, true],
                &["OMEGI_SECRET_MASKING_REGEX holds \"[\", which is not a regular expression (found \
                   unclosed character class); using the default patterns and the good ones of the list"],
            ),
        ],
    );
}

#[test]
fn arguments() {
    let name = "OMEGI_ARGS";
    check(
        |settings| settings.recording.arguments,
        &[
            (&[], ArgumentMode::Off, &[]),
            (&[(name, "sampled")], ArgumentMode::Sampled, &[]),
            (&[(name, "always")], ArgumentMode::Always, &[]),
            (
                &[(name, "allways")],
                ArgumentMode::Off,
                &["OMEGI_ARGS=\"allways\" is not one of off, sampled, always (did you mean always?); \
                    using off"],
            ),
        ],
    );
}

#[test]
fn memory() {
    let name = "OMEGI_MEMORY";
    check(
        |settings| settings.memory,
        &[
            (&[], 64 << 20, &[]),
            (&[(name, "1GiB")], 1 << 30, &[]),
            (
                &[(name, "lots")],
                64 << 20,
                &["OMEGI_MEMORY=\"lots\" is not a size such as 64MiB, 1GiB, 500kB or 67108864; using 64MiB"],
            ),
            (
                &[(name, "500kB")],
                64 << 20,
                &["OMEGI_MEMORY=\"500kB\" is less than 1MiB, the least that omegi works with; using 64MiB"],
            ),
        ],
    );
}

#[test]
fn limits_and_times() {
    let pick = |settings: Settings| {
        let millis = [settings.schedule_delay, settings.flush_timeout].map(|time| time.as_millis());
        (settings.recording.limits.value_length, settings.max_export_batch, millis)
    };
    let no_limit = u128::from(u32::MAX);
    check(
        pick,
        &[
            (&[], (2048, 512, [100, 5000]), &[]),
            (&[("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9")], (9, 512, [100, 5000]), &[]),
            (
                &[
                    ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9"),
                    ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "0"),
                ],
                (0, 512, [100, 5000]),
                &[],
            ),
            (
                &[("OTEL_BSP_SCHEDULE_DELAY", "0"), ("OTEL_BSP_EXPORT_TIMEOUT", "0")],
                (2048, 512, [0, no_limit]),
                &[],
            ),
            (
                &[
                    ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "x"),
                    ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9"),
                ],
                (9, 512, [100, 5000]),
                &["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT=\"x\" is not a whole number (0, 1, 2 …); \
                   using OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT=\"9\""],
            ),
            (
                &[("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "0"), ("OTEL_BSP_EXPORT_TIMEOUT", "5s")],
                (2048, 512, [100, 5000]),
                &[
                    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=\"0\" is not between 1 and 2147483647; using 512",
                    "OTEL_BSP_EXPORT_TIMEOUT=\"5s\" is not a whole number (0, 1, 2 …); using 5000",
                ],
            ),
            (
                &[("OTEL_BSP_SCHEDULE_DELAY", "99999999999")],
                (2048, 512, [100, 5000]),
                &["OTEL_BSP_SCHEDULE_DELAY=\"99999999999\" is not between 0 and 4294967295; using 100"],
            ),
        ],
    );
}

#[test]
fn files() {
    let here = |name: &str| std::path::absolute(name).unwrap();
    let settings = right(&[]);
    assert_eq!((settings.file.path, settings.dump), (here("omegi-flows.jsonl"), None));
    let variables = [("OMEGI_FILE_PATH", "/a.jsonl"), ("OMEGI_DEBUG_SPANDUMP", "b.jsonl")];
    let settings = right(&variables);
    assert_eq!((settings.file.path, settings.dump), ("/a.jsonl".into(), Some(here("b.jsonl"))));
    check(
        |settings| (settings.file.max_bytes, settings.file.max_files, settings.file.sync),
        &[
            (&[], (Some(64 << 20), 5, FileSync::Never), &[]),
            (
                &[
                    ("OMEGI_FILE_MAX_SIZE", "1GiB"),
                    ("OMEGI_FILE_MAX_FILES", "1"),
                    ("OMEGI_FILE_FSYNC", "batch"),
                ],
                (Some(1 << 30), 1, FileSync::Batch),
                &[],
            ),
            (&[("OMEGI_FILE_MAX_SIZE", "0")], (None, 5, FileSync::Never), &[]),
            (
                &[
                    ("OMEGI_FILE_MAX_SIZE", "big"),
                    ("OMEGI_FILE_MAX_FILES", "0"),
                    ("OMEGI_FILE_FSYNC", "often"),
                ],
                (Some(64 << 20), 5, FileSync::Never),
                &[
                    "OMEGI_FILE_MAX_SIZE=\"big\" is not a size such as 64MiB, 1GiB, 500kB or 67108864; \
                    using 64MiB",
                    "OMEGI_FILE_MAX_FILES=\"0\" is not between 1 and 2147483647; using 5",
                    "OMEGI_FILE_FSYNC=\"often\" is not one of never, batch; using never",
                ],
            ),
        ],
    );
}

#[test]
fn spool_and_signals() {
    check(
        |settings| (settings.spool, settings.spool_size, settings.signals),
        &[
            (&[], (None, 64 << 20, false), &[]),
            (
                &[("OMEGI_SPOOL", "/var/spool"), ("OMEGI_SPOOL_SIZE", "1GiB"), ("OMEGI_SIGNALS", "true")],
                (Some(PathBuf::from("/var/spool")), 1 << 30, true),
                &[],
            ),
            (
                &[("OMEGI_SPOOL_SIZE", "1"), ("OMEGI_SIGNALS", "1")],
                (None, 64 << 20, false),
                &[
                    "OMEGI_SPOOL_SIZE=\"1\" is less than 1MiB, the least that omegi works with; using 64MiB",
                    "OMEGI_SIGNALS=\"1\" is not one of true, false; using false",
                ],
            ),
        ],
    );
}
