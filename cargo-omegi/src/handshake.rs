//! The variables by which `cargo omegi` configures its own process in the compiler's place.
//!
//! The command writes them into cargo's environment; the compiler's wrapper reads them there.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use crate::detail_modes::{DetailMode, DetailModes};
use crate::profile::ProfileChoices;
use crate::user_wrappers::UserWrappers;

const FOLDER: &str = "CARGO_OMEGI_FOLDER";
const SOURCE_ROOT: &str = "CARGO_OMEGI_SOURCE_ROOT";
const RUNTIME: &str = "CARGO_OMEGI_RUNTIME";
const OFFLINE: &str = "CARGO_OMEGI_OFFLINE";
const FEATURES: &str = "CARGO_OMEGI_FEATURES";
const WRAPPER: &str = "CARGO_OMEGI_RUSTC_WRAPPER";
const WORKSPACE_WRAPPER: &str = "CARGO_OMEGI_RUSTC_WORKSPACE_WRAPPER";
const PROFILE: &str = "CARGO_OMEGI_TUNE";
const PROJECT: &str = "CARGO_OMEGI_PROJECT";
const CONFIGURED: &str = "CARGO_OMEGI_CONFIGURED";
const QUIET: &str = "CARGO_OMEGI_QUIET";

/// A variable that cargo sets for build scripts, and for no compiler.
pub(crate) const OF_BUILD_SCRIPTS: &str = "CARGO_CFG_TARGET_ARCH";

/// The value of a package's variable if its library is needed plain as well.
const WITH_PLAIN_LIBRARY: &str = "true, and plain";

/// The variable with the command, which the runtime reads.
const COMMAND: &str = "CARGO_OMEGI_COMMAND";

/// The variable on which the crates with a description of their program depend.
pub(crate) const BUILT_FOR: &str = "CARGO_OMEGI_BUILT_FOR";

/// The variables with the modes of unoptimised and of optimised crates. A crate depends on one of
/// them.
const UNOPTIMISED: &str = "CARGO_OMEGI_UNOPTIMISED_DETAIL";
const OPTIMISED: &str = "CARGO_OMEGI_OPTIMISED_DETAIL";

/// The facts that hold for all crates of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handshake {
    /// The folder of everything that omegi writes: `target/omegi`.
    pub(crate) output_folder: PathBuf,
    /// The folder that holds all files which sources may include by a relative path.
    pub(crate) source_root: PathBuf,
    /// The workspace's root, which may have a profile.
    pub(crate) project_root: PathBuf,
    /// The folder in which omegi is built.
    pub(crate) runtime_folder: PathBuf,
    /// The cargo features with which omegi is built, as a comma list.
    pub(crate) features: String,
    /// The command: `run`, `test` or `build`.
    pub(crate) command: String,
    pub(crate) details: DetailModes,
    /// True if nothing may be downloaded.
    pub(crate) is_offline: bool,
    /// True if the wrapper stands in cargo's configuration: cargo itself knows none of these
    /// variables.
    pub(crate) is_configured: bool,
    /// True if the user wants to read no more than needed.
    pub(crate) is_quiet: bool,
    /// The file into which woven programs write their profiles, if calls are counted: the runtime
    /// reads the variable too.
    pub(crate) profile_file: Option<PathBuf>,
    /// The programs that the user has put in front of the compiler.
    pub(crate) wrappers: UserWrappers,
}

