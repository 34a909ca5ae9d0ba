//! A call of the compiler by cargo, as far as it concerns the weave.

mod arguments;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use arguments::{extern_name, grouped, options};

/// A call of rustc.
#[derive(Clone, Debug, Default)]
pub(crate) struct Invocation {
    /// The user's programs around the compiler.
    wrappers: Vec<PathBuf>,
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
    /// True if the compiler optimises.
    pub(crate) is_optimised: bool,
}

/// Returns whether cargo has made these words: the compiler, then a query or a crate for it.
pub(crate) fn is_call(words: &[OsString]) -> bool {
    matches!(words, [_, first, ..] if ["-vV", "-", "--crate-name"].iter().any(|known| first == known))
}

impl Invocation {
    /// Reads the arguments that cargo gives to a compiler's wrapper: the compiler, which can have
    /// any name, and the compiler's arguments. `wrappers` run that compiler.
    pub(crate) fn parse(wrappers: Vec<PathBuf>, arguments: &[OsString]) -> Option<Self> {
        let (rustc, arguments) = arguments.split_first()?;
        let mut invocation = Self {
            wrappers,
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
                "-C" | "--codegen" => invocation.read_codegen(&text),
                "-O" => invocation.is_optimised = true,
                _ => {}
            }
        }
        Some(invocation)
    }

    fn read_codegen(&mut self, text: &str) {
        match text.split_once('=') {
            Some(("extra-filename", extra)) => extra.clone_into(&mut self.extra_filename),
            Some(("opt-level", level)) => self.is_optimised = level != "0",
            _ => {}
        }
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

    /// Returns whether the crate is linked as a whole: no other crate can supply a missing part.
    pub(crate) fn is_linked(&self) -> bool {
        self.crate_types.iter().any(|it| ["bin", "cdylib", "dylib", "staticlib"].contains(&it.as_str()))
    }

    /// Returns whether the crate is a library that others link.
    pub(crate) fn is_library(&self) -> bool {
        self.crate_types.iter().any(|it| ["lib", "rlib"].contains(&it.as_str()))
    }

    /// Returns whether the compiler adds libtest's `main`.
    pub(crate) fn is_test(&self) -> bool {
        self.arguments.iter().any(|word| word == "--test")
    }

    /// Returns whether the crate has the program's `main`.
    pub(crate) fn is_program(&self) -> bool {
        self.crate_types.iter().any(|it| it == "bin")
    }

    /// Returns whether the compiler adds a `main` that calls the crate's tests.
    pub(crate) fn is_harness(&self) -> bool {
        self.arguments.iter().any(|argument| argument == "--test")
    }

    /// Returns whether the compiler prints messages as JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.is_json
    }

    /// Returns whether the crate may name the crate `name`.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.externs.iter().any(|known| known == name)
    }

    /// Returns the target folder of the build. `None` if cargo has not marked it: it was there
    /// before.
    pub(crate) fn target_folder(&self) -> Option<&Path> {
        // Cargo puts the compiler's output at most six folders below. Others mark their caches too.
        let mut folders = self.out_dir.ancestors().take(7);
        let marked = folders.find(|folder| folder.join("CACHEDIR.TAG").is_file())?;
        // The folder of a target is marked as well.
        let target = self.target.as_deref().and_then(|target| Path::new(target).file_stem());
        if target.is_some() && marked.file_name() == target { marked.parent() } else { Some(marked) }
    }

    /// Returns the file in which the compiler lists the files that it has read.
    pub(crate) fn dep_info(&self) -> PathBuf {
        self.out_dir.join(format!("{}{}.d", self.crate_name, self.extra_filename))
    }

    /// Returns the call as it is.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.compiler();
        command.args(&self.arguments);
        command
    }

    /// Returns the call with `source` as the crate's root file, and without the crate's own
    /// `omegi`.
    pub(crate) fn command_for(&self, source: &Path) -> Command {
        let mut command = self.compiler();
        for range in grouped(&self.arguments) {
            let words = &self.arguments[range.clone()];
            let name = value(words, "--extern").map(|value| extern_name(&value).to_owned());
            if self.source.as_ref().is_some_and(|(at, _)| range.contains(at)) {
                command.arg(source);
            } else if name.as_deref() != Some("omegi") {
                command.args(words);
            }
        }
        command
    }

    /// Returns the call that only checks the crate, with its output in `folder`.
    pub(crate) fn check_command(&self, folder: &Path) -> Command {
        let mut check = self.clone();
        check.make_check(folder);
        check.command()
    }

    /// Returns the same for `source` as the crate's root file: see [`Self::command_for`].
    pub(crate) fn check_command_for(&self, source: &Path, folder: &Path) -> Command {
        let mut check = self.clone();
        check.make_check(folder);
        check.command_for(source)
    }

    fn make_check(&mut self, folder: &Path) {
        let mut arguments = Vec::new();
        for range in grouped(&self.arguments) {
            let words = &self.arguments[range.clone()];
            let text = words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join("=");
            let is_output = ["--emit=", "--out-dir=", "-C=incremental=", "-Cincremental="];
            if let Some((at, _)) = self.source.as_mut().filter(|(at, _)| range.contains(at)) {
                *at = arguments.len();
            }
            if !is_output.iter().any(|option| text.starts_with(option)) {
                arguments.extend_from_slice(words);
            }
        }
        arguments.extend(["--emit=metadata".into(), "--out-dir".into(), folder.into()]);
        self.arguments = arguments;
    }

    /// Returns the files of the direct dependencies.
    pub(crate) fn extern_files(&self) -> impl Iterator<Item = PathBuf> {
        let externs = options(&self.arguments).into_iter().filter(|(_, (name, _))| name == "--extern");
        externs.filter_map(|(_, (_, value))| value.to_str()?.split_once('=').map(|(_, file)| file.into()))
    }

    /// Returns the call that compiles the crate as it is, into `folder`.
    pub(crate) fn command_into(&self, folder: &Path) -> Command {
        let mut command = self.compiler();
        command.args(self.without(&["--out-dir=", "-C=incremental=", "-Cincremental="]));
        command.arg("--out-dir").arg(folder);
        command
    }

    /// Returns the same call with the libraries in `folder` in place of others of the same names.
    pub(crate) fn with_libraries(&self, folder: &Path) -> Self {
        let mut arguments = Vec::new();
        for range in grouped(&self.arguments) {
            let words = &self.arguments[range];
            let there = value(words, "--extern").and_then(|value| {
                let (name, path) = value.rsplit_once('=')?;
                let there = folder.join(Path::new(path).file_name()?);
                there.exists().then(|| format!("{name}={}", there.display()))
            });
            match there {
                Some(there) if words.len() == 2 => arguments.extend([words[0].clone(), there.into()]),
                Some(there) => arguments.push(format!("--extern={there}").into()),
                None => arguments.extend(words.iter().cloned()),
            }
        }
        // For the libraries of libraries. The compiler knows the right file by its hash.
        arguments.extend(["-L".into(), format!("dependency={}", folder.display()).into()]);
        Self { arguments, ..self.clone() }
    }

    /// Asks the compiler for the conditions that hold for the crate: `unix`, `feature="std"`.
    pub(crate) fn conditions(&self) -> io::Result<BTreeSet<String>> {
        let output = Command::new(&self.rustc).args(&self.arguments).arg("--print=cfg").output()?;
        Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
    }

    /// Returns the arguments without the options that begin like this.
    fn without(&self, options: &[&str]) -> impl Iterator<Item = &OsString> {
        grouped(&self.arguments)
            .into_iter()
            .map(|range| &self.arguments[range])
            .filter(|words| {
                let text = words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join("=");
                !options.iter().any(|option| text.starts_with(option))
            })
            .flatten()
    }

    /// Returns the call of the compiler without its arguments.
    fn compiler(&self) -> Command {
        let mut words = self.wrappers.iter().map(|path| path.as_os_str()).chain([self.rustc.as_os_str()]);
        let mut command = Command::new(words.next().unwrap_or(&self.rustc));
        command.args(words);
        command
    }
}

