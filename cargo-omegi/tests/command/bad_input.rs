//! What is wrong is said in one line, with what to do, and nothing is left half done.

use crate::project::{MANIFEST, Project, Said};

const MAIN: &str = "fn main() { println!(\"{}\", 1u8.count_ones()); }\n";

#[track_caller]
fn one_line(said: &Said, code: i32, parts: &[&str]) {
    assert_eq!(said.code, Some(code), "{said:?}");
    assert_eq!((said.stdout.as_str(), said.stderr.lines().count()), ("", 1), "{said:?}");
    for part in parts {
        assert!(said.stderr.contains(part), "{part} is not in {}", said.stderr);
    }
}

#[test]
fn no_project() {
    let folder = std::env::temp_dir().join(format!("omegi-no-project-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let project = Project { folder: folder.clone() };
    for command in ["run", "list", "diff"] {
        one_line(&project.omegi(command), 3, &["could not find `Cargo.toml`", "--manifest-path"]);
    }
    one_line(&project.omegi("run --manifest-path nowhere/Cargo.toml"), 3, &["nowhere/Cargo.toml"]);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_broken_manifest() {
    let project = Project::new("broken", &[("Cargo.toml", "[package\n"), ("src/main.rs", MAIN)]);
    one_line(&project.omegi("run"), 3, &["Cargo.toml", "cargo metadata"]);
    assert!(!project.has("target"));
}

#[test]
fn an_unknown_package() {
    let project = Project::new("unknown", &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)]);
    one_line(&project.omegi("run -p shp"), 3, &["no package `shp`", "It has shop", "did you mean `shop`?"]);
    one_line(&project.omegi("list --package=x"), 3, &["no package `x`"]);
    assert!(!project.has("target"));
}

#[test]
fn a_target_folder_that_cannot_be_written() {
    let project =
        Project::new("unwritable", &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN), ("target", "a file")]);
    one_line(&project.omegi("run"), 5, &["target/omegi cannot be written", "--target-dir"]);
}

#[test]
fn a_wrong_command_line() {
    let project = Project::new("mistyped", &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)]);
    one_line(&project.omegi("rnu"), 2, &["no command `rnu`", "--help"]);
    one_line(&project.omegi("lst"), 2, &["did you mean `list`?"]);
    one_line(&project.omegi("list --jsno"), 2, &["does not know `--jsno`", "did you mean `--json`?"]);
    one_line(&project.omegi("run -p"), 2, &["`-p` wants a value"]);
}

#[test]
fn a_project_root_that_is_none() {
    let project = Project::new("rootless", &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)]);
    let said = project.omegi_with("run", &[("OMEGI_PROJECT_ROOT", "/nowhere/at/all")]);
    one_line(&said, 3, &["OMEGI_PROJECT_ROOT=/nowhere/at/all", "unset it"]);
}

#[test]
fn a_compiler_that_is_missing() {
    let project = Project::new("compilerless", &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)]);
    let said = project.omegi_with("run", &[("RUSTC", "/nowhere/rustc")]);
    one_line(&said, 5, &["`/nowhere/rustc -vV` does not work", "rustup"]);
}
