//! Stands for rustc where cargo compiles a crate of the workspace: gives the real one woven sources.
//!
//! The program compiles whatever happens. Where the woven crate does not, the functions that the compiler points at are
//! left alone; where that does not help, the whole crate is. What the user reads is always what rustc says of the
//! sources as they are: as soon as it says anything of the woven ones, it is asked again.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use crate::dep_info::{self, Besides};
use crate::diagnostics::{self, Said};
use crate::project::Project;
use crate::runtime::{Built, Exports, Runtime};
use crate::rustc::Invocation;
use crate::wish;
use omegi_weave::{Left, Mirror, SourceFile, normal};

/// How often functions are left out before the whole crate is.
const ROUNDS: usize = 6;

const FOLDER: &str = "CARGO_OMEGI_FOLDER";
const TOP: &str = "CARGO_OMEGI_TOP";
const RUNTIME: &str = "CARGO_OMEGI_RUNTIME";
const OFFLINE: &str = "CARGO_OMEGI_OFFLINE";
const FEATURES: &str = "CARGO_OMEGI_FEATURES";

/// Tells the wrapper, through cargo's environment, what it has to know.
pub(crate) fn prepare(cargo: &mut Command, project: &Project, runtime: &Runtime) {
    cargo.env(FOLDER, &project.folder).env(TOP, &project.top).env(RUNTIME, runtime.folder());
    cargo.env(FEATURES, Exports::wanted().features());
    if runtime.is_offline() {
        cargo.env(OFFLINE, "true");
    }
    // A variable for each package, so that cargo compiles those again for which the answer has changed, and no others.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with(&variable("")))
    {
        cargo.env_remove(name);
    }
    for package in &project.packages {
        cargo.env(variable(&package.name), "true");
    }
}

/// Whether this process may be one that cargo has started as the compiler. What a woven program starts may not.
pub(crate) fn is_prepared() -> bool {
    std::env::var_os(FOLDER).is_some()
}

/// The variable that says whether a package is woven.
fn variable(package: &str) -> String {
    format!("CARGO_OMEGI_WEAVE_{}", package.to_uppercase().replace('-', "_"))
}

/// Compiles what cargo wants compiled.
pub(crate) fn run(invocation: Invocation) -> ExitCode {
    let done = match Unit::of(&invocation) {
        Some(unit) => unit.compile(),
        None => invocation.command().status(),
    };
    match done {
        Ok(status) => exit_code(status),
        Err(error) => {
            eprintln!("cargo omegi: {} cannot be called: {error}", invocation.rustc.display());
            ExitCode::FAILURE
        }
    }
}

fn exit_code(status: ExitStatus) -> ExitCode {
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101))
}

/// The file at `path`, by a path below `top` if one leads there.
fn below(top: &Path, path: PathBuf) -> PathBuf {
    let real = || Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?));
    if path.starts_with(top) { path } else { real().filter(|real| real.starts_with(top)).unwrap_or(path) }
}

/// How it ended to compile a crate woven.
enum Attempt {
    /// It compiled, or it would not compile plain either.
    Done(ExitStatus),
    /// It did not, but without some functions it may.
    Again,
    /// It did not, and nobody knows why.
    Stuck,
    /// There is nothing to weave, or nowhere to write.
    Nothing,
}

/// A crate of the workspace that is part of the program.
struct Unit<'a> {
    invocation: &'a Invocation,
    folder: PathBuf,
    top: PathBuf,
    /// Where the compiler runs, and what relative paths begin at.
    here: PathBuf,
    /// The crate's root file.
    root: PathBuf,
    package: String,
}

impl<'a> Unit<'a> {
    fn of(invocation: &'a Invocation) -> Option<Self> {
        let source = invocation.source().filter(|_| !invocation.is_for_the_build())?;
        let here = std::env::current_dir().ok()?;
        let top = PathBuf::from(std::env::var_os(TOP)?);
        Some(Self {
            invocation,
            folder: std::env::var_os(FOLDER)?.into(),
            root: below(&top, normal(&here.join(source))),
            top,
            here,
            package: std::env::var("CARGO_PKG_NAME").ok()?,
        })
    }

    fn compile(&self) -> io::Result<ExitStatus> {
        let mut why_not = None;
        let woven = if self.is_wanted() { self.compile_woven(&mut why_not)? } else { None };
        match woven {
            Some(status) => Ok(status),
            None => self.compile_plain(why_not),
        }
    }

    fn compile_plain(&self, why_not: Option<String>) -> io::Result<ExitStatus> {
        let status = self.invocation.command().status()?;
        self.rewrite_dep_info(&[]);
        // What the linker or a constant has against the crate, a check does not tell; it is not the weave's fault.
        why_not.filter(|_| status.success()).iter().for_each(|why_not| self.warn(why_not));
        Ok(status)
    }

    fn is_wanted(&self) -> bool {
        std::env::var_os(variable(&self.package)).is_some() && self.root.starts_with(&self.top)
    }

