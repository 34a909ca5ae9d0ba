//! A call of the compiler by cargo, as far as it concerns the weave.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What cargo wants of rustc.
#[derive(Clone, Debug, Default)]
pub(crate) struct Invocation {
    pub(crate) rustc: OsString,
    arguments: Vec<OsString>,
    /// Which of the arguments is the crate's root file, and that file.
    source: Option<(usize, PathBuf)>,
    pub(crate) crate_name: String,
    crate_types: Vec<String>,
    pub(crate) edition: String,
    pub(crate) target: Option<String>,
    pub(crate) out_dir: PathBuf,
    /// What tells the files of two crates of one name apart: `-1f2e3d4c5b6a7988`.
    pub(crate) extra_filename: String,
    /// Where it looks for what the crates that it names depend on.
    pub(crate) dependencies: Vec<PathBuf>,
    /// The crates that it may name.
    externs: Vec<String>,
    is_json: bool,
}

impl Invocation {
    /// Reads the arguments that cargo gives a compiler's wrapper: the compiler, which can have any name, and its own.
    pub(crate) fn parse(arguments: &[OsString]) -> Option<Self> {
        let (rustc, arguments) = arguments.split_first()?;
        let mut invocation = Self {
            rustc: rustc.clone(),
            arguments: arguments.to_vec(),
            edition: "2015".to_owned(),
            ..Self::default()
        };
        invocation.read();
        Some(invocation)
    }

    fn read(&mut self) {
        let arguments = self.arguments.clone();
        for (at, (option, value)) in options(&arguments) {
            let text = value.to_string_lossy().into_owned();
            match option.as_str() {
                "" if text.ends_with(".rs") => self.source = Some((at, value.into())),
                "--crate-name" => self.crate_name = text,
                "--crate-type" => self.crate_types.extend(text.split(',').map(str::to_owned)),
                "--edition" => self.edition = text,
                "--target" => self.target = Some(text),
                "--out-dir" => self.out_dir = value.into(),
                "--extern" => self.externs.push(extern_name(&text).to_owned()),
                "--error-format" => self.is_json = text == "json",
                "-L" => self.dependencies.extend(text.strip_prefix("dependency=").map(PathBuf::from)),
                "-C" => {
                    if let Some(extra) = text.strip_prefix("extra-filename=") {
                        self.extra_filename = extra.to_owned();
                    }
                }
                _ => {}
            }
        }
    }

    /// The crate's root file, relative to the working directory as a rule; `None` if the compiler is only asked something.
    pub(crate) fn source(&self) -> Option<&Path> {
        self.source.as_ref().map(|(_, path)| path.as_path()).filter(|_| !self.crate_name.is_empty())
    }

    /// Whether what is compiled runs inside the compiler or inside cargo, not in the program.
    pub(crate) fn is_for_the_build(&self) -> bool {
        let is_macro = self.crate_types.iter().any(|it| it == "proc-macro") || self.names("proc_macro");
        is_macro || self.crate_name.starts_with("build_script_")
    }

    /// Whether messages are asked for as JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.is_json
    }

    /// Whether the crate may name the crate `name`.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.externs.iter().any(|known| known == name)
    }

    /// Where the compiler writes what it has read.
    pub(crate) fn dep_info(&self) -> PathBuf {
        self.out_dir.join(format!("{}{}.d", self.crate_name, self.extra_filename))
    }

    /// The call as it is.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.rustc);
        command.args(&self.arguments);
        command
    }

    /// The call with `source` in the place of the crate's root file, and without the crate `omegi` that it may name.
    pub(crate) fn command_for(&self, source: &Path) -> Command {
        let mut command = Command::new(&self.rustc);
        let ours = |text: &str| extern_name(text) == "omegi";
        for range in self.grouped() {
            let words = &self.arguments[range.clone()];
            let value = words.last().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
            let is_extern = words[0].to_string_lossy().starts_with("--extern");
            if self.source.as_ref().is_some_and(|(at, _)| range.contains(at)) {
                command.arg(source);
            } else if !(is_extern && ours(value.strip_prefix("--extern=").unwrap_or(&value))) {
                command.args(words);
            }
        }
        command
    }

    /// The call that only checks the crate, and leaves what it makes in `folder`.
    pub(crate) fn check_command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.rustc);
        for range in self.grouped() {
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

    /// The arguments, with each option's value beside it.
    fn grouped(&self) -> Vec<std::ops::Range<usize>> {
        let mut groups = Vec::new();
        let mut at = 0;
        while at < self.arguments.len() {
            let width = 1 + usize::from(takes_value(&self.arguments[at]) && at + 1 < self.arguments.len());
            groups.push(at..at + width);
            at += width;
        }
        groups
    }
}

/// Whether an option's value is the next argument.
fn takes_value(argument: &OsStr) -> bool {
    const OPTIONS: [&str; 18] = [
        "--crate-name",
        "--crate-type",
        "--edition",
        "--target",
        "--out-dir",
        "--extern",
        "--error-format",
        "--emit",
        "-C",
        "-L",
        "-l",
        "--cfg",
        "--check-cfg",
        "--cap-lints",
        "--remap-path-prefix",
        "--json",
        "-o",
        "--print",
    ];
    const LINTS: [&str; 10] =
        ["-A", "-W", "-D", "-F", "-Z", "--allow", "--warn", "--deny", "--forbid", "--sysroot"];
    OPTIONS.iter().chain(&LINTS).any(|option| argument == *option)
}

/// Each option with its place and value; what is no option has an empty name.
fn options(arguments: &[OsString]) -> Vec<(usize, (String, OsString))> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < arguments.len() {
        let text = arguments[at].to_string_lossy().into_owned();
        if takes_value(&arguments[at]) {
            found.push((at, (text, arguments.get(at + 1).cloned().unwrap_or_default())));
            at += 1;
        } else if let Some((name, value)) = text.split_once('=').filter(|_| text.starts_with("--")) {
            found.push((at, (name.to_owned(), value.into())));
        } else if let Some(codegen) = text.strip_prefix("-C") {
            found.push((at, ("-C".to_owned(), codegen.into())));
        } else if !text.starts_with('-') {
            found.push((at, (String::new(), arguments[at].clone())));
        }
        at += 1;
    }
    found
}

/// The name of the crate in what stands behind `--extern`: `name`, `name=path`, `priv,noprelude:name=path`.
fn extern_name(text: &str) -> &str {
    let text = text.split_once('=').map_or(text, |(name, _)| name);
    text.rsplit_once(':').map_or(text, |(_, name)| name)
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
    fn the_source_is_exchanged_and_the_crates_own_omegi_left_out() {
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
    fn questions_are_not_compilations() {
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
