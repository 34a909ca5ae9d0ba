//! The console exporter.

use super::*;
use crate::settings::woven::WovenProgram;

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
                    "OMEGI_CONSOLE_FORMAT=\"three\" is not one of tree, json, compact (did you mean tree?); \
                     using tree on a terminal, json otherwise",
                    "OMEGI_CONSOLE_STREAM=\"err\" is not one of stdout, stderr, nor a path such as \
                     ./flows.json; using stdout",
                ],
            ),
        ],
    );
}

#[test]
fn a_woven_program_keeps_its_stdout() {
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
fn a_tested_program_writes_to_a_file_unless_the_user_chooses() {
    let tested = Program {
        autostart: true,
        woven: Some(WovenProgram::new("test", "/shop/target/omegi")),
        ..program(true)
    };
    let of = |texts| {
        let (settings, problems) = resolve_in(&tested, texts);
        assert_eq!(problems, [""; 0]);
        let ConsoleSettings { format, destination, .. } = settings.console;
        (format, destination)
    };
    let file = Destination::File("/shop/target/omegi/flows.json".into());
    assert_eq!(of(&[]), (Some(ConsoleFormat::Compact), file.clone()));
    assert_eq!(of(&[("OMEGI_CONSOLE_FORMAT", "json")]), (Some(ConsoleFormat::Json), file));
    let stderr = Destination::Stream(ConsoleStream::Stderr);
    assert_eq!(of(&[("OMEGI_CONSOLE_STREAM", "stderr")]), (None, stderr));
}

#[test]
fn only_runs_and_tests_are_bounded_and_settings_lift_the_bounds() {
    let of = |command: Option<&str>, texts| {
        let woven = command.map(|command| WovenProgram::new(command, "/shop/target/omegi"));
        let (settings, _) = resolve_in(&Program { autostart: true, woven, ..program(true) }, texts);
        settings.run_bounds
    };
    for command in [None, Some("build")] {
        assert_eq!(of(command, &[]), RunBounds::default(), "{command:?}");
    }
    for command in [Some("run"), Some("test")] {
        let all = of(command, &[]);
        assert_eq!((all.bytes, all.flows_of_a_root), (Some(64 << 20), Some(100)));
        assert_eq!((all.flows_of_an_error, all.spans_of_a_flow), (Some(20), Some(4_096)));
        let lifted = of(command, &[("OMEGI_RUN_MAX_SIZE", "0")]);
        assert_eq!(lifted, RunBounds { bytes: None, spans_of_a_flow: None, ..all });
        assert_eq!(of(command, &[("OMEGI_RUN_MAX_SIZE", "1GiB")]).bytes, Some(1 << 30));
        let rated = of(command, &[("OMEGI_FLOW_RATE", "1")]);
        assert_eq!(rated, RunBounds { flows_of_a_root: None, ..all });
        let limited = of(command, &[("OMEGI_ERROR_LIMIT", "1000")]);
        assert_eq!(limited, RunBounds { flows_of_an_error: None, ..all });
    }
}

#[test]
fn a_run_keeps_every_flow_and_a_test_those_with_an_error() {
    for (command, rate) in [("run", 1), ("test", 0), ("build", 5)] {
        let woven = Some(WovenProgram::new(command, "/shop/target/omegi"));
        let rate_of =
            |texts| resolve_in(&Program { woven: woven.clone(), ..program(true) }, texts).0.sampling;
        assert_eq!(rate_of(&[]), HeadSampling::OneIn(FlowRate::one_in(rate)), "{command}");
        let set = rate_of(&[("OMEGI_FLOW_RATE", "7")]);
        assert_eq!(set, HeadSampling::OneIn(FlowRate::one_in(7)), "{command}");
    }
}

#[test]
fn a_relative_path_is_below_the_folder_of_the_start() {
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
