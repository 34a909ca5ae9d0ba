//! A crate of the workspace: its paths, its calls of the compiler, and its files in the mirror.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use omegi_weave::{CrateRestrictions, CrateWeave, Mirror, RootStatements, SourceFile, normal};

use crate::compiler_output::{self, CompilerOutput};
use crate::dep_info::{self, Additions};
use crate::detail_modes::{self, DetailMode};
use crate::detail_summary::DetailSummary;
use crate::exclusions;
use crate::handshake::{self, Handshake};
use crate::profile::{self, ProfileChoices, budget};
use crate::project::PROJECT_ROOT;
use crate::runtime::{self, BuiltRuntime};
use crate::rustc::Invocation;
use crate::say::say_on_terminal;
use crate::whole_files::{are_one, link_whole};

/// The compiler's default is 128, of which each woven function takes one more.
const RECURSION_LIMIT: u32 = 8192;

/// A crate of the workspace that is part of the program.
pub(super) struct CrateUnit<'a> {
    pub(super) invocation: &'a Invocation,
    pub(super) handshake: Handshake,
    /// The folder in which the compiler runs, and to which relative paths belong.
    pub(super) working_folder: PathBuf,
    pub(super) package: String,
    /// The crate's root file.
    root: PathBuf,
}

impl<'a> CrateUnit<'a> {
    /// Returns the crate of an invocation. `None` if that compiles no part of the program.
    pub(super) fn of(invocation: &'a Invocation, handshake: Handshake) -> Option<Self> {
        let source = invocation.source().filter(|_| !invocation.is_for_the_build())?;
        if !is_by_cargo(&invocation.crate_name) {
            return None;
        }
        let working_folder = std::env::current_dir().ok()?;
        Some(Self {
            invocation,
            root: below(&handshake.source_root, normal(&working_folder.join(source))),
            handshake,
            working_folder,
            package: std::env::var("CARGO_PKG_NAME").ok()?,
        })
    }

    /// Returns whether the crate is to be woven.
    pub(super) fn is_woven(&self) -> bool {
        handshake::is_woven(&self.package) && self.root.starts_with(&self.handshake.source_root)
    }

    /// Returns the default detail of the crate's functions.
    pub(super) fn detail_mode(&self) -> DetailMode {
        self.handshake.details.of_crate(self.invocation.is_optimised)
    }

    /// Returns the choices by the project's profile, if it can be read and the crate heeds it. The
    /// command has reported one that cannot be read.
    fn profile(&self) -> ProfileChoices {
        let read = self.heeds_profile().then(|| ProfileChoices::read(&self.handshake.project_root));
        read.and_then(Result::ok).unwrap_or_default()
    }

    /// Returns whether the project's profile chooses the details of functions.
    fn heeds_profile(&self) -> bool {
        let is_profiled = self.handshake.profile_file.is_some();
        self.is_woven() && self.detail_mode() == DetailMode::Auto && !is_profiled
    }

    /// Returns the crate's root file.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns a name that differs from those of other crates of the same name, such as tests.
    pub(super) fn id(&self) -> String {
        format!("{}{}", self.invocation.crate_name, self.invocation.extra_filename)
    }

    /// Reads the crate, without the excluded functions; the others are woven as `restrictions` say.
    /// If it is `located`, the compiler's errors about woven code point at the functions.
    pub(super) fn read(&self, restrictions: &CrateRestrictions, located: bool) -> Vec<SourceFile> {
        // Since the edition of 2018 the root knows `::omegi` without a statement.
        let is_old = self.invocation.edition == "2015" && !self.invocation.names("omegi");
        let (command, folder) =
            (self.handshake.built_for(), self.handshake.output_folder.display().to_string());
        let description =
            format!("::omegi::private::describe_program({:?}, {command:?}, {folder:?});", self.package);
        let statements = RootStatements {
            recursion_limit: Some(RECURSION_LIMIT),
            first: is_old.then_some("extern crate omegi;"),
            in_main: self.invocation.is_program().then_some(&description),
            in_tests: self.invocation.is_harness().then_some(&description),
        };
        let profiled = self.handshake.profile_file.is_some();
        let detail = self.detail_mode().option();
        let measured = self.profile().measured(&self.invocation.crate_name);
        let weave = CrateWeave { detail, measured, located, profiled, ..CrateWeave::default() };
        exclusions::read_crate(&self.invocation.crate_name, &self.root, statements, restrictions, weave)
    }

