//! A call of the compiler by cargo, as far as it concerns the weave.

mod arguments;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use arguments::{extern_name, grouped, options};

/// A call of rustc.
#[derive(Clone, Debug, Default)]
pub(crate) struct Invocation {
    pub(crate) rustc: OsString,
    arguments: Vec<OsString>,
    /// The crate's root file, and its index among the arguments.
    source: Option<(usize, PathBuf)>,
    pub(crate) crate_name: String,
    crate_types: Vec<String>,
    pub(crate) edition: String,
    pub(crate) target: Option<String>,
    out_dir: PathBuf,
    /// The part of file names that distinguishes two crates of one name: `-1f2e3d4c5b6a7988`.
    pub(crate) extra_filename: String,
    /// The folders in which rustc looks for indirect dependencies.
    pub(crate) dependencies: Vec<PathBuf>,
    /// The names of the direct dependencies.
    externs: Vec<String>,
    is_json: bool,
}

impl Invocation {
    /// Reads the arguments that cargo gives to a compiler's wrapper: the compiler, which can have
    /// any name, and the compiler's arguments.
    pub(crate) fn parse(arguments: &[OsString]) -> Option<Self> {
        let (rustc, arguments) = arguments.split_first()?;
        let mut invocation = Self {
            rustc: rustc.clone(),
            arguments: arguments.to_vec(),
            edition: "2015".to_owned(),
            ..Self::default()
        };
        for (at, (option, value)) in options(arguments) {
            let text = value.to_string_lossy().into_owned();
            match option.as_str() {
                "" if text.ends_with(".rs") => invocation.source = Some((at, value.into())),
                "--crate-name" => invocation.crate_name = text,
                "--crate-type" => invocation.crate_types.extend(text.split(',').map(str::to_owned)),
                "--edition" => invocation.edition = text,
                "--target" => invocation.target = Some(text),
                "--out-dir" => invocation.out_dir = value.into(),
                "--extern" => invocation.externs.push(extern_name(&text).to_owned()),
                "--error-format" => invocation.is_json = text == "json",
                "-L" => invocation.dependencies.extend(text.strip_prefix("dependency=").map(PathBuf::from)),
                "-C" => {
                    if let Some(extra) = text.strip_prefix("extra-filename=") {
                        invocation.extra_filename = extra.to_owned();
                    }
                }
                _ => {}
            }
        }
        Some(invocation)
    }

    /// Returns the crate's root file, as a rule relative to the working directory. `None` if the
    /// call only queries the compiler.
    pub(crate) fn source(&self) -> Option<&Path> {
        self.source.as_ref().map(|(_, path)| path.as_path()).filter(|_| !self.crate_name.is_empty())
    }

    /// Returns whether the crate runs inside the compiler or cargo, not in the program.
    pub(crate) fn is_for_the_build(&self) -> bool {
        let is_macro = self.crate_types.iter().any(|it| it == "proc-macro") || self.names("proc_macro");
        is_macro || self.crate_name.starts_with("build_script_")
    }

    /// Returns whether the crate has the program's `main`.
    pub(crate) fn is_program(&self) -> bool {
        self.crate_types.iter().any(|it| it == "bin")
    }

    /// Returns whether the compiler prints messages as JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.is_json
    }

    /// Returns whether the crate may name the crate `name`.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.externs.iter().any(|known| known == name)
    }

    /// Returns the file in which the compiler lists the files that it has read.
    pub(crate) fn dep_info(&self) -> PathBuf {
        self.out_dir.join(format!("{}{}.d", self.crate_name, self.extra_filename))
    }

    /// Returns the call as it is.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.rustc);
        command.args(&self.arguments);
        command
    }

    /// Returns the call with `source` as the crate's root file, and without the crate's own
    /// `omegi`.
    pub(crate) fn command_for(&self, source: &Path) -> Command {
        let mut command = Command::new(&self.rustc);
        for range in grouped(&self.arguments) {
            let words = &self.arguments[range.clone()];
            let value = words.last().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
            let is_extern = words[0].to_string_lossy().starts_with("--extern");
            let name = extern_name(value.strip_prefix("--extern=").unwrap_or(&value));
            if self.source.as_ref().is_some_and(|(at, _)| range.contains(at)) {
                command.arg(source);
            } else if !(is_extern && name == "omegi") {
                command.args(words);
            }
        }
        command
    }

    /// Returns the call that only checks the crate, with its output in `folder`.
    pub(crate) fn check_command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.rustc);
        for range in grouped(&self.arguments) {
            let words = &self.arguments[range];
            let text = words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join("=");
            let is_output = ["--emit=", "--out-dir=", "-C=incremental=", "-Cincremental="];
            if !is_output.iter().any(|option| text.starts_with(option)) {
                command.args(words);
            }
        }
        command.arg("--emit=metadata").arg("--out-dir").arg(folder);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(line: &str) -> Invocation {
        let words: Vec<_> = line.split(' ').map(OsString::from).collect();
        Invocation::parse(&words).unwrap()
    }

    fn words(command: &Command) -> String {
        command.get_args().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    const CALL: &str = "/x/rustc --crate-name shop --edition=2021 src/main.rs --error-format=json \
        --json=diagnostic-rendered-ansi,artifacts --crate-type bin --emit=dep-info,link -C embed-bitcode=no \
        -C extra-filename=-12ab --out-dir /t/debug/deps -C incremental=/t/i -L dependency=/t/d \
        --extern omegi=/t/libomegi.rlib --extern noprelude:serde=/t/s.rlib";

    #[test]
    fn a_call_of_cargo_is_understood() {
        let call = invocation(CALL);
        assert_eq!(call.source(), Some(Path::new("src/main.rs")));
        assert_eq!(call.crate_name, "shop");
        assert_eq!(call.edition, "2021");
        assert_eq!(call.dep_info(), Path::new("/t/debug/deps/shop-12ab.d"));
        assert!(call.is_json() && call.names("serde") && call.names("omegi") && !call.is_for_the_build());
        assert_eq!(
            format!("/x/rustc {}", words(&call.command())).split_whitespace().count(),
            CALL.split_whitespace().count()
        );
    }

    #[test]
    fn the_source_is_exchanged_and_the_crates_own_omegi_is_removed() {
        let line = words(&invocation(CALL).command_for(Path::new("/w/main.rs")));
        assert!(
            line.contains(" /w/main.rs ") && !line.contains("src/main.rs") && !line.contains("omegi"),
            "{line}"
        );
        assert!(line.contains("--extern noprelude:serde=/t/s.rlib"), "{line}");
    }

    #[test]
    fn a_check_writes_elsewhere() {
        let line = words(&invocation(CALL).check_command(Path::new("/c")));
        assert!(line.ends_with("--emit=metadata --out-dir /c"), "{line}");
        assert!(
            !line.contains("incremental") && !line.contains("/t/debug/deps") && !line.contains("link"),
            "{line}"
        );
    }

    #[test]
    fn queries_are_not_compilations() {
        assert!(invocation("rustc -vV").source().is_none());
        assert!(
            invocation("rustc - --crate-name ___ --print=file-names --crate-type bin").source().is_none()
        );
        assert!(
            invocation("rustc --crate-name build_script_build build.rs --crate-type bin").is_for_the_build()
        );
        assert!(invocation("rustc --crate-name m src/lib.rs --test --extern proc_macro").is_for_the_build());
    }
}
