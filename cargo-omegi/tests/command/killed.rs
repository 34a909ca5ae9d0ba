//! Compilers and wrappers that are killed, and files that were cut: the build fails as cargo's
//! does, and the next one is woven.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::project::{MANIFEST, TestProject};

const MAIN: &str = "fn main() { let unused = call(); }\n\
    fn call() -> u32 { println!(\"{}\", 1u8.count_ones()); 1u8.count_ones() }\n";

/// A project with a compiler that fails at one of its calls for the project's crate.
struct Failing(TestProject);

impl Failing {
    fn new(name: &str, failure: &str) -> Self {
        let project = TestProject::new(name, &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)]);
        let folder = project.folder.display();
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in *'--crate-name shop '*)\n\
            echo >> {folder}/calls\n\
            if [ \"$(wc -l < {folder}/calls)\" = \"$FAIL_AT\" ]; then {failure}; fi;;\nesac\n\
            exec rustc \"$@\"\n"
        );
        let compiler = project.folder.join("compiler");
        fs::write(&compiler, script).unwrap();
        fs::set_permissions(&compiler, fs::Permissions::from_mode(0o755)).unwrap();
        Self(project)
    }

    /// Builds with a compiler that fails at its call `at`; then with one that does not.
    #[track_caller]
    fn fails_and_recovers(&self, at: &str, more: &[(&str, &str)], expected: &str, spans: &[&str]) {
        let _ = fs::remove_dir_all(self.0.folder.join("target"));
        let _ = fs::remove_file(self.0.folder.join("calls"));
        let compiler = self.0.folder.join("compiler");
        let variables = [&[("RUSTC", compiler.to_str().unwrap()), ("FAIL_AT", at)], more].concat();
        let failed = self.0.omegi_with("run -q", &variables);
        assert_eq!(failed.code, Some(101), "at {at}: {failed:?}");
        assert!(failed.stderr.contains(expected), "at {at}: {}", failed.stderr);
        assert!(!failed.stderr.contains("please report"), "at {at}: {}", failed.stderr);
        let again = [&[("RUSTC", compiler.to_str().unwrap()), ("FAIL_AT", "0")], more].concat();
        let woven = self.0.omegi_with("run -q", &again).ok();
        assert_eq!(woven.spans(), spans, "at {at}: {}", woven.stderr);
    }
}

#[test]
fn a_killed_compiler_is_a_failed_build_in_every_phase() {
    // A shell that starts the tests in the background ignores SIGINT.
    for (signal, expected) in [("KILL", "signal: 9"), ("USR1", "signal: 10"), ("TERM", "signal: 15")] {
        let failing = Failing::new(&format!("killed-{signal}"), &format!("kill -{signal} $$"));
        // The compiler of the woven sources, and that of the check which the warning leads to.
        failing.fails_and_recovers("1", &[], expected, &["main", "call"]);
        failing.fails_and_recovers("2", &[], expected, &["main", "call"]);
        // The compiler of a crate that is not woven.
        failing.fails_and_recovers("1", &[("OMEGI_PROJECT_ROOT", "src")], expected, &[]);
    }
}

#[test]
fn a_full_disk_and_a_wrapper_that_fails_are_failed_builds() {
    let text = "failed to write a.o: No space left on device (os error 28)";
    let message = serde_json::json!({
        "$message_type": "diagnostic", "message": text, "code": null, "level": "error",
        "spans": [], "children": [], "rendered": format!("error: {text}"),
    });
    let failing = Failing::new("full-disk", &format!("printf '%s\\n' '{message}' >&2; exit 1"));
    failing.fails_and_recovers("1", &[], "No space left on device", &["main", "call"]);
    let failing = Failing::new("killed-in-a-shell", "exit 137");
    failing.fails_and_recovers("1", &[], "exit status: 137", &["main", "call"]);
}

#[test]
fn a_compiler_that_crashes_once_is_called_again() {
    let failing = Failing::new("crashed", "kill -SEGV $$");
    let compiler = failing.0.folder.join("compiler");
    let variables = [("RUSTC", compiler.to_str().unwrap()), ("FAIL_AT", "1")];
    let woven = failing.0.omegi_with("run -q", &variables).ok();
    assert_eq!(woven.spans(), ["main", "call"], "{}", woven.stderr);
}

#[test]
fn a_compiler_that_fails_behind_its_metadata_is_no_panic_of_cargo() {
    for failure in ["exit 1", "kill -SEGV $$"] {
        let failing = Failing::new("late", &format!("rustc \"$@\"; sleep 1; {failure}"));
        failing.0.write(
            "Cargo.toml",
            &MANIFEST.replace(
                "[workspace]",
                "[workspace]\nmembers = [\"user\"]\ndefault-members = [\".\", \"user\"]",
            ),
        );
        failing.0.write("src/lib.rs", "pub fn call() { println!(\"{}\", 1u8.count_ones()); }\n");
        fs::remove_file(failing.0.folder.join("src/main.rs")).unwrap();
        let user = "[package]\nname = \"user\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
            [dependencies]\nshop = { path = \"..\" }\n";
        failing.0.write("user/Cargo.toml", user);
        failing.0.write("user/src/main.rs", "fn main() { shop::call(); }\n");
        let compiler = failing.0.folder.join("compiler");
        let variables = [("RUSTC", compiler.to_str().unwrap()), ("FAIL_AT", "1")];
        let woven = failing.0.omegi_with("run -q --bin user", &variables);
        assert!(!woven.stderr.contains("panicked"), "{failure}: {}", woven.stderr);
        let again = [variables[0], ("FAIL_AT", "0")];
        let woven = failing.0.omegi_with("run -q --bin user", &again).ok();
        assert_eq!(woven.spans(), ["main", "call"], "{failure}: {}", woven.stderr);
    }
}

#[test]
fn cut_files_are_replaced() {
    let project = TestProject::new("cut", &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)]);
    project.omegi("build -q").ok();
    for (folder, part) in [
        ("target/omegi/debug/deps", "libomegi"),
        ("target/omegi/woven", "main.rs"),
        ("target/omegi/skipped", ""),
    ] {
        let cut = cut(&project.folder.join(folder), part);
        assert!(cut > 0 || part.is_empty(), "{folder}");
        sleep(Duration::from_millis(1100));
        project.write("src/main.rs", MAIN);
        let woven = project.omegi("run -q").ok();
        assert_eq!(woven.spans(), ["main", "call"], "{folder}: {}", woven.stderr);
    }
}