    /// Writes the woven files into the crate's mirror.
    pub(super) fn write_mirror(&self, files: &[SourceFile]) -> io::Result<Mirror> {
        let woven: Vec<_> = files
            .iter()
            .filter(|file| file.path.starts_with(&self.handshake.source_root))
            .filter_map(|file| Some((file.path.as_path(), file.woven.as_ref()?.text.as_str())))
            .collect();
        // The compiler needs the root even if nothing in it is woven.
        let root = files.iter().find(|file| file.path == self.root && file.woven.is_none());
        let root = root.map(|root| (root.path.as_path(), root.text.as_str()));
        let all: Vec<_> = woven.into_iter().chain(root).collect();
        let folder = self.handshake.output_folder.join("woven").join(self.id());
        let mirror = Mirror::new(folder, self.handshake.source_root.clone());
        mirror.write(&all).map(|()| mirror)
    }

    /// Links omegi and its dependencies into the folder of the program's dependencies. The
    /// compiler, the linker and rustdoc look there. Returns the library of the crate `omegi` in
    /// that folder. Names differ between builds, so a whole file that is there already is the same.
    pub(super) fn link(&self, built: &BuiltRuntime) -> io::Result<PathBuf> {
        let Some(folder) = self.invocation.dependencies.first() else { return Ok(built.library.clone()) };
        let linked = |library: &Path| folder.join(library.file_name().unwrap_or_default());
        for library in built.libraries() {
            let linked = linked(library);
            if !are_one(library, &linked) && !built.is_copy(library, &linked) {
                link_whole(library, &linked)?;
            }
        }
        Ok(linked(&built.library))
    }

    /// Returns the call that compiles the mirror.
    pub(super) fn woven_command(&self, mirror: &Mirror, omegi: &Path) -> Command {
        self.of_mirror(self.invocation.command_for(&mirror.of(&self.root)), mirror, omegi)
    }

    /// Returns the call that only checks the mirror.
    pub(super) fn woven_check(&self, mirror: &Mirror, omegi: &Path) -> io::Result<Command> {
        let command = self.invocation.check_command_for(&mirror.of(&self.root), &self.check_folder()?);
        Ok(self.of_mirror(command, mirror, omegi))
    }

    fn of_mirror(&self, mut command: Command, mirror: &Mirror, omegi: &Path) -> Command {
        command.arg("--extern").arg(format!("omegi={}", omegi.display()));
        // Lints that a crate forbids judge its original code, in the check.
        command.args(["--cap-lints", "warn"]);
        for (from, to) in self.prefixes(mirror) {
            command.arg("--remap-path-prefix").arg(format!("{from}={to}"));
        }
        command
    }

    /// Checks the original crate.
    pub(super) fn check(&self) -> io::Result<CompilerOutput> {
        compiler_output::run(self.invocation.check_command(&self.check_folder()?), false)
    }

    fn check_folder(&self) -> io::Result<PathBuf> {
        let folder = self.handshake.output_folder.join("checked").join(self.id());
        fs::create_dir_all(&folder).map(|()| folder)
    }

    /// Returns the original of a path in the compiler's messages about the mirror.
    pub(super) fn original(&self, mirror: &Mirror, path: &Path) -> PathBuf {
        normal(&mirror.original(path).unwrap_or_else(|| self.working_folder.join(path)))
    }

    /// Writes the originals of the mirror into the dep-info, where cargo looks for changes; without
    /// a mirror, only the other things on which the crate depends.
    pub(super) fn rewrite_dep_info(&self, mirror: Option<&Mirror>) -> io::Result<()> {
        let with_slash = |(from, to): (String, String)| {
            let to = if to.is_empty() { to } else { format!("{to}/") };
            (format!("{from}/"), to)
        };
        let prefixes = mirror.map(|mirror| self.prefixes(mirror)).unwrap_or_default();
        let prefixes: Vec<_> = prefixes.into_iter().rev().map(with_slash).collect();
        let own = std::env::current_exe().ok();
        let variables = self.variables_of_build();
        let variables = variables.into_iter().chain(exclusions::VARIABLES.map(str::to_owned));
        let profile = self.profile_of_build();
        let additions = Additions {
            files: own.as_deref().into_iter().chain(profile.as_deref()).collect(),
            variables: variables.map(|name| (name.clone(), std::env::var(name).ok())).collect(),
        };
        dep_info::rewrite(&self.invocation.dep_info(), &prefixes, &additions)
    }

