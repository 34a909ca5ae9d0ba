//! The console exporter.

use super::*;

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