#[test]
fn a_crate_that_could_not_be_woven_is_tried_again() {
    let project = TestProject::new("unwritten", &[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)]);
    project.write("target/omegi/woven", "a file");
    let plain = project.omegi("run -q").ok();
    assert!(plain.spans().is_empty() && plain.stderr.contains("cannot write"), "{}", plain.stderr);
    fs::remove_file(project.folder.join("target/omegi/woven")).unwrap();
    assert_eq!(project.omegi("run -q").ok().spans(), ["main", "call"]);
    assert!(!project.omegi("run").ok().has_compiled());
}

/// Puts the first half of each file whose name begins with `part` in its place; returns their
/// number.
fn cut(folder: &Path, part: &str) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().unwrap().is_dir() {
            count += cut(&entry.path(), part);
        } else if entry.file_type().unwrap().is_file()
            && entry.file_name().to_str().unwrap().starts_with(part)
        {
            let bytes = fs::read(entry.path()).unwrap();
            // Another file: tests share the libraries.
            fs::remove_file(entry.path()).unwrap();
            fs::write(entry.path(), &bytes[..bytes.len() / 2]).unwrap();
            count += 1;
        }
    }
    count
}

/// Builds while compilers and wrappers are killed at random: `ROUNDS` times, or a few.
#[test]
fn compilers_killed_at_random_leave_no_plain_crate() {
    let rounds = std::env::var("ROUNDS").map_or(5, |rounds| rounds.parse().unwrap());
    let library = |name: &str, n: u32| format!("pub fn {name}() -> u32 {{ u32::pow({n}, 2) }}\n");
    let crates = ["a", "b", "c"];
    let member = |name: &str, more: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{more}"
        )
    };
    let all: String = crates.map(|name| format!("{name} = {{ path = \"../{name}\" }}\n")).concat();
    let main = "fn main() { println!(\"{} {} {}\", a::a(), b::b(), c::c()); }\n";
    let project = TestProject::new(
        "killed-at-random",
        &[
            ("Cargo.toml", "[workspace]\nmembers = [\"shop\", \"a\", \"b\", \"c\"]\nresolver = \"3\"\n"),
            ("shop/Cargo.toml", &member("shop", &all)),
            ("shop/src/main.rs", main),
        ],
    );
    let mut random = Random(rounds ^ 0x9e37_79b9);
    for round in 0..rounds {
        for name in crates {
            project.write(&format!("{name}/Cargo.toml"), &member(name, ""));
            project.write(&format!("{name}/src/lib.rs"), &library(name, 10 * round + 1));
        }
        // Cargo compares ages of files.
        sleep(Duration::from_millis(20));
        let mut build = project.omegi_command("build -q");
        let mut build = build.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut killed = 0;
        while build.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(random.below(120)));
            let compilers = compilers_below(build.id());
            if !compilers.is_empty() && killed < 2 {
                let victim = compilers[random.below(compilers.len() as u64) as usize];
                let _ =
                    Command::new("kill").args(["-KILL", &victim.to_string()]).stderr(Stdio::null()).status();
                killed += 1;
            }
        }
        let status = build.wait().unwrap();
        assert!(status.success() || killed > 0, "round {round}: {status}");
        let woven = project.omegi("run -q").ok();
        let square = (10 * round + 1).pow(2);
        assert_eq!(woven.stdout, format!("{square} {square} {square}\n"), "round {round}: {}", woven.stderr);
        assert_eq!(woven.spans(), ["main", "a", "b", "c"], "round {round}: {}", woven.stderr);
        assert_eq!(
            woven.messages().lines().filter(|line| line.contains("warning")).count(),
            0,
            "{}",
            woven.stderr
        );
    }
}

/// Returns the compilers and wrappers among the processes that `process` has started.
fn compilers_below(process: u32) -> Vec<u32> {
    let mut children = BTreeMap::<u32, Vec<(u32, String)>>::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // `PID (NAME) STATE PARENT …`; a name may have blanks.
        let Some((start, rest)) = stat.rsplit_once(") ") else { continue };
        let Some((id, name)) = start.split_once(" (") else { continue };
        let parent = rest.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or_default();
        children.entry(parent).or_default().push((id.parse().unwrap(), name.to_owned()));
    }
    let mut found = Vec::new();
    let mut next = vec![process];
    while let Some(parent) = next.pop() {
        for (id, name) in children.get(&parent).into_iter().flatten() {
            next.push(*id);
            if name == "rustc" || name == "cargo-omegi" {
                found.push(*id);
            }
        }
    }
    found
}

/// Pseudorandom numbers: xorshift.
struct Random(u32);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        u64::from(self.0) % end
    }
}
