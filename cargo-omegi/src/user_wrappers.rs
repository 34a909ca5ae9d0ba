//! The programs that the user has put in front of the compiler, such as sccache.
//!
//! Cargo calls `RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER rustc …` for crates of the workspace, and
//! `RUSTC_WRAPPER rustc …` for others. `cargo omegi` takes both places and calls the user's
//! programs behind itself, so that a cache sees the woven sources:
//!
//! ```text
//! cargo ──▶ cargo-omegi cargo-omegi rustc main.rs ──▶ sccache rustc target/omegi/woven/…/main.rs
//! ```

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// The user's programs in front of the compiler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserWrappers {
    /// The one for all crates.
    pub(crate) of_all: Option<PathBuf>,
    /// The one for crates of the workspace.
    pub(crate) of_members: Option<PathBuf>,
}

impl UserWrappers {
    /// Finds them as cargo does, which is called with these options: in the variable, on the
    /// command line, in the variable of the setting, in files.
    pub(crate) fn find(options: &[OsString]) -> Self {
        let settings = CargoSettings::read(options);
        let find = |variable, setting| settings.program(variable, setting).filter(|path| !is_own(path));
        Self {
            of_all: find("RUSTC_WRAPPER", "rustc-wrapper"),
            of_members: find("RUSTC_WORKSPACE_WRAPPER", "rustc-workspace-wrapper"),
        }
    }

    /// Returns one that does not exist.
    pub(crate) fn missing(&self) -> Option<&Path> {
        let exists = |name: &Path| {
            if name.components().count() > 1 { is_program(name) } else { is_on_path(name) }
        };
        [&self.of_all, &self.of_members].into_iter().flatten().map(PathBuf::as_path).find(|it| !exists(it))
    }

    /// Returns the programs around the compiler of a crate, the outermost first.
    pub(crate) fn around(&self, is_member: bool) -> Vec<PathBuf> {
        let of_members = self.of_members.as_ref().filter(|_| is_member);
        self.of_all.iter().chain(of_members).cloned().collect()
    }
}

/// Returns whether cargo compiles a crate of the workspace, and its words without those that start
/// this program again.
pub(crate) fn sort<'a>(words: &'a [OsString], wrappers: &UserWrappers) -> (bool, &'a [OsString]) {
    match words {
        [first, rest @ ..] if is_own(Path::new(first)) => (true, rest),
        // With a program of the user's for all crates, this one stands twice before the members.
        _ => (wrappers.of_all.is_none(), words),
    }
}

/// Returns whether a shell finds a program of this name.
pub(crate) fn is_on_path(name: &Path) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| is_program(&folder.join(name)))
}

fn is_program(path: &Path) -> bool {
    path.is_file() || path.with_extension(env::consts::EXE_EXTENSION).is_file()
}

/// Returns whether a program is this one, or another copy of it in cargo's configuration.
pub(crate) fn is_own(program: &Path) -> bool {
    if program.file_stem().is_some_and(|name| name == env!("CARGO_PKG_NAME")) {
        return true;
    }
    let real = |path: &Path| path.canonicalize().ok();
    real(program).is_some_and(|program| env::current_exe().is_ok_and(|own| real(&own) == Some(program)))
}

/// The settings of cargo that name programs, the strongest first, each with the folder to which its
/// relative paths belong.
struct CargoSettings {
    /// The folder in which cargo starts.
    here: PathBuf,
    of_command_line: Vec<(PathBuf, Table)>,
    of_files: Vec<(PathBuf, Table)>,
}

impl CargoSettings {
    fn read(options: &[OsString]) -> Self {
        let here = env::current_dir().unwrap_or_default();
        let mut of_command_line = Vec::new();
        for setting in settings_of_command_line(options) {
            let file = here.join(setting);
            if file.is_file() {
                read_file(&file, &mut of_command_line);
            } else if let Some(table) = setting.to_str().and_then(|text| text.parse().ok()) {
                of_command_line.push((here.clone(), table));
            }
        }
        of_command_line.reverse();
        let home = env::var_os("CARGO_HOME").map(|home| here.join(home));
        let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
        let folders = here.ancestors().map(|folder| folder.join(".cargo")).chain(home);
        let mut of_files = Vec::new();
        for folder in folders {
            // Cargo prefers the old name.
            let file =
                ["config", "config.toml"].map(|name| folder.join(name)).into_iter().find(|it| it.is_file());
            if let Some(file) = file {
                let mut found = Vec::new();
                read_file(&file, &mut found);
                of_files.extend(found.into_iter().rev());
            }
        }
        Self { here, of_command_line, of_files }
    }

