//! An error is one line with a remedy, and leaves no partial results.

use crate::project::{MANIFEST, ProgramOutput, TestProject};

const MAIN: &str = "fn main() { println!(\"{}\", 1u8.count_ones()); }\n";

#[track_caller]
fn one_line(output: &ProgramOutput, code: i32, parts: &[&str]) {
    assert_eq!(output.code, Some(code), "{output:?}");
    assert_eq!((output.stdout.as_str(), output.stderr.lines().count()), ("", 1), "{output:?}");
    for part in parts {
        assert!(output.stderr.contains(part), "{part} is not in {}", output.stderr);
    }
}

#[test]
fn no_project() {
    let folder = std::env::temp_dir().join(format!("omegi-no-project-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let project = TestProject { folder: folder.clone() };
    for command in ["run", "list", "diff"] {
        one_line(&project.omegi(command), 3, &["could not find `Cargo.toml`", "--manifest-path"]);
    }
    one_line(&project.omegi("run --manifest-path nowhere/Cargo.toml"), 3, &["nowhere/Cargo.toml"]);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_broken_manifest() {
    let project = TestProject::new("broken", &[("Cargo.toml", "[package\n"), ("src/main.rs", MAIN)]);
    one_line(&project.omegi("run"), 3, &["Cargo.toml", "cargo metadata"]);
    assert!(!project.has("target"));
}

#[test]
fn an_unknown_package() {
    let project = TestProject::new("unknown", &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)]);
    one_line(&project.omegi("run -p shp"), 3, &["no package `shp`", "it has shop", "did you mean `shop`?"]);
    one_line(&project.omegi("list --package=x"), 3, &["no package `x`"]);
    assert!(!project.has("target"));
}

#[test]
fn a_target_folder_that_cannot_be_written() {
    let project = TestProject::new(
        "unwritable",
        &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN), ("target", "a file")],
    );
    one_line(&project.omegi("run"), 5, &["cannot write", "target/omegi", "--target-dir"]);
}

#[test]
fn a_runtime_folder_that_cannot_be_written() {
    let files = [("Cargo.toml", MANIFEST), ("src/main.rs", MAIN), ("runtime", "a file")];
    let project = TestProject::new("unwritable-runtime", &files);
    let output = project.omegi_with("run", &[("CARGO_OMEGI_RUNTIME_DIR", "runtime")]);
    one_line(&output, 5, &["cannot write", "unwritable-runtime/runtime", "CARGO_OMEGI_RUNTIME_DIR"]);
}

#[test]
fn a_wrong_command_line() {
    let project = TestProject::new("mistyped", &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)]);
    one_line(&project.omegi("rnu"), 2, &["no command `rnu`", "did you mean `run`?", "--help"]);
    one_line(&project.omegi("lst"), 2, &["did you mean `list`?"]);
    one_line(&project.omegi("list --jsno"), 2, &["has no option `--jsno`", "did you mean `--json`?"]);
    one_line(&project.omegi("run -p"), 2, &["`--package` needs a value", "`--package <SPEC>`"]);
    one_line(&project.omegi("test --target"), 2, &["`--target` needs a value"]);
    one_line(&project.omegi("list --package"), 2, &["`--package` needs a value"]);
    one_line(&project.omegi("list shop"), 2, &["has no option `shop`", "`cargo omegi list --help`"]);
    one_line(&project.omegi("diff --json"), 2, &["has no option `--json`", "`cargo omegi diff --help`"]);
    one_line(&project.omegi("--jsno"), 2, &["`cargo omegi` has no option `--jsno`"]);
    one_line(&project.omegi("completions bsh"), 2, &["`bsh` is not a value", "did you mean `bash`?"]);
    one_line(&project.omegi("completions"), 2, &["needs a value for <SHELL>"]);
    one_line(&project.omegi("help rnu"), 2, &["no command `rnu`"]);
    one_line(
        &project.omegi("run --manifest-path a --manifest-path b"),
        2,
        &["`--manifest-path` stands twice"],
    );
    assert!(!project.has("target"));
}

#[test]
fn options_of_cargo_are_judged_by_cargo() {
    let project = TestProject::new("mistyped-for-cargo", &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)]);
    for words in ["check --relase", "run --bin nothing", "check -Z", "build --features=x"] {
        let (plain, woven) = (project.cargo(words), project.omegi(words));
        assert_eq!(woven.code, plain.code, "{words}: {woven:?}");
        assert_eq!(without_usage(&woven), without_usage(&plain), "{words}");
    }
}

/// Returns cargo's messages without the line that lists the given options.
fn without_usage(output: &ProgramOutput) -> String {
    output.messages().lines().filter(|line| !line.starts_with("Usage:")).collect()
}

#[test]
fn words_for_the_program_reach_it() {
    let main = "fn main() { println!(\"{:?}\", std::env::args().skip(1).collect::<Vec<_>>()); }\n";
    let project = TestProject::new("worded", &[("Cargo.toml", MANIFEST), ("src/main.rs", main)]);
    for words in ["run -q -- -p x --help -- --offline", "run -q --bin shop word -p x --target-dir y --help"] {
        let (plain, woven) = (project.cargo(words).ok(), project.omegi(words).ok());
        assert_eq!(woven.stdout, plain.stdout, "{words}");
    }
}

#[test]
fn a_project_root_that_is_no_folder() {
    let project = TestProject::new("rootless", &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)]);
    let output = project.omegi_with("run", &[("OMEGI_PROJECT_ROOT", " /nowhere/at/all\n")]);
    one_line(&output, 3, &["OMEGI_PROJECT_ROOT=/nowhere/at/all", "unset it"]);
}

#[test]
fn a_compiler_that_is_missing() {
    let project = TestProject::new("compilerless", &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)]);
    let output = project.omegi_with("run", &[("RUSTC", "/nowhere/rustc")]);
    one_line(&output, 5, &["`/nowhere/rustc -vV` does not work", "rustup"]);
}

#[cfg(unix)]
#[test]
fn a_compiler_that_is_too_old() {
    let files =
        [("Cargo.toml", MANIFEST), ("src/main.rs", MAIN), ("rustc", "#!/bin/sh\necho rustc 1.60.0\n")];
    let project = TestProject::new("outdated", &files);
    let rustc = project.folder.join("rustc");
    std::fs::set_permissions(&rustc, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let output = project.omegi_with("run", &[("RUSTC", rustc.to_str().unwrap())]);
    one_line(&output, 5, &["rustc 1.60.0", "needs Rust 1.", "rustup update"]);
}

#[test]
fn an_exporter_that_does_not_exist_is_named_by_the_program() {
    let project = TestProject::new("exporting", &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)]);
    // The command reads the variable as the program does, and so builds in no OTLP.
    let output = project.omegi_with("run -q", &[("OMEGI_EXPORTER_KIND", "nototlp")]).ok();
    assert_eq!(output.spans(), ["main"]);
    assert!(output.stderr.contains("\"nototlp\""), "{}", output.stderr);
}
