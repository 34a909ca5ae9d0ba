//! The project around: its packages, and which of them are woven.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, TargetKind};

use crate::bare;
use crate::command::Options;
use crate::failure::{Cause, Failure};

/// omegi's own crates: what records cannot record itself.
const OURS: [&str; 5] = ["omegi", "omegi-macros", "omegi-runtime", "omegi-weave", "cargo-omegi"];

/// A cargo workspace.
#[derive(Debug)]
pub(crate) struct Project {
    /// The workspace's root.
    pub(crate) root: PathBuf,
    /// Where everything of ours goes: `target/omegi`.
    pub(crate) folder: PathBuf,
    /// The folder that holds all that sources may include by a relative path: the repository, as a rule.
    pub(crate) top: PathBuf,
    /// The packages that are woven.
    pub(crate) packages: Vec<Package>,
    /// The packages that would be, had they the standard library.
    pub(crate) bare: BTreeSet<String>,
}

/// A package of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) targets: Vec<Target>,
}

/// What the compiler is called for.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) root: PathBuf,
}

impl Project {
    /// Finds the project that the command line means.
    pub(crate) fn find(options: &Options) -> Result<Self, Failure> {
        let metadata = metadata(options)?;
        let root = metadata.workspace_root.clone().into_std_path_buf();
        let target = options.target_dir.clone().unwrap_or_else(|| metadata.target_directory.clone().into());
        let folder = std::path::absolute(&target).unwrap_or(target).join("omegi");
        let within = project_root(&root)?;
        check_packages(options, &metadata)?;
        let members = metadata.workspace_packages();
        let folders = members.iter().filter_map(|member| member.manifest_path.as_std_path().parent());
        let top = top(&root, folders);
        let wanted: Vec<_> = members
            .iter()
            .copied()
            .filter(|member| is_within(member, &within))
            .filter(|member| !OURS.contains(&member.name.as_str()))
            .filter(|member| {
                options.packages.is_empty() || options.packages.iter().any(|spec| names(spec, &member.name))
            })
            .collect();
        let bare = bare::packages(&wanted);
        let woven = wanted.iter().filter(|member| !bare.contains(member.name.as_str()));
        let packages = woven.map(|member| package(member)).collect();
        Ok(Self { root, folder, top, packages, bare })
    }
}

fn package(member: &cargo_metadata::Package) -> Package {
    let is_program = |kind: &TargetKind| !matches!(kind, TargetKind::CustomBuild | TargetKind::ProcMacro);
    let targets = member.targets.iter().filter(|target| target.kind.iter().all(is_program));
    let target =
        |it: &cargo_metadata::Target| Target { name: it.name.clone(), root: it.src_path.clone().into() };
    Package { name: member.name.to_string(), targets: targets.map(target).collect() }
}

fn metadata(options: &Options) -> Result<Metadata, Failure> {
    let mut command = MetadataCommand::new();
    command.no_deps();
    if let Some(path) = &options.manifest_path {
        command.manifest_path(path);
    }
    command.exec().map_err(|error| match error {
        cargo_metadata::Error::CargoMetadata { stderr } => {
            let remedy = match &options.manifest_path {
                _ if stderr.contains("could not find `Cargo.toml`") => "Go to the folder of a cargo project, or name it: --manifest-path <PATH>",
                Some(_) if stderr.contains("does not exist") => "Name a Cargo.toml that exists",
                _ => "`cargo metadata --no-deps` shows the whole message; cargo itself cannot go on with this manifest either",
            };
            Failure::new(Cause::Project, said_by_cargo(&stderr), remedy)
        }
        error => Failure::new(Cause::Machine, format!("cargo cannot be asked for the project: {error}"), "Does `cargo metadata` work here?"),
    })
}

