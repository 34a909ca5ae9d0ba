//! `show`: dumps as trees.

use crate::project::TestProject;

/// A line of a dump: one span, which failed or did not.
fn line(name: &str, code: u8) -> String {
    let times = r#""startTimeUnixNano": "1795161600000000000", "endTimeUnixNano": "1795161600000001000""#;
    let status = format!(r#"{{"code": {code}, "message": "no item"}}"#);
    let span =
        format!(r#"{{"traceId": "0a", "spanId": "01", "name": "{name}", {times}, "status": {status}}}"#);
    format!(r#"{{"resourceSpans": [{{"scopeSpans": [{{"spans": [{span}]}}]}}]}}"#)
}

#[test]
fn whole_lines_are_shown_and_broken_ones_reported() {
    let (fine, failed) = (line("fine", 0), line("failed", 2));
    let text = format!("{fine}\n{}\n\n{failed}\n{}", &fine[..90], &failed[..90]);
    let project = TestProject::new("showing", &[("dump.jsonl", &text)]);
    let output = project.omegi("show dump.jsonl");
    assert_eq!(output.code, Some(4));
    let reported: Vec<_> = output.stderr.lines().collect();
    let expected = [2, 5].map(|number| {
        format!("cargo omegi: cannot read dump.jsonl:{number} as a whole line of OTLP/JSON; it is skipped")
    });
    assert_eq!(reported, expected);
    assert!(output.stdout.contains("fine") && output.stdout.contains("failed"), "{}", output.stdout);
    let output = project.omegi("show --errors dump.jsonl");
    assert!(!output.stdout.contains("fine") && output.stdout.contains("failed"), "{}", output.stdout);
}

#[test]
fn an_unreadable_file_is_reported_with_a_remedy() {
    let project = TestProject::new("showing-nothing", &[("notes.txt", "")]);
    for (words, code, expected) in [
        ("show", 2, "needs a value for <FILE>"),
        ("show --erors x", 2, "did you mean `--errors`?"),
        ("show no-such.jsonl", 3, "cannot read no-such.jsonl"),
    ] {
        let output = project.omegi(words);
        assert_eq!(output.code, Some(code), "{words}");
        assert!(output.stderr.contains(expected) && output.stdout.is_empty(), "{words}: {}", output.stderr);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_message_without_room_on_stderr_is_no_panic() {
    let project =
        TestProject::new("showing-full", &[("dump.jsonl", &format!("{}\nbroken\n", line("fine", 0)))]);
    let output = project
        .omegi_command("show dump.jsonl")
        .stderr(std::fs::File::options().write(true).open("/dev/full").unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stdout).contains("fine"));
}