    /// Returns the program that is set. An empty name stands for none.
    fn program(&self, variable: &str, setting: &str) -> Option<PathBuf> {
        let variable_of_setting = format!("CARGO_BUILD_{}", setting.to_uppercase().replace('-', "_"));
        let of_variable = |name: &str| Some((self.here.as_path(), env::var(name).ok()?));
        let in_tables = |tables: &'_ [(PathBuf, Table)]| {
            tables.iter().find_map(|(folder, table)| {
                Some((folder.clone(), table.get("build")?.get(setting)?.as_str()?.to_owned()))
            })
        };
        let owned = |(folder, value): (&Path, String)| (folder.to_owned(), value);
        let (folder, name) = of_variable(variable)
            .map(owned)
            .or_else(|| in_tables(&self.of_command_line))
            .or_else(|| of_variable(&variable_of_setting).map(owned))
            .or_else(|| in_tables(&self.of_files))?;
        let is_path = name.contains(['/', '\\']);
        (!name.is_empty()).then(|| if is_path { folder.join(name) } else { name.into() })
    }
}

/// Returns the values of `--config` among cargo's options.
fn settings_of_command_line(options: &[OsString]) -> Vec<&OsStr> {
    let mut found = Vec::new();
    let mut words = options.iter();
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--config") => found.extend(words.next().map(OsString::as_os_str)),
            Some(word) => found.extend(word.strip_prefix("--config=").map(OsStr::new)),
            None => {}
        }
    }
    found
}

/// Adds the tables of a file with settings: those of the files that it includes first, which are
/// weaker.
fn read_file(file: &Path, found: &mut Vec<(PathBuf, Table)>) {
    add_file(file, &mut Vec::new(), found);
}

/// Adds the tables of a file that the files `including` include.
fn add_file(file: &Path, including: &mut Vec<PathBuf>, found: &mut Vec<(PathBuf, Table)>) {
    let Some(table) = fs::read_to_string(file).ok().and_then(|text| text.parse::<Table>().ok()) else {
        return;
    };
    let folder = file.parent().unwrap_or(file);
    let included = match table.get("include") {
        Some(Value::Array(all)) => all.iter().collect(),
        one => Vec::from_iter(one),
    };
    for include in included {
        let name = include.as_str().or_else(|| include.get("path")?.as_str());
        // Cargo refuses a circle.
        if let Some(path) = name.map(|name| folder.join(name)).filter(|path| !including.contains(path)) {
            including.push(path.clone());
            add_file(&path, including, found);
            including.pop();
        }
    }
    // A relative path belongs to the folder around `.cargo`.
    found.push((folder.parent().unwrap_or(folder).to_owned(), table));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn the_users_programs_stand_behind_this_one() {
        let own = env::current_exe().unwrap().display().to_string();
        let none = UserWrappers::default();
        let cache = UserWrappers { of_all: Some("cache".into()), of_members: Some("lint".into()) };
        let sorted = |line: &str, wrappers: &UserWrappers| {
            let words = words(line);
            let (is_member, rest) = sort(&words, wrappers);
            let chain = wrappers.around(is_member).into_iter().map(|it| it.display().to_string());
            let rest = rest.iter().map(|it| it.to_str().unwrap().to_owned());
            (is_member, chain.chain(rest).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(sorted("rustc -vV", &none), (true, "rustc -vV".to_owned()));
        assert_eq!(sorted("rustc -vV", &cache), (false, "cache rustc -vV".to_owned()));
        assert_eq!(sorted(&format!("{own} rustc -vV"), &cache), (true, "cache lint rustc -vV".to_owned()));
        assert!(is_own(Path::new(&own)) && !is_own(Path::new("rustc")));
    }

    #[test]
    fn settings_are_found_where_cargo_finds_them() {
        let folder = env::temp_dir().join(format!("cargo-omegi-settings-{}", std::process::id()));
        fs::create_dir_all(folder.join(".cargo")).unwrap();
        let write = |name: &str, text: &str| fs::write(folder.join(".cargo").join(name), text).unwrap();
        write(
            "config.toml",
            "include = [\"more.toml\", { path = \"none.toml\", optional = true }]\n\
            build.rustc-wrapper = \"sccache\"\n",
        );
        write("more.toml", "[build]\nrustc-wrapper = \"weaker\"\nrustc-workspace-wrapper = \"bin/lint\"\n");
        let file = folder.join(".cargo/config.toml").display().to_string();
        let settings = CargoSettings::read(&words(&format!("--bin a --config {file}")));
        let program = |settings: &CargoSettings, setting| settings.program("OMEGI_TEST_UNSET", setting);
        assert_eq!(program(&settings, "rustc-wrapper"), Some("sccache".into()));
        assert_eq!(program(&settings, "rustc-workspace-wrapper"), Some(folder.join("bin/lint")));
        let stronger = format!("--config {file} --config=build.rustc-wrapper=\"last\"");
        assert_eq!(program(&CargoSettings::read(&words(&stronger)), "rustc-wrapper"), Some("last".into()));
        let none = format!("--config {file} --config=build.rustc-wrapper=\"\"");
        assert_eq!(program(&CargoSettings::read(&words(&none)), "rustc-wrapper"), None);
        fs::remove_dir_all(&folder).unwrap();
    }
}
