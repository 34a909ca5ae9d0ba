//! The cargo workspace around, and its packages that are woven.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, TargetKind};
use omegi_runtime::trimmed;

use crate::command_error::{CommandError, CommandErrorKind};
use crate::no_std;
use crate::options::ProjectOptions;
use crate::pattern::matches_pattern;
use crate::runtime;

/// The variable that names the folder outside of which no package is woven.
pub(crate) const PROJECT_ROOT: &str = "OMEGI_PROJECT_ROOT";

/// A cargo workspace.
#[derive(Debug)]
pub(crate) struct Project {
    /// The workspace's root.
    pub(crate) root: PathBuf,
    /// The folder of everything that omegi writes: `target/omegi`.
    pub(crate) output_folder: PathBuf,
    /// The folder that holds all files which sources may include by a relative path: the
    /// repository, as a rule.
    pub(crate) source_root: PathBuf,
    /// The packages that are woven.
    pub(crate) packages: Vec<WovenPackage>,
}

/// A package of the workspace that is woven.
#[derive(Debug)]
pub(crate) struct WovenPackage {
    pub(crate) name: String,
    pub(crate) targets: Vec<WovenTarget>,
    /// The programs that are not woven for lack of the standard library.
    pub(crate) no_std_programs: Vec<String>,
    /// True if a program that may lack the standard library links the package's library.
    pub(crate) is_needed_plain: bool,
}

impl WovenPackage {
    /// Returns the names of its crates in paths.
    pub(crate) fn crate_names(&self) -> BTreeSet<String> {
        self.targets.iter().map(WovenTarget::crate_name).collect()
    }
}

/// A crate of a package: its library, a binary, a test, an example or a bench.
#[derive(Debug)]
pub(crate) struct WovenTarget {
    name: String,
    /// The crate's root file.
    pub(crate) root: PathBuf,
}

impl WovenTarget {
    /// Returns the crate's name in paths.
    pub(crate) fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }
}

impl Project {
    /// Finds the project that the command line chooses. A build with `-p` compiles other packages
    /// too, which are woven as well.
    pub(crate) fn find(options: &ProjectOptions, target_dir: Option<&Path>) -> Result<Self, CommandError> {
        let metadata = metadata(options)?;
        let root = metadata.workspace_root.clone().into_std_path_buf();
        let target_dir = target_dir.unwrap_or(metadata.target_directory.as_std_path());
        let output_folder =
            std::path::absolute(target_dir).unwrap_or_else(|_| target_dir.to_owned()).join("omegi");
        let project_root = project_root(&root)?;
        check_packages(options, &metadata)?;
        let members = metadata.workspace_packages();
        let folders = members.iter().filter_map(|member| member.manifest_path.as_std_path().parent());
        let source_root = source_root(&root, folders);
        let woven = members
            .iter()
            .filter(|member| real(member.manifest_path.as_std_path()).starts_with(&project_root))
            .filter(|member| !is_own_crate(&member.name));
        let no_std_parts = no_std::parts(&members);
        let packages = woven.map(|member| woven_package(member, &no_std_parts)).collect();
        Ok(Self { root, output_folder, source_root, packages })
    }

    /// Returns the project with the packages alone that these words of `-p` name: all if there is
    /// no word.
    pub(crate) fn with_packages(mut self, specs: &[String]) -> Self {
        let is_named = |name: &str| specs.iter().any(|spec| spec_matches(spec, name));
        self.packages.retain(|package| specs.is_empty() || is_named(&package.name));
        self
    }
}

/// Returns a file's name for messages: its path below the workspace's root, if it is there.
pub(crate) fn below(root: &Path, file: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).display().to_string()
}

fn metadata(options: &ProjectOptions) -> Result<Metadata, CommandError> {
    let mut command = MetadataCommand::new();
    command.no_deps();
    if let Some(path) = &options.manifest_path {
        command.manifest_path(path);
    }
    command.exec().map_err(|error| match error {
        cargo_metadata::Error::CargoMetadata { stderr } => {
            let remedy = match &options.manifest_path {
                _ if stderr.contains("could not find `Cargo.toml`") => {
                    "go to the folder of a cargo project, or name it: --manifest-path <PATH>"
                }
                Some(_) if stderr.contains("does not exist") => "name a Cargo.toml that exists",
                _ => "`cargo metadata --no-deps` prints the whole message; cargo needs a mended manifest too",
            };
            let message = format!("cannot read the project: {}", cargo_message(&stderr));
            CommandError::new(CommandErrorKind::Project, message, remedy)
        }
        error => CommandError::new(
            CommandErrorKind::Machine,
            format!("cannot ask cargo for the project: {error}"),
            "check that `cargo metadata` works here",
        ),
    })
}

