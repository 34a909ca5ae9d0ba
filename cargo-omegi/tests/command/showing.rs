//! `show`: dumps as trees.

use crate::project::Project;

/// A line of a dump: one span, which failed or did not.
fn line(name: &str, code: u8) -> String {
    format!(
        r#"{{"resourceSpans": [{{"scopeSpans": [{{"spans": [{{"traceId": "0a", "spanId": "01", "name": "{name}", "startTimeUnixNano": "1795161600000000000", "endTimeUnixNano": "1795161600000001000", "status": {{"code": {code}, "message": "no item"}}}}]}}]}}]}}"#
    )
}

#[test]
fn whole_lines_are_shown_and_broken_ones_told() {
    let (fine, failed) = (line("fine", 0), line("failed", 2));
    let text = format!("{fine}\n{}\n\n{failed}\n{}", &fine[..90], &failed[..90]);
    let project = Project::new("showing", &[("dump.jsonl", &text)]);
    let said = project.omegi("show dump.jsonl");
    assert_eq!(said.code, Some(4));
    let told: Vec<_> = said.stderr.lines().collect();
    let expected = [2, 5].map(|number| {
        format!("cargo omegi: dump.jsonl:{number} is no whole line of OTLP/JSON, and is left out")
    });
    assert_eq!(told, expected);
    assert!(said.stdout.contains("fine") && said.stdout.contains("failed"), "{}", said.stdout);
    let said = project.omegi("show --errors dump.jsonl");
    assert!(!said.stdout.contains("fine") && said.stdout.contains("failed"), "{}", said.stdout);
}

#[test]
fn what_cannot_be_shown_is_told_with_a_remedy() {
    let project = Project::new("showing-nothing", &[("notes.txt", "")]);
    for (words, code, expected) in [
        ("show", 2, "wants a file"),
        ("show --erors x", 2, "did you mean `--errors`?"),
        ("show no-such.jsonl", 3, "no-such.jsonl cannot be read"),
    ] {
        let said = project.omegi(words);
        assert_eq!(said.code, Some(code), "{words}");
        assert!(said.stderr.contains(expected) && said.stdout.is_empty(), "{words}: {}", said.stderr);
    }
}
