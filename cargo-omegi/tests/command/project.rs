//! A project in a folder of its own, built and run plain and woven.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A cargo project that a test has written.
pub(crate) struct TestProject {
    pub(crate) folder: PathBuf,
}

/// The manifest of a plain package. Tests append their additions.
pub(crate) const MANIFEST: &str =
    "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";

impl TestProject {
    /// Writes a project with these files; each is a path and a text.
    pub(crate) fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = scratch().join("projects").join(name);
        let _ = fs::remove_dir_all(&folder);
        let project = Self { folder };
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs `cargo omegi` with these words.
    pub(crate) fn omegi(&self, words: &str) -> ProgramOutput {
        self.omegi_with(words, &[])
    }

    pub(crate) fn omegi_with(&self, words: &str, variables: &[(&str, &str)]) -> ProgramOutput {
        let mut command = self.omegi_command(words);
        command.envs(variables.iter().copied());
        self.run(command)
    }

    /// Returns the call of `cargo omegi` with these words.
    pub(crate) fn omegi_command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-omegi"));
        command.arg("omegi").args(words.split_whitespace());
        // omegi is built once for all tests, and kept between runs.
        command.env("CARGO_OMEGI_RUNTIME_DIR", scratch().join("omegi"));
        command.current_dir(&self.folder);
        command
    }

    /// Runs cargo itself.
    pub(crate) fn cargo(&self, words: &str) -> ProgramOutput {
        self.cargo_with(words, &[])
    }

    pub(crate) fn cargo_with(&self, words: &str, variables: &[(&str, &str)]) -> ProgramOutput {
        let mut command = Command::new(env!("CARGO"));
        command.args(words.split_whitespace()).envs(variables.iter().copied());
        command.env("CARGO_OMEGI_RUNTIME_DIR", scratch().join("omegi"));
        self.run(command)
    }

    /// Runs a program by hand.
    pub(crate) fn program(&self, program: &Path, variables: &[(&str, &str)]) -> ProgramOutput {
        let mut command = Command::new(program);
        command.envs(variables.iter().copied());
        self.run(command)
    }

    /// Runs a program of the project under gdb with these commands.
    pub(crate) fn gdb(&self, program: &str, commands: &[&str]) -> ProgramOutput {
        let mut command = Command::new("gdb");
        command.arg("-batch").args(commands.iter().flat_map(|it| ["-ex", it])).arg(program);
        self.run(command)
    }

    /// Runs a program without the variables of the build around, and without those for omegi.
    fn run(&self, mut command: Command) -> ProgramOutput {
        let is_for_us = |name: &str| {
            ["OMEGI_", "OTEL_", "CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
                .iter()
                .any(|it| name.starts_with(it))
        };
        let others = ["RUSTFLAGS", "RUSTDOCFLAGS", "CARGO_TARGET_DIR", "RUST_BACKTRACE"];
        for (name, _) in
            std::env::vars().filter(|(name, _)| is_for_us(name) || others.contains(&name.as_str()))
        {
            if !command.get_envs().any(|(set, _)| set == name.as_str()) {
                command.env_remove(name);
            }
        }
        ProgramOutput::of(
            command.current_dir(&self.folder).env("CARGO_TERM_COLOR", "never").output().unwrap(),
        )
    }

    /// Makes the project a repository, with everything in it committed.
    pub(crate) fn commit(&self) {
        self.write(".gitignore", "/target\n");
        for words in ["init -q", "add -A", "-c user.name=t -c user.email=t@t commit -qm all"] {
            let done = Command::new("git").args(words.split(' ')).current_dir(&self.folder).output().unwrap();
            assert!(done.status.success(), "git {words}: {done:?}");
        }
    }

    /// Returns the changes since the commit.
    pub(crate) fn changes(&self) -> String {
        let done =
            Command::new("git").args(["status", "--short"]).current_dir(&self.folder).output().unwrap();
        String::from_utf8(done.stdout).unwrap()
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.folder.join(path).exists()
    }
}

/// Returns a folder that is kept between runs.
fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// The exit code and the output of a program.
#[derive(Debug)]
pub(crate) struct ProgramOutput {
    pub(crate) code: Option<i32>,
    /// The signal that killed it.
    pub(crate) signal: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl ProgramOutput {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code(),
            signal: signal(output.status),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Returns this output, and panics if the program failed.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Returns the names of the printed spans, without their crate.
    pub(crate) fn spans(&self) -> Vec<String> {
        let objects =
            self.stderr.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        objects.filter_map(|span| span["name"].as_str().map(str::to_owned)).collect()
    }

    /// Returns the messages of the compiler and of cargo, without those about progress.
    pub(crate) fn messages(&self) -> String {
        let is_progress = |line: &&str| {
            let word = line.trim_start().split(' ').next().unwrap_or_default();
            !["Compiling", "Checking", "Finished", "Running", "Locking", "Doc-tests", "Blocking"]
                .contains(&word)
                && !line.starts_with("cargo omegi:")
        };
        self.stderr.lines().filter(is_progress).map(|line| format!("{line}\n")).collect()
    }

    /// Returns whether cargo has compiled anything.
    pub(crate) fn has_compiled(&self) -> bool {
        self.stderr.contains("Compiling") || self.stderr.contains("Checking")
    }
}

#[cfg(unix)]
fn signal(status: std::process::ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: std::process::ExitStatus) -> Option<i32> {
    None
}
