//! Panic hooks that a program sets after the start of omegi.

use std::path::Path;

use omegi_tests::programs::{command, stderr, stdout};

#[test]
fn a_panic_keeps_its_message_and_place_whatever_hook_the_program_sets() {
    for way in [
        "set",
        "set-twice",
        "taken-and-set",
        "chained",
        "chained-and-replaced",
        "set-elsewhere",
        "set-again-and-again",
        "held",
        "called-seldom",
        "restored",
    ] {
        let run = |variables: &[(&str, &str)]| {
            let mut program = command(Path::new(env!("CARGO_BIN_EXE_hooks")), variables);
            program.arg(way).output().unwrap()
        };
        let variables =
            [("OMEGI_CONSOLE_FORMAT", "tree"), ("OMEGI_CONSOLE_STREAM", "stderr"), ("OMEGI_FLOW_RATE", "0")];
        let (plain, recorded) = (run(&[("OMEGI_SWITCH_OFF", "true")]), run(&variables));
        assert_eq!(stdout(&recorded), stdout(&plain), "{way}");
        let tree = stderr(&recorded);
        for item in [12, 13] {
            assert!(tree.contains(&format!("panic: no item {item}")), "{way}: {tree}");
        }
        assert!(tree.contains("hooks.rs:14") && !tree.contains("not known"), "{way}: {tree}");
    }
}
