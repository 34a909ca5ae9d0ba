//! Under `cargo omegi test` nothing of omegi's is on the streams of a program.

use crate::project::{MANIFEST, TestProject};

/// A program whose calls fail now and then, and which goes to another folder.
const MAIN: &str = r#"fn step(n: u64) -> Result<u64, String> {
    if n == 500 { Err(n.to_string()) } else { Ok(n + std::convert::identity(1)) }
}
fn main() {
    std::env::set_current_dir("src").unwrap();
    let mut n = 0;
    for _ in 0..100_000 { n = step(n).unwrap_or(501); }
    println!("{n}");
    if std::env::args().count() > 1 { step(500).unwrap(); }
}
"#;

/// Tests that compare the streams of the program, with its own environment or an empty one.
const TESTS: &str = r#"use std::process::Command;
fn quiet(command: &mut Command) {
    let out = command.output().unwrap();
    assert_eq!(String::from_utf8(out.stderr).unwrap(), "");
    assert_eq!(String::from_utf8(out.stdout).unwrap(), "100000\n");
}
fn program() -> Command { Command::new(env!("CARGO_BIN_EXE_shop")) }
fn itself(test: &str) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let out = command.args([test, "--exact", "--ignored", "--nocapture"]).env_clear().output().unwrap();
    assert_eq!(String::from_utf8(out.stderr).unwrap(), "");
}
#[test] fn as_it_is() { quiet(&mut program()) }
#[test] fn with_an_empty_environment() { quiet(program().env_clear()) }
#[test] fn with_complaints() { quiet(program().env("OMEGI_NONSENSE", "1").env("OMEGI_MEMORY", "lots")) }
#[test] fn a_copy() {
    let copy = std::env::temp_dir().join(format!("omegi-copy-{}", std::process::id()));
    std::fs::copy(env!("CARGO_BIN_EXE_shop"), &copy).unwrap();
    quiet(Command::new(&copy).env_clear());
    std::fs::remove_file(copy).unwrap();
}
#[test] fn a_panic_is_the_programs_own() {
    let out = program().arg("fail").env_clear().output().unwrap();
    let stderr = String::from_utf8(out.stderr).unwrap();
    assert_eq!(stderr.lines().count(), 4, "{stderr}");
}
#[test] fn tests_with_an_empty_environment() { itself("inner"); itself("nested::deep") }
#[test] #[ignore] fn inner() { shop::lose() }
mod nested { #[test] #[ignore] fn deep() { shop::lose(); super::more(); } }
fn more() { shop::lose() }
"#;

const LIBRARY: &str = "pub fn lose() { parse(\"x\").unwrap_err(); }\n\
    fn parse(text: &str) -> Result<u8, std::num::ParseIntError> { text.parse::<u8>() }\n";

#[test]
fn programs_that_tests_start_print_what_they_print_plain() {
    let files =
        [("Cargo.toml", MANIFEST), ("src/main.rs", MAIN), ("src/lib.rs", LIBRARY), ("tests/cli.rs", TESTS)];
    let project = TestProject::new("quiet", &files);
    project.cargo("test -q").ok();
    project.commit();
    let woven = project.omegi("test -q").ok();
    let summary = woven.stderr.lines().rfind(|line| line.starts_with("cargo omegi: ")).unwrap();
    assert!(summary.contains(" failed \u{2192} target/omegi/flows.json"), "{}", woven.stderr);
    assert!(summary.contains("omegi's notes are in target/omegi/notes.txt"), "{summary}");
    assert!(
        !woven.stderr.contains("omegi:  ") && !woven.stderr.contains("OMEGI_NONSENSE"),
        "{}",
        woven.stderr
    );
    let notes = std::fs::read_to_string(project.folder.join("target/omegi/notes.txt")).unwrap();
    assert!(notes.contains("OMEGI_NONSENSE") && notes.contains("OMEGI_MEMORY"), "{notes}");
    assert_eq!(project.changes(), "", "nothing is written into the project");
    let shown = project.omegi("show target/omegi").ok();
    assert_eq!(shown.stderr, "");
    for name in ["main", "inner", "nested::deep"] {
        assert!(shown.stdout.contains(name), "{name}: {}", shown.stdout);
    }

    // A setting of the user wins over the one that is built in.
    let stderr = [("OMEGI_CONSOLE_STREAM", "stderr")];
    let failing = project.omegi_with("test -q", &stderr);
    assert_eq!(failing.code, Some(101), "{}", failing.stderr);
}

#[test]
fn a_program_is_compiled_again_for_tests_and_not_for_a_run() {
    let manifest = "[workspace]\nmembers = [\"front\", \"stock\"]\nresolver = \"3\"\n";
    let front = "[package]\nname = \"front\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
        [dependencies]\nstock = { path = \"../stock\" }\n";
    let files = [
        ("Cargo.toml", manifest),
        ("front/Cargo.toml", front),
        ("front/src/main.rs", "fn main() { println!(\"{}\", stock::count(2)); }\n"),
        ("stock/Cargo.toml", "[package]\nname = \"stock\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
        ("stock/src/lib.rs", "pub fn count(n: u32) -> u32 { n.pow(n) }\n"),
    ];
    let project = TestProject::new("modes", &files);
    assert!(project.omegi("build").ok().stderr.contains("Compiling stock"));
    assert!(!project.omegi("run").ok().has_compiled());
    let test = project.omegi("test -p front").ok();
    assert!(test.stderr.contains("Compiling front"), "{}", test.stderr);
    assert!(!project.omegi("test -p front").ok().has_compiled());
}

#[test]
fn old_files_stay_for_one_run_and_no_run_removes_none() {
    let files = [
        ("Cargo.toml", MANIFEST),
        (
            "src/lib.rs",
            "#[test] fn lose() { crate::fail().unwrap_err(); }\n\
        pub fn fail() -> Result<u8, String> { Err(String::from(\"lost\")) }\n",
        ),
    ];
    let project = TestProject::new("old-files", &files);
    project.write("target/omegi/flows.json", "first");
    let no_run = project.omegi("test --no-run").ok();
    assert!(!no_run.stderr.contains("flow"), "{}", no_run.stderr);
    assert_eq!(std::fs::read_to_string(project.folder.join("target/omegi/flows.json")).unwrap(), "first");
    project.omegi("test -q").ok();
    let aside = project.folder.join("target/omegi/flows.json.1");
    assert_eq!(std::fs::read_to_string(&aside).unwrap(), "first");
    project.omegi("test -q").ok();
    assert!(std::fs::read_to_string(&aside).unwrap().contains("lost"));

    // Nothing failed: nothing is said.
    project.write(
        "src/lib.rs",
        "#[test] fn win() { crate::count(1); }\npub fn count(n: u8) -> u32 { n.count_ones() }\n",
    );
    let fine = project.omegi("test -q").ok();
    assert!(!fine.stderr.contains("cargo omegi"), "{}", fine.stderr);
}

#[cfg(unix)]
#[test]
fn the_flows_before_a_kill_are_whole_and_the_exit_code_is_cargos() {
    let lib = r#"
use std::process::{Command, id};
use std::thread::{sleep, spawn};
use std::time::Duration;
pub fn fail() -> Result<u8, String> { Err(String::from("lost")) }
#[test] fn lose() { fail().unwrap_err(); sleep(Duration::from_secs(2)); }
#[test] fn more() {
    for _ in 0..10 { spawn(|| fail()).join().unwrap().unwrap_err(); }
    sleep(Duration::from_secs(2));
}
#[test] fn die() {
    sleep(Duration::from_secs(1));
    Command::new("kill").args(["-9", &id().to_string()]).status().unwrap();
}
"#;
    let project = TestProject::new("killed-tests", &[("Cargo.toml", MANIFEST), ("src/lib.rs", lib)]);
    let killed = project.omegi("test -q");
    assert_eq!(killed.code, Some(101), "{}", killed.stderr);
    if project.has("target/omegi/flows.json") {
        project.omegi("show target/omegi/flows.json").ok();
    }
}
