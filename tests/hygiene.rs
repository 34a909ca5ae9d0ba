//! Woven programs compile in every edition without more warnings than the plain ones, and do the
//! same.
//!
//! Each file of `hygiene/` is a program, and so is each folder. It is built once plain (omegi's
//! feature `enable` off, where the attributes return their items untouched) and once woven, under
//! rustc's strict lints. Both are run, and must print the
//! same. Both are checked, and must have the same warnings.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program and the first edition that it can be written in.
const PROGRAMS: [(&str, u32); 7] = [
    ("drops", 2015),
    ("kinds", 2015),
    ("returns", 2015),
    ("hostile", 2015),
    ("modules", 2015),
    ("futures", 2018),
    ("spawns", 2018),
];
const EDITIONS: [u32; 4] = [2015, 2018, 2021, 2024];

#[test]
fn woven_programs_behave_as_plain_ones() {
    let home = workspace();
    let (plain, woven) = (build(&home, "plain", &[]), build(&home, "woven", &["--features=woven"]));
    for (program, edition) in programs() {
        let name = format!("{program}-{edition}");
        let expected = run(&plain.join(&name));
        assert!(!expected.is_empty(), "{name} prints nothing");
        assert_eq!(run(&woven.join(&name)), expected, "{name}, plain on the right");
    }
}

#[test]
fn rustc_has_the_same_to_say_of_plain_programs() {
    let home = workspace();
    let plain = warnings(&home, "plain", &[]);
    assert!(!plain.is_empty(), "the programs provoke some warnings, so that this test sees any");
    let woven = warnings(&home, "woven", &["--features=woven"]);
    let different: Vec<_> = plain.symmetric_difference(&woven).cloned().collect();
    assert!(different.is_empty(), "plain and woven programs differ in this:\n{}", different.join("\n"));
}

/// Returns the compiler's messages: file, line, column and text.
fn warnings(home: &Path, state: &str, options: &[&str]) -> BTreeSet<String> {
    let target = home.join("target/check").join(state);
    let messages = cargo(home, "check", &target, &[&["--message-format=short"], options].concat());
    messages.lines().filter_map(|line| below_the_programs(line).map(ToOwned::to_owned)).collect()
}

/// Returns a message with the path of its file below `hygiene/`: a woven file's path ends as the
/// original's does.
fn below_the_programs(line: &str) -> Option<&str> {
    line.rsplit_once("/tests/hygiene/").map(|(_, below)| below)
}

fn programs() -> impl Iterator<Item = (&'static str, u32)> {
    let of = |(program, first)| {
        EDITIONS.into_iter().filter(move |edition| *edition >= first).map(move |edition| (program, edition))
    };
    PROGRAMS.into_iter().flat_map(of)
}

/// Writes a workspace with a package for each program and edition. It is outside of ours and has
/// features of its own.
fn workspace() -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hygiene");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in a workspace");
    let members = programs().map(|(program, edition)| format!("\"{program}-{edition}\""));
    let members = members.collect::<Vec<_>>().join(", ");
    write(&home.join("Cargo.toml"), &format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n"));
    for (program, edition) in programs() {
        let manifest = format!(
            "[package]\nname = \"{program}-{edition}\"\nedition = \"{edition}\"\n\n\
             [features]\nwoven = [\"omegi/enable\"]\n\n\
             [dependencies]\nomegi = {{ path = {root:?} }}\n\n\
             [[bin]]\nname = \"{program}-{edition}\"\npath = {:?}\n",
            source(root, program),
        );
        write(&home.join(format!("{program}-{edition}/Cargo.toml")), &manifest);
    }
    // The workspace uses the versions of ours, so that cargo fetches nothing.
    write(
        &home.join("Cargo.lock"),
        &fs::read_to_string(root.join("Cargo.lock")).expect("the workspace has a lock file"),
    );
    home
}

fn source(root: &Path, program: &str) -> PathBuf {
    let programs = root.join("tests/hygiene");
    let in_a_folder = programs.join(program).join("main.rs");
    if in_a_folder.exists() { in_a_folder } else { programs.join(format!("{program}.rs")) }
}

/// Writes a file only if its content changes, because cargo checks its age.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|present| present == text) {
        return;
    }
    fs::create_dir_all(path.parent().expect("a file has a folder"))
        .expect("the target folder can be written");
    fs::write(path, text).expect("the target folder can be written");
}

fn build(home: &Path, state: &str, options: &[&str]) -> PathBuf {
    let target = home.join("target").join(state);
    cargo(home, "build", &target, options);
    target.join("debug")
}

/// Runs cargo over the workspace with a target folder of its own, and returns its output.
fn cargo(home: &Path, command: &str, target: &Path, options: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args([command, "--offline", "--workspace", "--keep-going"])
        .args(options)
        .current_dir(home)
        .env("CARGO_TARGET_DIR", target)
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo can be started");
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command} in {}:\n{messages}", target.display());
    messages
}

fn run(program: &Path) -> String {
    let output =
        Command::new(program).env("OMEGI_EXPORTER_KIND", "none").output().expect("the program was built");
    assert!(output.status.success(), "{}:\n{}", program.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the program prints text")
}