    /// Compiles the crate woven; `None` if that cannot be done, and `why_not` if there is something to report.
    fn compile_woven(&self, why_not: &mut Option<String>) -> io::Result<Option<ExitStatus>> {
        let built = match self.runtime().ensure(self.invocation.target.as_deref()) {
            Ok(built) => built,
            Err(failure) => {
                self.warn(&format!("{} is not woven: {failure}", self.package));
                return Ok(None);
            }
        };
        let mut left = self.read_left();
        for _ in 0..ROUNDS {
            match self.attempt(&built, &mut left)? {
                Attempt::Done(status) => return Ok(Some(status)),
                Attempt::Again => {}
                Attempt::Nothing => return Ok(None),
                Attempt::Stuck => break,
            }
        }
        let (krate, report) = (&self.invocation.crate_name, self.please_report());
        *why_not = Some(format!("the crate {krate} is not woven: woven, it does not compile. {report}"));
        Ok(None)
    }

    /// Compiles the crate with all woven but what is `left`, to which it adds what does not compile.
    fn attempt(&self, built: &Built, left: &mut Left) -> io::Result<Attempt> {
        let files = self.read_crate(left);
        if files.iter().all(|file| file.woven.is_none()) {
            return Ok(Attempt::Nothing);
        }
        let written = self.mirror(&files).and_then(|mirror| Ok((mirror, self.link(built)?)));
        let (mirror, omegi) = match written {
            Ok(written) => written,
            Err(error) => {
                let folder = self.folder.display();
                self.warn(&format!("{} is not woven: {folder} cannot be written: {error}", self.package));
                return Ok(Attempt::Nothing);
            }
        };
        let command = self.command(&mirror, &omegi);
        let shown = format!("{command:?}");
        let said = diagnostics::listen(command, true)?;
        if said.status.success() {
            return self.finish(&said, &mirror, left).map(Attempt::Done);
        }
        self.keep_messages(&shown, &said);
        let plain = self.check()?;
        if !plain.status.success() {
            plain.pass_on();
            return Ok(Attempt::Done(plain.status));
        }
        Ok(if self.leave_more(&said, &files, &mirror, left) { Attempt::Again } else { Attempt::Stuck })
    }

    /// Says what there is to say once the woven crate has compiled.
    fn finish(&self, said: &Said, mirror: &Mirror, left: &Left) -> io::Result<ExitStatus> {
        self.tell_what_was_read_in(mirror);
        if !left.is_empty() {
            self.write_left(left);
            self.tell_what_is_left(left);
        }
        if said.messages.is_empty() {
            return Ok(said.status);
        }
        let plain = self.check()?;
        plain.pass_on();
        Ok(plain.status)
    }

    fn tell_what_is_left(&self, left: &Left) {
        for (file, functions) in left {
            let names = functions.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let file = file.strip_prefix(&self.here).unwrap_or(file).display();
            let report = self.please_report();
            self.warn(&format!("{names} in {file} left as written: woven, it does not compile. {report}"));
        }
    }

    /// Reads the crate, without what is `left` and what the user wants left.
    fn read_crate(&self, left: &Left) -> Vec<SourceFile> {
        wish::read_crate(&self.invocation.crate_name, &self.root, self.statement(), left)
    }

    fn runtime(&self) -> Runtime {
        let folder = std::env::var_os(RUNTIME).map_or_else(|| self.folder.join("runtime"), PathBuf::from);
        Runtime::new(folder, self.invocation.rustc.clone(), std::env::var_os(OFFLINE).is_some())
    }

