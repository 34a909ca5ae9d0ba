//! Every variable, through the same door as at run time: default, valid, invalid, conflicting.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::origins::Source;
use super::program::Program;
use super::*;
use crate::vocabulary::ErrorText;
use crate::vocabulary::say::Level;

mod limits;
mod metrics;
mod origins;
mod resource;
mod sampling;
mod specification;
mod table;

const PROGRAM: Option<&str> = Some("shop");

fn resolve_in(program: &Program, variables: &[(&str, &str)]) -> (Settings, Vec<String>) {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    let lookup = |source, name: &str| match source {
        Source::Environment => variables.get(name).map(OsString::from),
        Source::Code => None,
    };
    let (settings, problems) = Settings::resolve(lookup, program);
    (settings, problems.iter().map(Problem::to_string).collect())
}

fn program(otlp: bool) -> Program {
    Program {
        executable: PROGRAM.map(str::to_owned),
        otlp,
        kafka: otlp,
        own_exporters: false,
        autostart: false,
    }
}

fn resolve(variables: &[(&str, &str)]) -> (Settings, Vec<String>) {
    resolve_in(&program(true), variables)
}

/// The settings of an environment in which nothing is wrong.
#[track_caller]
fn right(variables: &[(&str, &str)]) -> Settings {
    let (settings, problems) = resolve(variables);
    assert_eq!(problems, [""; 0]);
    settings
}

/// One case: the environment, what it leads to, and the lines that it is answered with.
type Case<'c, T> = (&'c [(&'c str, &'c str)], T, &'c [&'c str]);

#[track_caller]
fn check<T: PartialEq + std::fmt::Debug>(pick: impl Fn(Settings) -> T, cases: &[Case<'_, T>]) {
    for (variables, expected, lines) in cases {
        let (settings, problems) = resolve(variables);
        assert_eq!(&pick(settings), expected, "{variables:?}");
        assert_eq!(&problems, lines, "{variables:?}");
    }
}

#[test]
fn nothing_set_is_nothing_wrong() {
    let settings = right(&[]);
    assert!(!settings.switched_off && settings.level == Level::Warning);
    assert_eq!(settings.exporters, [ExporterKind::Console]);
    assert_eq!(settings.clock, ClockMode::Adaptive);
    assert_eq!(settings.otlp.headers, []);
}

#[test]
fn variables_set_to_nothing_count_as_unset() {
    let empty: Vec<_> = variables::ALL.iter().flat_map(|it| it.names()).map(|name| (name, "")).collect();
    assert_eq!(format!("{:?}", right(&empty)), format!("{:?}", right(&[])));
}

#[test]
fn what_is_read_is_what_the_table_lists() {
    let asked = RefCell::new(BTreeSet::new());
    let lookup = |_, name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        None
    };
    let _ = Settings::resolve(lookup, &program(true));
    let unheeded = unheeded::UNHEEDED.iter().flat_map(|it| it.names.iter().copied());
    let heeded = variables::ALL.iter().flat_map(|it| it.names());
    let listed: BTreeSet<_> = heeded.chain(unheeded).map(str::to_owned).collect();
    asked
        .borrow_mut()
        .extend(unheeded::UNHEEDED.iter().flat_map(|it| it.names.iter().map(|name| name.to_string())));
    assert_eq!(asked.into_inner(), listed);
}

#[test]
fn service_name() {
    let omegi = ("OMEGI_SERVICE_NAME", "a");
    let otel = ("OTEL_SERVICE_NAME", "b");
    let resource = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=c");
    check(
        |settings| settings.service_name,
        &[
            (&[], "unknown_service:shop".to_owned(), &[]),
            (&[omegi, otel, resource], "a".to_owned(), &[]),
            (&[otel, resource], "b".to_owned(), &[]),
            (&[resource], "c".to_owned(), &[]),
            (&[("OTEL_RESOURCE_ATTRIBUTES", "service.name=")], "unknown_service:shop".to_owned(), &[]),
        ],
    );
    let nameless = Program { executable: None, ..program(false) };
    assert_eq!(resolve_in(&nameless, &[]).0.service_name, "unknown_service");
}

