//! Arguments that are recorded because of the environment alone.

use super::{program, stderr};

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
