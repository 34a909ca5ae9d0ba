//! The variables by which `cargo omegi` configures its own process in the compiler's place.
//!
//! The command writes them into cargo's environment; the compiler's wrapper reads them there.

use std::path::PathBuf;
use std::process::Command;

const FOLDER: &str = "CARGO_OMEGI_FOLDER";
const SOURCE_ROOT: &str = "CARGO_OMEGI_SOURCE_ROOT";
const RUNTIME: &str = "CARGO_OMEGI_RUNTIME";
const OFFLINE: &str = "CARGO_OMEGI_OFFLINE";
const FEATURES: &str = "CARGO_OMEGI_FEATURES";

/// The facts that hold for all crates of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handshake {
    /// The folder of everything that omegi writes: `target/omegi`.
    pub(crate) output_folder: PathBuf,
    /// The folder that holds all files which sources may include by a relative path.
    pub(crate) source_root: PathBuf,
    /// The folder in which omegi is built.
    pub(crate) runtime_folder: PathBuf,
    /// The cargo features with which omegi is built, as a comma list.
    pub(crate) features: String,
    /// True if nothing may be downloaded.
    pub(crate) is_offline: bool,
}

impl Handshake {
    /// Writes the variables into the environment of `cargo`. `packages` are those to be woven.
    pub(crate) fn write<'a>(&self, cargo: &mut Command, packages: impl Iterator<Item = &'a str>) {
        cargo.env(FOLDER, &self.output_folder).env(SOURCE_ROOT, &self.source_root);
        cargo.env(RUNTIME, &self.runtime_folder).env(FEATURES, &self.features);
        cargo.env_remove(OFFLINE);
        if self.is_offline {
            cargo.env(OFFLINE, "true");
        }
        // Each package has a variable of its own, so cargo compiles only the crates again whose
        // setting changed.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with(&package_variable("")) {
                cargo.env_remove(name);
            }
        }
        for package in packages {
            cargo.env(package_variable(package), "true");
        }
    }

    /// Reads the variables from the environment of this process.
    pub(crate) fn read() -> Option<Self> {
        let read = |name| std::env::var_os(name).map(PathBuf::from);
        Some(Self {
            output_folder: read(FOLDER)?,
            source_root: read(SOURCE_ROOT)?,
            runtime_folder: read(RUNTIME)?,
            features: std::env::var(FEATURES).ok()?,
            is_offline: std::env::var_os(OFFLINE).is_some(),
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

/// Returns the variables of this module on which the compilation of `package` depends.
pub(crate) fn variables(package: &str) -> [String; 2] {
    [package_variable(package), FEATURES.to_owned()]
}

fn package_variable(package: &str) -> String {
    format!("CARGO_OMEGI_WEAVE_{}", package.to_uppercase().replace('-', "_"))
}