#[test]
fn resource_attributes() {
    let pairs = |pairs: &[(&str, &str)]| -> Vec<_> {
        pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    };
    let name = "OTEL_RESOURCE_ATTRIBUTES";
    check(
        |settings| settings.resource_attributes,
        &[
            (&[], pairs(&[]), &[]),
            (&[(name, "b=x%2Cy, a = 1 ,service.name=s,")], pairs(&[("a", "1"), ("b", "x,y")]), &[]),
            (&[(name, "a=1,a=2")], pairs(&[("a", "2")]), &[]),
            (&[(name, "db.password=hunter2")], pairs(&[("db.password", "****")]), &[]),
            (
                &[(name, "a=1,b")],
                pairs(&[]),
                &[
                    "OTEL_RESOURCE_ATTRIBUTES holds **** in place 2, which is not a percent-encoded key=value; \
                   using none of the attributes",
                ],
            ),
            (
                &[(name, "password=hunter%2")],
                pairs(&[]),
                &["OTEL_RESOURCE_ATTRIBUTES holds \"password=****\", which is not a percent-encoded \
                   key=value; using none of the attributes"],
            ),
        ],
    );
}

#[test]
fn token() {
    check(
        |settings| settings.otlp.headers.first().map(|(_, value)| value.expose().to_owned()),
        &[
            (&[], None, &[]),
            (&[("OMEGI_TOKEN", "t-1 2")], Some("Bearer t-1 2".to_owned()), &[]),
            (
                &[("OMEGI_TOKEN", "hunter2\n")],
                None,
                &["OMEGI_TOKEN=**** holds a character that a header cannot carry (a line break?); \
                   using no token"],
            ),
        ],
    );
}

#[test]
fn project_root() {
    check(
        |settings| settings.project_root,
        &[(&[], None, &[]), (&[("OMEGI_PROJECT_ROOT", "/src/shop")], Some(PathBuf::from("/src/shop")), &[])],
    );
}

#[test]
fn flow_rate() {
    let name = "OMEGI_FLOW_RATE";
    check(
        |settings| match settings.sampling {
            HeadSampling::OneIn(rate) => rate.get(),
            HeadSampling::Otel { .. } => unreachable!("no sampler is named"),
        },
        &[
            (&[], 5, &[]),
            (&[(name, "0")], 0, &[]),
            (&[(name, "18446744073709551615")], u64::MAX, &[]),
            (
                &[(name, "often")],
                5,
                &["OMEGI_FLOW_RATE=\"often\" is not a whole number (0, 1, 2 …); using 5"],
            ),
            (&[(name, "-1")], 5, &["OMEGI_FLOW_RATE=\"-1\" is not a whole number (0, 1, 2 …); using 5"]),
            (
                &[(name, "18446744073709551616")],
                5,
                &["OMEGI_FLOW_RATE=\"18446744073709551616\" is not between 0 and 18446744073709551615; \
                   using 5"],
            ),
        ],
    );
}

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
                &[
                    "OMEGI_EXPORTER_KIND holds \"zipkin\", which is not one of console, otlp, file, kafka, none; \
                      using otlp",
                ],
            ),
            (&[(kind, "kafka,file,otlp,console")], vec![Kafka, File, Otlp, Console], &[]),
        ],
    );
}