/// Returns the value of the option if these words are that option.
fn value(words: &[OsString], option: &str) -> Option<String> {
    let first = words.first()?.to_str()?;
    match words.get(1) {
        Some(value) => (first == option).then(|| value.to_string_lossy().into_owned()),
        None => first.strip_prefix(option)?.strip_prefix('=').map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(line: &str) -> Invocation {
        let words: Vec<_> = line.split(' ').map(OsString::from).collect();
        Invocation::parse(Vec::new(), &words).unwrap()
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
    fn the_last_level_of_optimisation_counts() {
        for (options, expected) in [
            ("", false),
            (" -C opt-level=0", false),
            (" -C opt-level=3", true),
            (" -Copt-level=s", true),
            (" --codegen opt-level=1", true),
            (" --codegen=opt-level=z", true),
            (" -O", true),
            (" -C opt-level=3 -C opt-level=0", false),
        ] {
            assert_eq!(invocation(&format!("{CALL}{options}")).is_optimised, expected, "{options}");
        }
    }

    #[test]
    fn the_target_folder_is_the_marked_one() {
        let outer = std::env::temp_dir().join(format!("cargo-omegi-marks-{}", std::process::id()));
        let target = outer.join("cache/a/target");
        let call = |below: &str, target: &Path| {
            let out_dir = target.join(below);
            std::fs::create_dir_all(&out_dir).unwrap();
            invocation(&format!("rustc --target x86_64-linux --out-dir {}", out_dir.display()))
        };
        let mark = |folder: &Path| std::fs::write(folder.join("CACHEDIR.TAG"), "").unwrap();
        let far = call("debug/build/a/1f/out/b", &target);
        mark(&outer);
        assert_eq!(far.target_folder(), None);
        let call = call("x86_64-linux/debug/deps", &target);
        mark(&target);
        assert_eq!(call.target_folder(), Some(target.as_path()));
        mark(&target.join("x86_64-linux"));
        assert_eq!(call.target_folder(), Some(target.as_path()));
        std::fs::remove_dir_all(&outer).unwrap();
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
    fn the_users_programs_run_the_compiler() {
        let line: Vec<_> = CALL.split(' ').map(OsString::from).collect();
        let call = Invocation::parse(vec!["cache".into(), "/x/lint".into()], &line).unwrap();
        for command in
            [call.command(), call.command_for(Path::new("/w/main.rs")), call.check_command("/c".as_ref())]
        {
            assert_eq!(command.get_program(), "cache");
            assert!(words(&command).starts_with("/x/lint /x/rustc --crate-name shop "), "{command:?}");
        }
    }

    #[test]
    fn libraries_are_taken_from_another_folder() {
        let folder = std::env::temp_dir().join(format!("cargo-omegi-libraries-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("s.rlib"), "").unwrap();
        let line = format!("{CALL} --extern=a=/t/s.rlib");
        let call = invocation(&line).with_libraries(&folder);
        let line = words(&call.command());
        let there = folder.join("s.rlib").display().to_string();
        assert!(line.contains(&format!("--extern noprelude:serde={there} --extern=a={there} ")), "{line}");
        assert!(line.contains("--extern omegi=/t/libomegi.rlib"), "{line}");
        assert!(line.ends_with(&format!("-L dependency={}", folder.display())), "{line}");
        let line = words(&call.command_into(&folder));
        assert!(line.ends_with(&format!("--out-dir {}", folder.display())), "{line}");
        assert!(!line.contains("incremental") && line.contains("--emit=dep-info,link"), "{line}");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_check_of_another_source_lacks_the_crates_own_omegi() {
        let call = invocation(CALL);
        let line = words(&call.check_command_for(Path::new("/w/main.rs"), Path::new("/c")));
        assert!(line.contains(" /w/main.rs ") && line.ends_with("--emit=metadata --out-dir /c"), "{line}");
        assert!(!line.contains("src/main.rs") && !line.contains("omegi"), "{line}");
        assert_eq!(
            call.extern_files().collect::<Vec<_>>(),
            ["/t/libomegi.rlib", "/t/s.rlib"].map(PathBuf::from)
        );
        assert!(!call.is_test() && invocation("rustc --crate-name m src/lib.rs --test").is_test());
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
