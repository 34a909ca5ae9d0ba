//! `CARGO_OMEGI_DETAIL`: the detail of a build's functions, in its program, its list and its last
//! line.

use crate::project::{MANIFEST, ProgramOutput, TestProject};

const MAIN: &str = "fn main() {
    let sums: Vec<_> = std::env::args().map(|text| sum(&text)).collect();
    println!(\"{}\", std::fs::read_to_string(\"/nowhere\").is_ok() || ask(\"x\").is_ok() || sums.len() > 9);
}
fn sum(text: &str) -> usize { text.split(' ').map(str::len).sum() }
fn ask(text: &str) -> Result<u8, std::num::ParseIntError> { text.parse() }
#[cfg(test)] mod tests { #[test] fn asks() { super::ask(\"1\").unwrap(); } }
";

fn project(name: &str) -> TestProject {
    TestProject::new(name, &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)])
}

/// Returns the line about details that a build prints at its end.
fn summary(output: &ProgramOutput) -> Option<&str> {
    output.stderr.lines().find_map(|line| line.strip_prefix("cargo omegi: detail "))
}

/// Returns each function's name, its detail and the reason for that, as `list` prints them.
fn listed(project: &TestProject) -> Vec<String> {
    let list = project.omegi("list").ok().stdout;
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let rows = list.lines().take_while(|line| !line.is_empty()).map(words);
    rows.map(|row| row.replace("shop::", "").replace("src/main.rs:", "")).collect()
}

const AUTO: [&str; 3] = ["main 1 span: main", "sum 5 none: straight body", "ask 6 errors: delegates"];

#[test]
fn a_program_to_explore_has_spans_and_an_optimised_one_what_its_shapes_ask_for() {
    let project = project("details");
    let explored = project.omegi("build").ok();
    assert_eq!(
        summary(&explored),
        Some("spans: 4 functions with spans (CARGO_OMEGI_DETAIL=auto leaves out those of short calls)")
    );
    assert_eq!(listed(&project)[..3], ["main 1 span: default", "sum 5 span: default", "ask 6 span: default"]);
    let optimised = project.omegi("build --release").ok();
    assert_eq!(
        summary(&optimised),
        Some(
            "auto: 2 functions with spans, 1 with errors only, 1 left \
            (CARGO_OMEGI_DETAIL=spans gives every function a span)"
        )
    );
    assert_eq!(listed(&project)[..3], AUTO);
    assert_eq!(summary(&project.omegi("build --release -q").ok()), None);
    assert_eq!(project.omegi("run -q").ok().spans(), ["main", "sum", "ask"]);
    let run = project.omegi("run -q --release").ok();
    assert_eq!(run.spans(), ["main"]);
    assert!(run.stderr.contains("ParseIntError"), "{}", run.stderr);
}

#[test]
fn the_variable_rebuilds_the_woven_crates_and_no_others() {
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"shop\", \"plain\"]\nresolver = \"3\"\n"),
        (
            "shop/Cargo.toml",
            "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
             [dependencies]\nplain = { path = \"../plain\" }\n",
        ),
        ("shop/src/main.rs", "fn main() { ask(); }\nfn ask() -> usize { plain::count().min(9) }\n"),
        ("plain/Cargo.toml", "[package]\nname = \"plain\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
        ("plain/src/lib.rs", "pub fn count() -> usize { std::env::args().count() }\n"),
    ];
    let project = TestProject::new("detail-freshness", &files);
    let root = ("OMEGI_PROJECT_ROOT", "shop");
    let with = |words: &str, detail: &str| project.omegi_with(words, &[root, ("CARGO_OMEGI_DETAIL", detail)]);
    assert!(with("build", "").ok().has_compiled());
    // The same by another name.
    assert!(!with("build", "spans").ok().has_compiled());
    let auto = with("build", " Auto ").ok();
    assert!(auto.stderr.contains("Compiling shop") && !auto.stderr.contains("Compiling plain"), "{auto:?}");
    assert_eq!(with("run -q", "auto").ok().spans(), ["main"]);
    assert!(!with("build", "auto").ok().has_compiled());
    let wrong = with("build", "span");
    assert_eq!(wrong.code, Some(2));
    assert_eq!(
        wrong.stderr,
        "cargo omegi: cannot use CARGO_OMEGI_DETAIL=span: it is none of auto, spans, errors; set it to one \
         of them, or unset it; did you mean `spans`?\n"
    );
}

#[test]
fn tests_choose_by_shape_and_the_variable_wins() {
    let project = project("detail-tests");
    let tested = project.omegi("test").ok();
    assert!(summary(&tested).is_some_and(|line| line.starts_with("auto: 2 functions")), "{}", tested.stderr);
    assert_eq!(listed(&project)[..3], AUTO);
    let spans = project.omegi_with("test", &[("CARGO_OMEGI_DETAIL", "spans")]).ok();
    assert!(summary(&spans).is_some_and(|line| line.starts_with("spans: 4 functions")), "{}", spans.stderr);
}