    /// Returns the variables that cargo knows, and by which the build of this crate is chosen.
    fn variables_of_build(&self) -> Vec<String> {
        if self.handshake.is_configured {
            let mut variables = runtime::variables_of_features();
            variables.push(PROJECT_ROOT.to_owned());
            variables.extend(self.is_woven().then(|| detail_modes::VARIABLE.to_owned()));
            variables.extend(self.heeds_profile().then(|| budget::VARIABLE.to_owned()));
            return variables;
        }
        let is_described = self.invocation.is_program() || self.invocation.is_harness();
        let mut variables = handshake::variables(&self.package).to_vec();
        variables.extend(is_described.then(|| handshake::BUILT_FOR.to_owned()));
        let detail = handshake::detail_variable(self.invocation.is_optimised);
        variables.extend(self.is_woven().then(|| detail.to_owned()));
        variables.extend(self.heeds_profile().then(|| handshake::choices_variable(&self.package)));
        variables
    }

    /// Returns the project's profile, if the crate is to be compiled again whenever it changes: no
    /// command tells cargo which choices have changed.
    fn profile_of_build(&self) -> Option<PathBuf> {
        let path = profile::path(&self.handshake.project_root);
        (self.handshake.is_configured && self.heeds_profile() && path.exists()).then_some(path)
    }

    /// Lets cargo call the wrapper again in the next build: it compiles a crate whose sources are
    /// not all there.
    pub(super) fn ask_for_another_attempt(&self) -> io::Result<()> {
        let missing = self.handshake.output_folder.join("woven").join(format!("{}.missing", self.id()));
        let additions = Additions { files: vec![&missing], variables: Vec::new() };
        dep_info::rewrite(&self.invocation.dep_info(), &[], &additions)
    }

    /// Prints a warning of omegi among those of the compiler.
    pub(super) fn warn(&self, message: &str) {
        compiler_output::warn(&format!("omegi: {message}"), self.invocation.is_json());
    }

    /// Tells the details of the functions of a program that is run now: the command is no more
    /// there at the build's end.
    pub(super) fn say_details(&self) {
        if self.handshake.command != "run" || self.handshake.is_quiet || !self.invocation.is_program() {
            return;
        }
        let folder = &self.handshake.output_folder;
        let dep_info = self.working_folder.join(self.invocation.dep_info());
        let below = dep_info.strip_prefix(folder).unwrap_or(&dep_info);
        // A target has a folder around those of the profiles.
        let depth = 1 + usize::from(self.invocation.target.is_some());
        let profile = folder.join(below.components().take(depth).collect::<PathBuf>());
        if let Some(summary) = DetailSummary::read(folder, &[profile], self.handshake.details) {
            say_on_terminal(summary);
        }
    }

    /// Returns beginnings of paths in the mirror with those of the originals. If two fit, the last
    /// one applies.
    fn prefixes(&self, mirror: &Mirror) -> Vec<(String, String)> {
        let text = |path: &Path| path.display().to_string().trim_end_matches('/').to_owned();
        let source_root = &self.handshake.source_root;
        let mut prefixes = vec![(text(&mirror.of(source_root)), text(source_root))];
        let is_relative = self.invocation.source().is_some_and(Path::is_relative);
        if is_relative && self.working_folder.starts_with(source_root) {
            prefixes.push((text(&mirror.of(&self.working_folder)), String::new()));
        }
        prefixes
    }
}

/// Returns whether cargo calls the compiler for a crate of the program, as opposed to a build
/// script or a macro that tries something out, also by a cargo of its own.
///
/// Cargo sets the first variable for the compiler alone, and the second for build scripts alone,
/// which pass it on.
pub(super) fn is_by_cargo(crate_name: &str) -> bool {
    std::env::var_os("CARGO_CRATE_NAME").is_some_and(|name| name == crate_name)
        && std::env::var_os(handshake::OF_BUILD_SCRIPTS).is_none()
}

/// Returns a path to the same file that is below `source_root`, if there is one.
fn below(source_root: &Path, path: PathBuf) -> PathBuf {
    let real = || Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?));
    if path.starts_with(source_root) {
        path
    } else {
        real().filter(|real| real.starts_with(source_root)).unwrap_or(path)
    }
}
