//! Memory is bounded, and dropped flows are counted.

use std::process::Command;

/// Returns the numbers in the last line of `text` that begins with `word`.
fn numbers(text: &str, word: &str) -> Vec<u64> {
    let line =
        text.lines().rfind(|line| line.starts_with(word)).unwrap_or_else(|| panic!("no {word} in {text}"));
    line.split(' ').filter_map(|part| part.parse().ok()).collect()
}

fn is_bounded_and_counted(children: u64) {
    let output = Command::new(env!("CARGO_BIN_EXE_flood")).arg(children.to_string()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{messages}");
    let [spans, lost, exported] = numbers(&text, "spans")[..] else { panic!("{text}") };
    assert_eq!(lost + exported, spans, "{text}");
    let [flows_lost, flows_exported, grown_kib] = numbers(&text, "flows")[..] else { panic!("{text}") };
    assert!(flows_lost > 0 && flows_exported > 0, "{text}");
    assert_eq!(numbers(&text, "failed"), [200], "flows that failed are kept at the cost of others");
    // Two MiB of counted memory, and the memory of the allocator and of a resolved batch.
    assert!(grown_kib < 12 * 1024, "{grown_kib} KiB");
    assert!(messages.contains("OMEGI_MEMORY is used up"), "{messages}");
    assert!(messages.lines().count() <= 2, "each message comes once: {messages}");
}

#[test]
fn a_flood_is_bounded_and_every_lost_span_counted() {
    is_bounded_and_counted(49);
}

#[test]
fn a_flood_of_the_smallest_flows_is_bounded_too() {
    is_bounded_and_counted(0);
}
