//! Runs and tests write a bounded number of flows.

use std::fs;

use crate::project::{MANIFEST, TestProject};

#[test]
fn ten_thousand_failing_parses_are_few_flows() {
    // Flows of their own, calls in one flow, and threads in one flow.
    let lib = r#"
pub fn parse(text: &str) -> Result<u8, String> { text.parse().map_err(fail) }
fn fail(error: std::num::ParseIntError) -> String { error.to_string() }
#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    static DONE: AtomicUsize = AtomicUsize::new(0);
    fn lose(n: usize) { super::parse(&format!("x{n}")).unwrap_err(); DONE.fetch_add(1, Ordering::SeqCst); }
    #[test] fn detached() {
        for n in 0..10_000 {
            thread::spawn(move || lose(n));
            while DONE.load(Ordering::SeqCst) < n { thread::yield_now(); }
        }
    }
    #[test] fn calls() { for n in 0..100_000 { super::parse(&format!("y{n}")).unwrap_err(); } }
    #[test] fn threads() {
        for n in 0..1_000 {
            thread::spawn(move || super::parse(&format!("z{n}")).unwrap_err()).join().unwrap();
        }
    }
}
"#;
    let project = TestProject::new("many-parses", &[("Cargo.toml", MANIFEST), ("src/lib.rs", lib)]);
    let file = project.folder.join("target/omegi/flows.json");
    let count = || {
        let text = fs::read_to_string(&file).unwrap();
        (text.len(), text.lines().filter(|line| line.starts_with("{\"flow\"")).count())
    };
    let spans = ("CARGO_OMEGI_DETAIL", "spans");
    let woven = project.omegi_with("test -q", &[spans]).ok();
    let (size, flows) = count();
    assert!(size < 16 << 20 && (3..100).contains(&flows), "{size} {flows}: {}", woven.stderr);
    assert!(project.omegi("show --errors target/omegi/flows.json").ok().stdout.contains("parse"));

    // A setting of the user lifts the bound on flows, another one bounds the file.
    let lifted = [spans, ("OMEGI_ERRORS", "any"), ("OMEGI_ERROR_LIMIT", "0"), ("OMEGI_RUN_MAX_SIZE", "1MiB")];
    let full = project.omegi_with("test -q", &lifted).ok();
    let (size, flows) = count();
    assert!((900 << 10..(1 << 20) + 200).contains(&size) && flows > 100, "{size} {flows}");
    assert!(full.stderr.contains("(full: OMEGI_RUN_MAX_SIZE sets another bound)"), "{}", full.stderr);
    let shown = project.omegi("show --errors target/omegi/flows.json").ok();
    assert!(shown.stderr.contains("flows are missing from here on"), "{}", shown.stderr);
}

#[test]
fn a_run_shows_the_first_flows_and_then_fewer() {
    let main = "fn main() { for n in 0..20_000u64 { std::hint::black_box(count(n)); } }\n\
        fn count(n: u64) -> u32 { n.count_ones() + std::convert::identity(1) }\n";
    let project = TestProject::new("many-calls", &[("Cargo.toml", MANIFEST), ("src/main.rs", main)]);
    let leave = ("CARGO_OMEGI_LEAVE", "shop::main");
    let bounded = project.omegi_with("run -q", &[leave]).ok();
    // 100, 200, 400, … 12800.
    assert_eq!(bounded.spans().len(), 107, "{}", bounded.stderr);
    let told = bounded.stderr.lines().filter(|line| line.starts_with("omegi: ")).count();
    assert_eq!(told, 1, "{}", bounded.stderr);
    assert!(bounded.stderr.contains("OMEGI_FLOW_RATE=1 keeps all"), "{}", bounded.stderr);
    let all = project.omegi_with("run -q", &[leave, ("OMEGI_FLOW_RATE", "1")]).ok();
    assert_eq!(all.spans().len(), 20_000);
    let bytes = [leave, ("OMEGI_FLOW_RATE", "1"), ("OMEGI_RUN_MAX_SIZE", "1MiB")];
    let few = project.omegi_with("run -q", &bytes).ok();
    assert!(few.stderr.len() < (1 << 20) + 1_000, "{}", few.stderr.len());
    assert!(few.stderr.contains("cannot write some flows to stderr"));
}

#[test]
fn one_large_flow_is_summarised() {
    let main = "fn main() { for n in 0..100_000u64 { std::hint::black_box(count(n)); } }\n\
        fn count(n: u64) -> u32 { n.count_ones() + std::convert::identity(1) }\n";
    let project = TestProject::new("large-flow", &[("Cargo.toml", MANIFEST), ("src/main.rs", main)]);
    let woven = project.omegi("run -q").ok();
    assert!(woven.spans().len() <= 4_097, "{}", woven.spans().len());
    assert!(woven.stderr.contains("omegi.flow.dropped_spans"));
}