/// The first and the last cause that cargo tells, and the place: the chain between them says where it looked.
fn said_by_cargo(stderr: &str) -> String {
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

/// The folder outside of which nothing is woven.
fn project_root(workspace: &Path) -> Result<PathBuf, Failure> {
    let Some(set) = std::env::var_os("OMEGI_PROJECT_ROOT").filter(|set| !set.is_empty()) else {
        return Ok(PathBuf::new());
    };
    workspace.join(&set).canonicalize().map_err(|error| {
        Failure::new(
            Cause::Project,
            format!("OMEGI_PROJECT_ROOT={} is no folder: {error}", set.display()),
            "Set it to a folder that holds packages of this workspace, or unset it",
        )
    })
}

/// Whether a package is in a folder, whichever links lead to it.
fn is_within(member: &cargo_metadata::Package, folder: &Path) -> bool {
    real(member.manifest_path.as_std_path()).starts_with(folder)
}

/// A path without links; as it is where that cannot be found out.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Whether a `-p` means this package: by its name, a pattern, or as a part of a longer specification, which cargo judges.
fn names(spec: &str, package: &str) -> bool {
    let name = spec.rsplit(['/', '#']).next().unwrap_or(spec);
    let name = name.split(['@', ':']).next().unwrap_or(name);
    matches_pattern(name, package)
}

/// Whether `text` matches a pattern in which `*` stands for anything.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            (0..=text.len())
                .filter(|at| text.is_char_boundary(*at))
                .any(|at| matches_pattern(rest, &text[at..]))
        }),
    }
}

fn check_packages(options: &Options, metadata: &Metadata) -> Result<(), Failure> {
    let members = metadata.workspace_packages();
    let is_known = |spec: &String| members.iter().any(|member| names(spec, &member.name));
    let Some(unknown) = options.packages.iter().find(|spec| !is_known(spec)) else { return Ok(()) };
    let suggestion = omegi_weave::did_you_mean(unknown, members.iter().map(|member| member.name.as_str()));
    let known: Vec<_> = members.iter().map(|member| member.name.to_string()).collect();
    Err(Failure::new(
        Cause::Project,
        format!("the workspace has no package `{unknown}`"),
        format!("It has {}{suggestion}", known.join(", ")),
    ))
}

/// The repository that holds the whole workspace, or else the innermost folder that does: as the compiler, which runs in
/// the workspace's root, finds it, and not by a link that leads there.
fn top<'a>(root: &'a Path, members: impl Iterator<Item = &'a Path>) -> PathBuf {
    let home = real(root);
    let members: Vec<_> = members
        .map(|folder| folder.strip_prefix(root).map_or_else(|_| real(folder), |below| home.join(below)))
        .collect();
    let folders = members.iter().map(PathBuf::as_path).chain([home.as_path()]);
    let common = omegi_weave::common_ancestor(folders).unwrap_or_else(|| home.clone());
    let repository = common.ancestors().find(|folder| folder.join(".git").exists());
    repository.map_or(common.clone(), Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named_as_cargo_takes_them() {
        for spec in ["shop", "sh*", "*", "shop@1.2.0", "file:///x/shop", "path+file:///x#shop@0.1.0"] {
            assert!(names(spec, "shop"), "{spec}");
        }
        for spec in ["sho", "shopp", "s*x", "shop-core"] {
            assert!(!names(spec, "shop"), "{spec}");
        }
    }

    #[test]
    fn what_cargo_says_becomes_one_line() {
        let stderr =
            "error: failed to parse manifest at `/x/Cargo.toml`\n\nCaused by:\n  no targets specified\n";
        assert_eq!(
            said_by_cargo(stderr),
            "failed to parse manifest at `/x/Cargo.toml`: no targets specified"
        );
        let stderr = "error: unclosed table\n --> Cargo.toml:1:9\n  |\n";
        assert_eq!(said_by_cargo(stderr), "Cargo.toml:1:9: unclosed table");
        assert_eq!(said_by_cargo(""), "cargo does not understand the project");
    }
}
