//! Arguments that are recorded because of the environment alone.

use std::path::Path;

use omegi_tests::programs::command;

use super::{program, stderr, stdout};

/// Returns the flows of the program as JSON lines, with this mode of arguments and one in `rate`
/// flows kept.
fn flows(mode: &str, rate: &str) -> String {
    let variables = [
        ("OMEGI_ARGS", mode),
        ("OMEGI_FLOW_RATE", rate),
        ("OMEGI_CONSOLE_FORMAT", "json"),
        ("OMEGI_CONSOLE_STREAM", "stderr"),
    ];
    stderr(&program("once", &variables).output().unwrap())
}

#[test]
fn the_environment_asks_for_the_arguments_of_all_functions() {
    let all = flows("always", "0");
    assert_eq!(all.matches("\"omegi.arg.item\": 12").count(), 2, "{all}");
    let sampled = flows("sampled", "1");
    assert_eq!(sampled.matches("\"omegi.arg.item\"").count(), 4, "{sampled}");
    assert_eq!(sampled.matches("\"omegi.return\": \"Ok(").count(), 2, "{sampled}");
}

#[test]
fn sampled_leaves_out_flows_that_are_kept_for_their_error_alone() {
    for (mode, rate) in [("sampled", "0"), ("off", "1")] {
        let flows = flows(mode, rate);
        assert!(flows.contains("shop::find") && !flows.contains("omegi.arg"), "{mode}: {flows}");
    }
}

#[test]
fn a_returned_none_is_visible_and_no_error() {
    let run = |mode: &str| {
        let variables = [
            ("OMEGI_ARGS", mode),
            ("OMEGI_FLOW_RATE", "1"),
            ("OMEGI_CONSOLE_FORMAT", "tree"),
            ("OMEGI_CONSOLE_STREAM", "stderr"),
        ];
        command(Path::new(env!("CARGO_BIN_EXE_returned")), &variables).output().unwrap()
    };
    let (always, off) = (run("always"), run("off"));
    assert_eq!(stdout(&always), stdout(&off));
    let tree = stderr(&always);
    // 3 of `price`, 2 of `tail`, 1 of `opaque`, 2 of `borrowed`, 2 of `waited`.
    assert_eq!(tree.matches("→ None").count(), 10, "{tree}");
    assert!(tree.contains("number=0  return.line=19  → None"), "{tree}");
    assert!(!tree.contains('✗'), "{tree}");
    assert_eq!(stderr(&off).matches("→ None").count(), 1, "{}", stderr(&off));
}