    /// What the crate's root has to say so that `::omegi` is known: nothing since the edition of 2018.
    fn statement(&self) -> Option<&'static str> {
        let is_old = self.invocation.edition == "2015" && !self.invocation.names("omegi");
        is_old.then_some("extern crate omegi;")
    }

    /// What tells this crate apart from others of its name: of tests, of binaries.
    fn id(&self) -> String {
        format!("{}{}", self.invocation.crate_name, self.invocation.extra_filename)
    }

    fn mirror(&self, files: &[SourceFile]) -> io::Result<Mirror> {
        let below = |file: &&SourceFile| file.path.starts_with(&self.top);
        let woven: Vec<_> = files
            .iter()
            .filter(below)
            .filter_map(|file| Some((file.path.as_path(), file.woven.as_deref()?)))
            .collect();
        // The root has to be there also if nothing is woven in it.
        let root = files.iter().find(|file| file.path == self.root && file.woven.is_none());
        let root = root.map(|root| (root.path.as_path(), root.text.as_str()));
        let all: Vec<_> = woven.into_iter().chain(root).collect();
        let mirror = Mirror::new(self.folder.join("woven").join(self.id()), self.top.clone());
        mirror.write(&all).map(|()| mirror)
    }

    /// Puts omegi and all that it depends on where the compiler, the linker and rustdoc look for what crates depend on.
    /// Returns the library of the crate `omegi` there. What is there already is the same: names tell builds apart.
    fn link(&self, built: &Built) -> io::Result<PathBuf> {
        let Some(folder) = self.invocation.dependencies.first() else { return Ok(built.library.clone()) };
        let place = |library: &Path| folder.join(library.file_name().unwrap_or_default());
        for library in &built.libraries {
            let place = place(library);
            if !place.exists() && fs::hard_link(library, &place).is_err() && !place.exists() {
                fs::copy(library, &place)?;
            }
        }
        Ok(place(&built.library))
    }

    fn command(&self, mirror: &Mirror, omegi: &Path) -> Command {
        let mut command = self.invocation.command_for(&mirror.of(&self.root));
        command.arg("--extern").arg(format!("omegi={}", omegi.display()));
        // A crate that forbids warnings judges its own code, when that is checked.
        command.args(["--cap-lints", "warn"]);
        for (from, to) in self.prefixes(mirror) {
            command.arg("--remap-path-prefix").arg(format!("{from}={to}"));
        }
        command
    }

    /// The beginnings of paths in the mirror, and those of the originals; of two that fit, the last one holds.
    fn prefixes(&self, mirror: &Mirror) -> Vec<(String, String)> {
        let text = |path: &Path| path.display().to_string().trim_end_matches('/').to_owned();
        let mut prefixes = vec![(text(&mirror.of(&self.top)), text(&self.top))];
        let is_relative = self.invocation.source().is_some_and(Path::is_relative);
        if is_relative && self.here.starts_with(&self.top) {
            prefixes.push((text(&mirror.of(&self.here)), String::new()));
        }
        prefixes
    }

    fn check(&self) -> io::Result<Said> {
        let folder = self.folder.join("checked").join(self.id());
        fs::create_dir_all(&folder)?;
        diagnostics::listen(self.invocation.check_command(&folder), false)
    }

    /// Adds to `left` the functions in which the errors are; `false` if there are none.
    fn leave_more(&self, said: &Said, files: &[SourceFile], mirror: &Mirror, left: &mut Left) -> bool {
        let original = |path: &Path| normal(&mirror.original(path).unwrap_or_else(|| self.here.join(path)));
        let mut has_more = false;
        for (path, line) in said.places(original) {
            let Some(file) = files.iter().find(|file| file.path == path) else { continue };
            let hit = file
                .functions
                .iter()
                .filter(|function| function.left.is_none() && function.lines.contains(&line));
            for function in hit {
                has_more |= left.entry(path.clone()).or_default().insert(function.path.clone());
            }
        }
        has_more
    }

    fn please_report(&self) -> String {
        format!("Please report it, with {}", self.left_file("txt").display())
    }

    /// Keeps what rustc says of the woven sources, for a report.
    fn keep_messages(&self, command: &str, said: &Said) {
        self.write(&self.left_file("txt"), format!("{command}\n\n{}", said.rendered()).as_bytes());
    }

    fn left_file(&self, extension: &str) -> PathBuf {
        self.folder.join("left").join(format!("{}.{extension}", self.id()))
    }

    /// Writes what is only good to know: nothing is said where that fails.
    fn write(&self, file: &Path, bytes: &[u8]) {
        let _ = file.parent().map(fs::create_dir_all);
        let _ = fs::write(file, bytes);
    }

    fn read_left(&self) -> Left {
        let text = fs::read(self.left_file("json")).unwrap_or_default();
        let known: BTreeMap<String, Left> = serde_json::from_slice(&text).unwrap_or_default();
        known
            .into_iter()
            .find(|(version, _)| version == env!("CARGO_PKG_VERSION"))
            .map(|(_, left)| left)
            .unwrap_or_default()
    }

    /// Remembers what does not compile woven, so that it is not tried again.
    fn write_left(&self, left: &Left) {
        let known = BTreeMap::from([(env!("CARGO_PKG_VERSION"), left)]);
        self.write(&self.left_file("json"), &serde_json::to_vec_pretty(&known).unwrap_or_default());
    }

    fn tell_what_was_read_in(&self, mirror: &Mirror) {
        let with_slash = |(from, to): (String, String)| {
            let to = if to.is_empty() { to } else { format!("{to}/") };
            (format!("{from}/"), to)
        };
        let mut prefixes: Vec<_> = self.prefixes(mirror).into_iter().map(with_slash).collect();
        prefixes.reverse();
        self.rewrite_dep_info(&prefixes);
    }

    /// Where cargo cannot be told, it compiles once more than it has to, or once less.
    fn rewrite_dep_info(&self, prefixes: &[(String, String)]) {
        let own = std::env::current_exe().ok();
        let variables = [variable(&self.package), FEATURES.to_owned()];
        let variables = variables.into_iter().chain(wish::VARIABLES.map(str::to_owned));
        let besides = Besides {
            files: own.as_deref().into_iter().collect(),
            variables: variables.map(|name| (name.clone(), std::env::var(name).ok())).collect(),
        };
        let _ = dep_info::rewrite(&self.invocation.dep_info(), prefixes, &besides);
    }

    fn warn(&self, message: &str) {
        diagnostics::warn(&format!("omegi: {message}"), self.invocation.is_json());
    }
}