/// Returns the first and the last cause in cargo's message, and the place. The chain between them
/// lists the folders in which cargo looked.
fn cargo_message(stderr: &str) -> String {
    let lines: Vec<_> = stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let first = lines
        .iter()
        .find_map(|line| line.strip_prefix("error: "))
        .unwrap_or("cargo does not understand the project");
    let place = lines.iter().find_map(|line| line.strip_prefix("--> ")).map(|place| format!("{place}: "));
    let first = format!("{}{first}", place.unwrap_or_default());
    let caused = lines.iter().rposition(|line| *line == "Caused by:").and_then(|at| lines.get(at + 1));
    match caused {
        Some(cause) => format!("{first}: {cause}"),
        None => first,
    }
}

/// Returns the folder outside of which no package is woven: an empty path if there is none.
fn project_root(workspace: &Path) -> Result<PathBuf, CommandError> {
    let Some(set) = std::env::var_os(PROJECT_ROOT).and_then(trimmed) else {
        return Ok(PathBuf::new());
    };
    workspace.join(&set).canonicalize().map_err(|error| {
        CommandError::new(
            CommandErrorKind::Project,
            format!("cannot use OMEGI_PROJECT_ROOT={} as a folder: {error}", set.display()),
            "set it to a folder that holds packages of this workspace, or unset it",
        )
    })
}

fn check_packages(options: &ProjectOptions, metadata: &Metadata) -> Result<(), CommandError> {
    let members = metadata.workspace_packages();
    let is_known = |spec: &String| members.iter().any(|member| spec_matches(spec, &member.name));
    let Some(unknown) = options.packages.iter().find(|spec| !is_known(spec)) else { return Ok(()) };
    let suggestion = omegi_weave::did_you_mean(unknown, members.iter().map(|member| member.name.as_str()));
    let known: Vec<_> = members.iter().map(|member| member.name.to_string()).collect();
    Err(CommandError::new(
        CommandErrorKind::Project,
        format!("cannot choose the packages: the workspace has no package `{unknown}`"),
        format!("it has {}{suggestion}", known.join(", ")),
    ))
}

/// Returns whether a package is one of omegi's: a recorder cannot record itself.
fn is_own_crate(name: &str) -> bool {
    runtime::CRATES.contains(&name) || name == env!("CARGO_PKG_NAME")
}

/// Returns whether a `-p` names this package: by its name, a pattern, or as a part of a longer
/// specification, which cargo judges.
fn spec_matches(spec: &str, package: &str) -> bool {
    let name = spec.rsplit(['/', '#']).next().unwrap_or(spec);
    let name = name.split(['@', ':']).next().unwrap_or(name);
    matches_pattern(name, package)
}

/// Returns the repository that holds the whole workspace, or else the innermost folder that does.
/// The path is free of links, like the paths that the compiler sees in the workspace's root.
fn source_root<'a>(root: &'a Path, members: impl Iterator<Item = &'a Path>) -> PathBuf {
    let real_root = real(root);
    let members: Vec<_> = members
        .map(|folder| folder.strip_prefix(root).map_or_else(|_| real(folder), |below| real_root.join(below)))
        .collect();
    let folders = members.iter().map(PathBuf::as_path).chain([real_root.as_path()]);
    let common = omegi_weave::common_ancestor(folders).unwrap_or_else(|| real_root.clone());
    let repository = common.ancestors().find(|folder| folder.join(".git").exists());
    repository.map_or(common.clone(), Path::to_owned)
}

/// Returns a path without links, or the path itself if that fails.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn woven_package(member: &cargo_metadata::Package, no_std_parts: &BTreeSet<String>) -> WovenPackage {
    let is_program = |kind: &TargetKind| !matches!(kind, TargetKind::CustomBuild | TargetKind::ProcMacro);
    let (no_std_programs, targets): (Vec<_>, Vec<_>) =
        member.targets.iter().partition(|target| no_std::is_program_of(target) == Some(true));
    let targets = targets.into_iter().filter(|target| target.kind.iter().all(is_program));
    let target =
        |it: &cargo_metadata::Target| WovenTarget { name: it.name.clone(), root: it.src_path.clone().into() };
    WovenPackage {
        name: member.name.to_string(),
        targets: targets.map(target).collect(),
        no_std_programs: no_std_programs.into_iter().map(|target| target.name.clone()).collect(),
        is_needed_plain: no_std_parts.contains(member.name.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_the_names_that_cargo_takes() {
        for spec in ["shop", "sh*", "*", "shop@1.2.0", "file:///x/shop", "path+file:///x#shop@0.1.0"] {
            assert!(spec_matches(spec, "shop"), "{spec}");
        }
        for spec in ["sho", "shopp", "s*x", "shop-core"] {
            assert!(!spec_matches(spec, "shop"), "{spec}");
        }
    }

    #[test]
    fn a_message_of_cargo_becomes_one_line() {
        let stderr =
            "error: failed to parse manifest at `/x/Cargo.toml`\n\nCaused by:\n  no targets specified\n";
        assert_eq!(
            cargo_message(stderr),
            "failed to parse manifest at `/x/Cargo.toml`: no targets specified"
        );
        let stderr = "error: unclosed table\n --> Cargo.toml:1:9\n  |\n";
        assert_eq!(cargo_message(stderr), "Cargo.toml:1:9: unclosed table");
        assert_eq!(cargo_message(""), "cargo does not understand the project");
    }
}