#[test]
fn beside_exporters_of_the_programs_own_there_are_others_only_on_request() {
    use ExporterKind::{Console, Otlp};
    let backend = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://backend:4318");
    for (variables, expected) in [
        (&[][..], vec![]),
        (&[backend], vec![Otlp]),
        (&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://backend:4318/m")], vec![]),
        (&[("OTEL_TRACES_EXPORTER", "console")], vec![Console]),
        (&[("OMEGI_EXPORTER_KIND", "none"), backend], vec![]),
    ] {
        for source in [Source::Environment, Source::Code] {
            let lookup = |asked, name: &str| {
                let said = variables.iter().find(|(known, _)| *known == name && asked == source);
                said.map(|(_, value)| OsString::from(value))
            };
            let (settings, problems) =
                Settings::resolve(lookup, &Program { own_exporters: true, ..program(true) });
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
fn propagators() {
    use Propagator::{B3, B3Multi, Baggage, Jaeger, TraceContext};
    let name = "OTEL_PROPAGATORS";
    check(
        |settings| settings.propagators,
        &[
            (&[], vec![TraceContext, Baggage], &[]),
            (&[(name, " B3, jaeger ,b3multi,b3,")], vec![B3, Jaeger, B3Multi], &[]),
            (&[(name, "none")], vec![], &[]),
            (
                &[(name, "none,b3")],
                vec![B3],
                &[
                    "OTEL_PROPAGATORS holds \"none\", which contradicts the other propagators in the list; using b3",
                ],
            ),
            (
                &[(name, "xray,OTtrace,b3")],
                vec![B3],
                &[
                    "OTEL_PROPAGATORS holds \"xray\", which cannot be used: this version has no X-Ray propagator; \
                     using b3",
                    "OTEL_PROPAGATORS holds \"OTtrace\", which cannot be used: this version has no OT Trace \
                     propagator; using b3",
                ],
            ),
            (
                &[(name, "trace-context")],
                vec![TraceContext, Baggage],
                &[
                    "OTEL_PROPAGATORS holds \"trace-context\", which is not one of tracecontext, baggage, b3, b3multi, \
                   jaeger, none (did you mean tracecontext?); using tracecontext, baggage",
                ],
            ),
        ],
    );
}

#[test]
fn known_methods() {
    let name = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS";
    let known = |settings: Settings| settings.known_methods.join(" ");
    check(
        known,
        &[
            (&[], "CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT TRACE".to_owned(), &[]),
            (&[(name, " GET, BREW,")], "GET BREW".to_owned(), &[]),
        ],
    );
}

#[test]
fn exporters_without_the_cargo_feature_otlp() {
    let backend = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hunter2@backend:4318");
    let asked = "OMEGI_EXPORTER_KIND holds \"otlp\", which cannot be used: the program was built without \
                 omegi's cargo feature `otlp`; using console";
    let implied = "OTEL_EXPORTER_OTLP_ENDPOINT=\"http://****@backend:4318\" cannot be used: the program was \
                   built without omegi's cargo feature `otlp`; using console";
    for (variables, line) in
        [(&[("OMEGI_EXPORTER_KIND", "otlp"), backend][..], asked), (&[backend][..], implied)]
    {
        let (settings, problems) = resolve_in(&program(false), variables);
        assert_eq!(settings.exporters, [ExporterKind::Console]);
        assert_eq!(problems, [line]);
    }
}

#[test]
fn console() {
    use ConsoleFormat::{Json, Tree};
    const STDOUT: Destination = Destination::Stream(ConsoleStream::Stdout);
    const STDERR: Destination = Destination::Stream(ConsoleStream::Stderr);
    let pick = |settings: Settings| {
        let ConsoleSettings { format, destination, colour } = settings.console;
        (format, destination, colour)
    };
    check(
        pick,
        &[
            (&[], (None, STDOUT, true), &[]),
            (&[("OMEGI_CONSOLE_FORMAT", "tree")], (Some(Tree), STDOUT, true), &[]),
            (&[("OMEGI_CONSOLE_FORMAT", "JSON")], (Some(Json), STDOUT, true), &[]),
            (&[("OMEGI_CONSOLE_STREAM", "stderr"), ("NO_COLOR", "0")], (None, STDERR, false), &[]),
            (
                &[("OMEGI_CONSOLE_STREAM", "/var/log/Shop.json")],
                (None, Destination::File("/var/log/Shop.json".into()), true),
                &[],
            ),
            (
                &[("OMEGI_CONSOLE_FORMAT", "three"), ("OMEGI_CONSOLE_STREAM", "err")],
                (None, STDOUT, true),
                &[
                    "OMEGI_CONSOLE_FORMAT=\"three\" is not one of tree, json (did you mean tree?); \
                     using tree on a terminal, json otherwise",
                    "OMEGI_CONSOLE_STREAM=\"err\" is not one of stdout, stderr, nor a path such as ./flows.json; using \
                     stdout",
                ],
            ),
        ],
    );
}

#[test]
fn a_program_that_is_woven_without_being_asked_keeps_its_stdout() {
    let woven = Program { autostart: true, ..program(true) };
    let stderr = Destination::Stream(ConsoleStream::Stderr);
    let (settings, problems) = resolve_in(&woven, &[("OMEGI_CONSOLE_STREAM", "stdot")]);
    assert_eq!(settings.console.destination, stderr);
    assert!(
        problems[0].ends_with("(did you mean stdout?), nor a path such as ./flows.json; using stderr"),
        "{problems:?}"
    );
    let (settings, _) = resolve_in(&woven, &[("OMEGI_CONSOLE_STREAM", "stdout")]);
    assert_eq!(settings.console.destination, Destination::Stream(ConsoleStream::Stdout));
}

#[test]
fn a_path_is_taken_from_the_folder_that_the_program_starts_in() {
    let settings = right(&[("OMEGI_CONSOLE_STREAM", "./flows.json")]);
    let here = std::env::current_dir().unwrap();
    assert_eq!(settings.console.destination, Destination::File(here.join("flows.json")));
}

#[test]
fn console_on_a_terminal_and_elsewhere() {
    let default = right(&[]).console;
    assert_eq!(
        (default.format_on(true), default.format_on(false)),
        (ConsoleFormat::Tree, ConsoleFormat::Json)
    );
    assert_eq!((default.colour_on(true), default.colour_on(false)), (true, false));
    let set = right(&[("OMEGI_CONSOLE_FORMAT", "json"), ("NO_COLOR", "1")]).console;
    assert_eq!((set.format_on(true), set.colour_on(true)), (ConsoleFormat::Json, false));
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
        |settings| ["password", "ssn"].map(|name| settings.masking.masks(name)),
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
                &[
                    "OMEGI_SECRET_MASKING_REGEX holds \"[\", which is not a regular expression (found unclosed \
                   character class); using the default patterns and the good ones of the list",
                ],
            ),
        ],
    );
}

#[test]
fn ignored_errors() {
    let name = "OMEGI_IGNORED_ERRORS";
    let error =
        |message: &str| ErrorText { error_type: "shop::NotFound".into(), message: message.to_owned() };
    check(
        |settings| ["item 1", "item 12"].map(|message| settings.ignored_errors.contains(&error(message))),
        &[
            (&[], [false, false], &[]),
            (&[(name, r#"["^shop::NotFound: .* 12$"]"#)], [false, true], &[]),
            (&[(name, r#"["notfound"]"#)], [false, false], &[]),
            (
                &[(name, "NotFound")],
                [false, false],
                &["OMEGI_IGNORED_ERRORS=\"NotFound\" is not a JSON list of regular expressions; using none"],
            ),
            (
                &[(name, r#"["NotFound", "["]"#)],
                [true, true],
                &[
                    "OMEGI_IGNORED_ERRORS holds \"[\", which is not a regular expression (found unclosed character \
                   class); using the good ones of the list",
                ],
            ),
        ],
    );
}

#[test]
fn arguments() {
    let name = "OMEGI_ARGS";
    check(
        |settings| settings.arguments,
        &[
            (&[], ArgumentMode::Off, &[]),
            (&[(name, "sampled")], ArgumentMode::Sampled, &[]),
            (&[(name, "always")], ArgumentMode::Always, &[]),
            (
                &[(name, "allways")],
                ArgumentMode::Off,
                &[
                    "OMEGI_ARGS=\"allways\" is not one of off, sampled, always (did you mean always?); using off",
                ],
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
        (settings.limits.value_length, settings.max_export_batch, millis)
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
fn otlp_endpoint_and_protocol() {
    use OtlpProtocol::{Grpc, HttpJson, HttpProtobuf};
    let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let shared = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://shared/base/");
    let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://own/path");
    let shared_is_wrong = ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318");
    let wrong =
        "OTEL_EXPORTER_OTLP_ENDPOINT=\"localhost:4318\" is not a URL such as http://localhost:4318; using ";
    let wrong_local = format!("{wrong}\"http://localhost:4318/v1/traces\"");
    let wrong_own = format!("{wrong}\"https://own/path\"");
    check(
        |settings| (settings.otlp.protocol, settings.otlp.endpoint.as_str().to_owned()),
        &[
            (&[], (HttpProtobuf, "http://localhost:4318/v1/traces".to_owned()), &[]),
            (&[grpc], (Grpc, "http://localhost:4317".to_owned()), &[]),
            (&[shared], (HttpProtobuf, "http://shared/base/v1/traces".to_owned()), &[]),
            (&[shared, grpc], (Grpc, "http://shared/base/".to_owned()), &[]),
            (&[shared, own], (HttpProtobuf, "https://own/path".to_owned()), &[]),
            (&[own, grpc], (Grpc, "https://own/path".to_owned()), &[]),
            (
                &[grpc, ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf")],
                (HttpProtobuf, "http://localhost:4318/v1/traces".to_owned()),
                &[],
            ),
            (
                &[shared_is_wrong],
                (HttpProtobuf, "http://localhost:4318/v1/traces".to_owned()),
                &[&wrong_local],
            ),
            (&[shared_is_wrong, own], (HttpProtobuf, "https://own/path".to_owned()), &[&wrong_own]),
            (
                &[
                    ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
                    ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http"),
                ],
                (HttpJson, "http://localhost:4318/v1/traces".to_owned()),
                &[
                    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=\"http\" is not one of http/protobuf, http/json, grpc; \
                     using OTEL_EXPORTER_OTLP_PROTOCOL=\"http/json\"",
                ],
            ),
        ],
    );
}

#[test]
fn a_grpc_endpoint_may_have_no_scheme() {
    let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let bare = ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317");
    let with_scheme = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4317");
    let insecure = ("OTEL_EXPORTER_OTLP_INSECURE", "true");
    let secure_traces = ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "false");
    check(
        |settings| settings.otlp.endpoint.as_str().to_owned(),
        &[
            (&[grpc, bare], "https://collector:4317".to_owned(), &[]),
            (&[grpc, bare, insecure], "http://collector:4317".to_owned(), &[]),
            (&[grpc, bare, insecure, secure_traces], "https://collector:4317".to_owned(), &[]),
            (&[grpc, with_scheme, insecure], "https://collector:4317".to_owned(), &[]),
            (
                &[bare, insecure],
                "http://localhost:4318/v1/traces".to_owned(),
                &[
                    "OTEL_EXPORTER_OTLP_ENDPOINT=\"collector:4317\" is not a URL such as http://localhost:4318; \
                   using \"http://localhost:4318/v1/traces\"",
                ],
            ),
        ],
    );
}

#[test]
fn otlp_certificates() {
    let own = ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "/own.pem");
    let shared = ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/shared.pem");
    let certificate = ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/client.pem");
    let key = ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "/client.key");
    let pair = || Some(("/client.pem".into(), "/client.key".into()));
    check(
        |settings| (settings.otlp.certificate, settings.otlp.client),
        &[
            (&[], (None, None), &[]),
            (&[own, shared], (Some("/own.pem".into()), None), &[]),
            (&[shared, certificate, key], (Some("/shared.pem".into()), pair()), &[]),
            (
                &[certificate],
                (None, None),
                &["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE=\"/client.pem\" has no effect without \
                   OTEL_EXPORTER_OTLP_CLIENT_KEY; using no client certificate"],
            ),
            (
                &[key],
                (None, None),
                &["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY=\"/client.key\" has no effect without \
                   OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE; using no client certificate"],
            ),
        ],
    );
}

#[test]
fn files() {
    let here = |name: &str| std::path::absolute(name).unwrap();
    let settings = right(&[]).file;
    assert_eq!((settings.path, settings.dump), (here("omegi-flows.jsonl"), None));
    let variables = [("OMEGI_FILE_PATH", "/a.jsonl"), ("OMEGI_DEBUG_SPANDUMP", "b.jsonl")];
    let settings = right(&variables).file;
    assert_eq!((settings.path, settings.dump), ("/a.jsonl".into(), Some(here("b.jsonl"))));
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
                    "OMEGI_FILE_MAX_SIZE=\"big\" is not a size such as 64MiB, 1GiB, 500kB or 67108864; using 64MiB",
                    "OMEGI_FILE_MAX_FILES=\"0\" is not between 1 and 2147483647; using 5",
                    "OMEGI_FILE_FSYNC=\"often\" is not one of never, batch; using never",
                ],
            ),
        ],
    );
}

#[test]
fn otlp_headers() {
    let name = "OTEL_EXPORTER_OTLP_HEADERS";
    let token = ("OMEGI_TOKEN", "t");
    let pick = |settings: Settings| {
        let headers = settings.otlp.headers.into_iter();
        headers.map(|(name, value)| format!("{name}: {}", value.expose())).collect::<Vec<_>>()
    };
    let list = |headers: &[&str]| headers.iter().map(|header| (*header).to_owned()).collect();
    check(
        pick,
        &[
            (&[], list(&[]), &[]),
            (&[(name, "X-Tenant=a%2Cb, k = v ")], list(&["x-tenant: a,b", "k: v"]), &[]),
            (&[token], list(&["authorization: Bearer t"]), &[]),
            (&[token, (name, "k=v")], list(&["k: v", "authorization: Bearer t"]), &[]),
            (&[token, (name, "Authorization=Basic%20x")], list(&["authorization: Basic x"]), &[]),
            (&[("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=1"), (name, "b=2")], list(&["a: 1"]), &[]),
            (
                &[(name, "hunter2,a b=hunter2,c=hunter%0A2,d=1")],
                list(&["d: 1"]),
                &[
                    "OTEL_EXPORTER_OTLP_HEADERS holds **** in place 1, which is not a percent-encoded name=value; \
                     using the other headers",
                    "OTEL_EXPORTER_OTLP_HEADERS holds **** in place 2, which has no valid header name before its \
                     `=`; using the other headers",
                    "OTEL_EXPORTER_OTLP_HEADERS holds \"c=****\", which holds a character that a header cannot \
                     carry (a line break?); using the other headers",
                ],
            ),
        ],
    );
}

#[test]
fn headers_that_would_spoil_every_request_are_refused() {
    for name in
        ["content-length", "Transfer-Encoding", "host", "connection", "te", "upgrade", "content-encoding"]
    {
        let (settings, problems) = resolve(&[("OTEL_EXPORTER_OTLP_HEADERS", &format!("{name}=5,a=1"))]);
        assert_eq!(settings.otlp.headers.len(), 1, "{name}");
        let line = format!(
            "OTEL_EXPORTER_OTLP_HEADERS holds \"{name}=****\", which says how a request travels, and is not to be \
             chosen: requests would not arrive; using the other headers"
        );
        assert_eq!(problems, [line]);
    }
}

#[test]
fn otlp_timeout_and_compression() {
    check(
        |settings| (settings.otlp.timeout, settings.otlp.compression),
        &[
            (&[], (Duration::from_secs(10), Compression::None), &[]),
            (
                &[("OTEL_EXPORTER_OTLP_TIMEOUT", "1500"), ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")],
                (Duration::from_millis(1500), Compression::Gzip),
                &[],
            ),
            (
                &[("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "1"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "2")],
                (Duration::from_millis(1), Compression::None),
                &[],
            ),
            (
                &[("OTEL_EXPORTER_OTLP_TIMEOUT", "1.5"), ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd")],
                (Duration::from_secs(10), Compression::None),
                &[
                    "OTEL_EXPORTER_OTLP_TIMEOUT=\"1.5\" is not a whole number (0, 1, 2 …); using 10000",
                    "OTEL_EXPORTER_OTLP_COMPRESSION=\"zstd\" is not one of none, gzip; using none",
                ],
            ),
        ],
    );
}

#[test]
fn kafka_brokers_and_topics() {
    let pick = |settings: Settings| {
        let kafka = settings.kafka;
        (kafka.brokers.join(" "), [kafka.error_topic, kafka.flow_topic, kafka.spans_topic].join(" "))
    };
    let topics = || "error flow otlp_spans".to_owned();
    check(
        pick,
        &[
            (&[], ("localhost:9092".to_owned(), topics()), &[]),
            (
                &[("OMEGI_KAFKA_SERVER", "a:1, b ,[::1]:9092,"), ("OMEGI_KAFKA_CONFIG", "c:3")],
                ("a:1 b [::1]:9092".to_owned(), topics()),
                &[],
            ),
            (&[("OMEGI_KAFKA_CONFIG", "c:3")], ("c:3".to_owned(), topics()), &[]),
            (
                &[("OMEGI_KAFKA_SERVER", "http://a:1,me:hunter2@b:2,c:x,d:4")],
                ("d:4".to_owned(), topics()),
                &[
                    "OMEGI_KAFKA_SERVER holds \"http://a:1\", which is not a broker such as localhost:9092; using d:4",
                    "OMEGI_KAFKA_SERVER holds \"****@b:2\", which is not a broker such as localhost:9092; using d:4",
                    "OMEGI_KAFKA_SERVER holds \"c:x\", which is not a broker such as localhost:9092; using d:4",
                ],
            ),
            (
                &[("OMEGI_KAFKA_TOPIC_ERROR", "shop.errors"), ("OMEGI_KAFKA_TOPIC_FLOW", "shop flows")],
                ("localhost:9092".to_owned(), "shop.errors flow otlp_spans".to_owned()),
                &[
                    "OMEGI_KAFKA_TOPIC_FLOW=\"shop flows\" is not a topic: up to 249 letters, digits, `.`, `_`, `-`; \
                   using flow",
                ],
            ),
            (
                &[("OMEGI_KAFKA_TOPIC_SPANS", "..")],
                ("localhost:9092".to_owned(), topics()),
                &[
                    "OMEGI_KAFKA_TOPIC_SPANS=\"..\" is not a topic: up to 249 letters, digits, `.`, `_`, `-`; using \
                   otlp_spans",
                ],
            ),
        ],
    );
}

#[test]
fn kafka_encoding_and_limits() {
    use KafkaEncoding::{Omegi, OtlpProto};
    check(
        |settings| (settings.kafka.encoding, settings.kafka.max_message_bytes),
        &[
            (&[], (Omegi, 1_000_000), &[]),
            (
                &[("OMEGI_KAFKA_ENCODING", "OTLP_PROTO"), ("OMEGI_KAFKA_MESSAGE_MAX_BYTES", "16384")],
                (OtlpProto, 16_384),
                &[],
            ),
            (
                &[("OMEGI_KAFKA_ENCODING", "otlp_json"), ("OMEGI_KAFKA_MESSAGE_MAX_BYTES", "16383")],
                (Omegi, 1_000_000),
                &[
                    "OMEGI_KAFKA_ENCODING=\"otlp_json\" is not one of omegi, otlp_proto (did you mean otlp_proto?); \
                     using omegi",
                    "OMEGI_KAFKA_MESSAGE_MAX_BYTES=\"16383\" is not between 16384 and 2147483647; using 1000000",
                ],
            ),
        ],
    );
}

#[test]
fn kafka_security() {
    use KafkaSecurity::{Plaintext, SaslPlaintext, SaslSsl, Ssl};
    let protocol = "OMEGI_KAFKA_SECURITY_PROTOCOL";
    let ca = ("OMEGI_KAFKA_SSL_CA_LOCATION", "/ca.pem");
    let (user, password) = (("OMEGI_KAFKA_SASL_USERNAME", "me"), ("OMEGI_KAFKA_SASL_PASSWORD", "hunter2"));
    let pick = |settings: Settings| {
        let login = settings.kafka.login.map(|login| (login.mechanism, login.password.expose().to_owned()));
        (settings.kafka.security, settings.kafka.ca_location.is_some(), login)
    };
    let plain = || Some((SaslMechanism::Plain, "hunter2".to_owned()));
    check(
        pick,
        &[
            (&[], (Plaintext, false, None), &[]),
            (&[(protocol, "SSL"), ca], (Ssl, true, None), &[]),
            (&[(protocol, "sasl_plaintext"), user, password], (SaslPlaintext, false, plain()), &[]),
            (
                &[
                    (protocol, "sasl_ssl"),
                    ca,
                    user,
                    password,
                    ("OMEGI_KAFKA_SASL_MECHANISM", "scram-sha-512"),
                ],
                (SaslSsl, true, Some((SaslMechanism::ScramSha512, "hunter2".to_owned()))),
                &[],
            ),
            (
                &[ca, user, password],
                (Plaintext, false, None),
                &[
                    "OMEGI_KAFKA_SSL_CA_LOCATION=\"/ca.pem\" has no effect unless OMEGI_KAFKA_SECURITY_PROTOCOL is ssl \
                     or sasl_ssl; using no TLS",
                    "OMEGI_KAFKA_SASL_USERNAME=\"me\" has no effect unless OMEGI_KAFKA_SECURITY_PROTOCOL is \
                     sasl_plaintext or sasl_ssl; using no login",
                    "OMEGI_KAFKA_SASL_PASSWORD=**** has no effect unless OMEGI_KAFKA_SECURITY_PROTOCOL is \
                     sasl_plaintext or sasl_ssl; using no login",
                ],
            ),
            (
                &[(protocol, "ssl"), ("OMEGI_KAFKA_SASL_MECHANISM", "SCRAM-SHA-256")],
                (Ssl, false, None),
                &[
                    "OMEGI_KAFKA_SASL_MECHANISM=\"SCRAM-SHA-256\" has no effect unless OMEGI_KAFKA_SECURITY_PROTOCOL is \
                   sasl_plaintext or sasl_ssl; using no login",
                ],
            ),
            (
                &[(protocol, "sasl_plaintext"), user, ("OMEGI_KAFKA_SASL_MECHANISM", "GSSAPI")],
                (SaslPlaintext, false, None),
                &[
                    "OMEGI_KAFKA_SASL_MECHANISM=\"GSSAPI\" cannot be used: only mechanisms that take a name and a \
                     password are built in; using PLAIN",
                    "OMEGI_KAFKA_SECURITY_PROTOCOL=\"sasl_plaintext\" wants OMEGI_KAFKA_SASL_USERNAME and \
                     OMEGI_KAFKA_SASL_PASSWORD; using no login",
                ],
            ),
            (
                &[(protocol, "tls"), ("OMEGI_KAFKA_SASL_PASSWORD", "hunter2\0")],
                (Plaintext, false, None),
                &[
                    "OMEGI_KAFKA_SECURITY_PROTOCOL=\"tls\" is not one of plaintext, ssl, sasl_plaintext, sasl_ssl; using \
                     plaintext",
                    "OMEGI_KAFKA_SASL_PASSWORD=**** holds a NUL character; using no login",
                ],
            ),
        ],
    );
}

#[test]
fn a_certificate_for_kafka_wants_its_key_and_a_key_its_certificate() {
    let tls = ("OMEGI_KAFKA_SECURITY_PROTOCOL", "ssl");
    let certificate = ("OMEGI_KAFKA_SSL_CERTIFICATE_LOCATION", "/client.pem");
    let key = ("OMEGI_KAFKA_SSL_KEY_LOCATION", "/client.key");
    let path = |path: &str| Some(PathBuf::from(path));
    check(
        |settings| (settings.kafka.certificate_location, settings.kafka.key_location),
        &[
            (&[tls, certificate, key], (path("/client.pem"), path("/client.key")), &[]),
            (
                &[tls, certificate, ("OMEGI_KAFKA_PROPERTIES", "ssl.key.pem=k")],
                (path("/client.pem"), None),
                &[],
            ),
            (
                &[tls, key, ("OMEGI_KAFKA_PROPERTIES", "ssl.certificate.pem=c")],
                (None, path("/client.key")),
                &[],
            ),
            (
                &[tls, certificate],
                (None, None),
                &["OMEGI_KAFKA_SSL_CERTIFICATE_LOCATION=\"/client.pem\" has no effect without \
                   OMEGI_KAFKA_SSL_KEY_LOCATION; using no client certificate"],
            ),
            (
                &[tls, key],
                (None, None),
                &["OMEGI_KAFKA_SSL_KEY_LOCATION=\"/client.key\" has no effect without \
                   OMEGI_KAFKA_SSL_CERTIFICATE_LOCATION; using no client certificate"],
            ),
        ],
    );
}

#[test]
fn kafka_properties() {
    let name = "OMEGI_KAFKA_PROPERTIES";
    let pick = |settings: Settings| {
        let properties = settings.kafka.properties.into_iter();
        properties.map(|(name, value)| format!("{name}={}", value.expose())).collect::<Vec<_>>()
    };
    check(
        pick,
        &[
            (&[], vec![], &[]),
            (
                &[(name, "client.id=a%2Cb, compression.codec = lz4")],
                vec!["client.id=a,b".to_owned(), "compression.codec=lz4".to_owned()],
                &[],
            ),
            (
                &[(name, "hunter2,a b=hunter2,linger.ms=1")],
                vec!["linger.ms=1".to_owned()],
                &[
                    "OMEGI_KAFKA_PROPERTIES holds **** in place 1, which is not a percent-encoded name=value; using the \
                     other properties",
                    "OMEGI_KAFKA_PROPERTIES holds **** in place 2, which has no name of a property before its `=`; using \
                     the other properties",
                ],
            ),
            (
                &[(name, "acks=0,linger.ms=1")],
                vec!["linger.ms=1".to_owned()],
                &[
                    "OMEGI_KAFKA_PROPERTIES holds \"acks=****\", which is not to be chosen: whether a flow counts as \
                   delivered follows from it; using the other properties",
                ],
            ),
        ],
    );
}

#[test]
fn exporters_without_the_cargo_feature_kafka() {
    for (list, expected, using) in
        [("kafka", vec![ExporterKind::Console], "console"), ("none,kafka", vec![], "none")]
    {
        let (settings, problems) = resolve_in(&program(false), &[("OMEGI_EXPORTER_KIND", list)]);
        assert_eq!(settings.exporters, expected);
        let told = "OMEGI_EXPORTER_KIND holds \"kafka\", which cannot be used: the program was built without omegi's \
                    cargo feature `kafka`";
        assert_eq!(problems, [format!("{told}; using {using}")]);
    }
}

#[test]
fn variables_without_effect_are_told() {
    let (_, problems) = resolve(&[("OMEGI_OVERHEAD", "1%")]);
    assert_eq!(
        problems,
        ["OMEGI_OVERHEAD=\"1%\" has no effect: this version has no overhead governor; using nothing of it",]
    );
}

#[test]
#[cfg(unix)]
fn text_that_is_not_utf_8_is_shown_lossily_and_a_path_may_be_any() {
    use std::os::unix::ffi::OsStringExt;
    let lookup = |source, name: &str| {
        let is_set = ["OMEGI_FLOW_RATE", "OMEGI_PROJECT_ROOT"].contains(&name);
        (is_set && source == Source::Environment).then(|| OsString::from_vec(vec![b'/', 0xff]))
    };
    let (settings, problems) = Settings::resolve(lookup, &program(true));
    assert_eq!(settings.project_root, Some(PathBuf::from(OsString::from_vec(vec![b'/', 0xff]))));
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].to_string(), "OMEGI_FLOW_RATE=\"/\u{fffd}\" is not UTF-8 text; using 5");
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
    for name in variables::ALL.iter().flat_map(|variable| variable.names()) {
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
    let settings = right(&[
        ("OMEGI_TOKEN", "hunter2"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hunter2@host/?key=hunter2"),
        ("OTEL_RESOURCE_ATTRIBUTES", "db.password=hunter2"),
        ("OMEGI_KAFKA_SECURITY_PROTOCOL", "sasl_ssl"),
        ("OMEGI_KAFKA_SASL_USERNAME", "me"),
        ("OMEGI_KAFKA_SASL_PASSWORD", "hunter2"),
        ("OMEGI_KAFKA_PROPERTIES", "ssl.key.password=hunter2"),
    ]);
    let shown = format!("{settings:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn errors_that_count_and_how_many_of_a_kind() {
    check(
        |settings| (settings.counted_errors, settings.error_limit),
        &[
            (&[], (CountedErrors::Any, Some(1000)), &[]),
            (&[("OMEGI_ERRORS", "Escaped"), ("OMEGI_ERROR_LIMIT", "0")], (CountedErrors::Escaped, None), &[]),
            (
                &[("OMEGI_ERRORS", "escape"), ("OMEGI_ERROR_LIMIT", "-1")],
                (CountedErrors::Any, Some(1000)),
                &[
                    "OMEGI_ERRORS=\"escape\" is not one of any, escaped (did you mean escaped?); using any",
                    "OMEGI_ERROR_LIMIT=\"-1\" is not a whole number (0, 1, 2 …); using 1000",
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