impl Handshake {
    /// Writes the variables into the environment of `cargo`. `packages` are those to be woven, with
    /// whether their libraries are needed plain as well.
    pub(crate) fn write<'a>(&self, cargo: &mut Command, packages: impl Iterator<Item = (&'a str, bool)>) {
        cargo.env(FOLDER, &self.output_folder).env(SOURCE_ROOT, &self.source_root);
        cargo.env(PROJECT, &self.project_root);
        cargo.env(RUNTIME, &self.runtime_folder).env(FEATURES, &self.features);
        cargo.env(COMMAND, &self.command).env(BUILT_FOR, self.built_for());
        cargo.env(UNOPTIMISED, self.details.unoptimised.word());
        cargo.env(OPTIMISED, self.details.optimised.word());
        cargo.env_remove(OF_BUILD_SCRIPTS);
        for (name, is_set) in
            [(OFFLINE, self.is_offline), (CONFIGURED, self.is_configured), (QUIET, self.is_quiet)]
        {
            if is_set {
                cargo.env(name, "true");
            } else {
                cargo.env_remove(name);
            }
        }
        for (name, path) in [
            (WRAPPER, &self.wrappers.of_all),
            (WORKSPACE_WRAPPER, &self.wrappers.of_members),
            (PROFILE, &self.profile_file),
        ] {
            match path {
                Some(path) => cargo.env(name, path),
                None => cargo.env_remove(name),
            };
        }
        // Each package has a variable of its own, so cargo compiles only the crates again whose
        // setting changed.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with(&package_variable("")) {
                cargo.env_remove(name);
            }
        }
        for (package, with_plain_library) in packages {
            let value = if with_plain_library { WITH_PLAIN_LIBRARY } else { "true" };
            cargo.env(package_variable(package), value);
        }
    }

    /// Writes the variables by which cargo compiles the crates again whose choices by the profile
    /// have changed. Each package has one, with the names of its crates.
    pub(crate) fn write_choices<'a>(
        cargo: &mut Command,
        profile: &ProfileChoices,
        packages: impl Iterator<Item = (&'a str, BTreeSet<String>)>,
    ) {
        for (package, crates) in packages {
            match profile.number(&crates) {
                Some(number) => cargo.env(choices_variable(package), format!("{number:016x}")),
                None => cargo.env_remove(choices_variable(package)),
            };
        }
    }

    /// Returns the command that is built into programs: `test` or `build`. A program that is built
    /// is not built again to be run.
    pub(crate) fn built_for(&self) -> &'static str {
        if self.command == "test" { "test" } else { "build" }
    }

    /// Reads the variables from the environment of this process.
    pub(crate) fn read() -> Option<Self> {
        let read = |name| std::env::var_os(name).map(PathBuf::from);
        let mode = |name| DetailMode::of_word(&std::env::var(name).ok()?);
        Some(Self {
            output_folder: read(FOLDER)?,
            source_root: read(SOURCE_ROOT)?,
            project_root: read(PROJECT)?,
            runtime_folder: read(RUNTIME)?,
            features: std::env::var(FEATURES).ok()?,
            command: std::env::var(COMMAND).ok()?,
            details: DetailModes { unoptimised: mode(UNOPTIMISED)?, optimised: mode(OPTIMISED)? },
            is_offline: std::env::var_os(OFFLINE).is_some(),
            is_configured: std::env::var_os(CONFIGURED).is_some(),
            is_quiet: std::env::var_os(QUIET).is_some(),
            profile_file: read(PROFILE),
            wrappers: UserWrappers { of_all: read(WRAPPER), of_members: read(WORKSPACE_WRAPPER) },
        })
    }
}

/// Returns whether cargo may have started this process in the compiler's place. A program that the
/// woven one starts inherits the variables too.
pub(crate) fn is_present() -> bool {
    std::env::var_os(FOLDER).is_some()
}

/// Returns whether `package` is to be woven.
pub(crate) fn is_woven(package: &str) -> bool {
    std::env::var_os(package_variable(package)).is_some()
}

/// Returns whether a program without the standard library may link the library of `package`.
pub(crate) fn is_needed_plain(package: &str) -> bool {
    std::env::var(package_variable(package)).is_ok_and(|value| value == WITH_PLAIN_LIBRARY)
}

/// Returns the variables of this module on which the compilation of `package` depends.
pub(crate) fn variables(package: &str) -> [String; 2] {
    [package_variable(package), FEATURES.to_owned()]
}

/// Returns the variable of this module with the detail of a crate.
pub(crate) const fn detail_variable(is_optimised: bool) -> &'static str {
    if is_optimised { OPTIMISED } else { UNOPTIMISED }
}

/// Returns the variable with the choices by the profile for the crates of `package`.
pub(crate) fn choices_variable(package: &str) -> String {
    format!("CARGO_OMEGI_CHOICES_{}", package.to_uppercase().replace('-', "_"))
}

fn package_variable(package: &str) -> String {
    format!("CARGO_OMEGI_WEAVE_{}", package.to_uppercase().replace('-', "_"))
}
