//! `cargo omegi enable` and `disable`: this program as the compiler's wrapper in cargo's
//! configuration, so that every build of the project is woven.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use toml_edit::{DocumentMut, Item, TableLike, table, value};

use crate::command_error::{CommandError, CommandErrorKind};
use crate::options::{EnablingOptions, ProjectOptions};
use crate::own_path::own_path;
use crate::project::{Project, below};
use crate::say::say;
use crate::user_wrappers::{UserWrappers, is_on_path, is_own};
use crate::whole_files::{write_again, write_whole};

/// The name by which cargo finds this program on every machine.
const NAME: &str = env!("CARGO_PKG_NAME");

const BYTE_ORDER_MARK: char = '\u{feff}';

const WRAPPER: &str = "rustc-workspace-wrapper";

/// Writes the wrapper into the project's configuration.
pub(crate) fn enable(options: &EnablingOptions) -> Result<ExitCode, CommandError> {
    let project = find(options)?;
    let mut file = ConfigurationFile::read(&project.root)?;
    if file.wrapper().is_some_and(|program| is_own(Path::new(program))) {
        say(format_args!("builds of {} are woven already", project.root.display()));
        return Ok(ExitCode::SUCCESS);
    }
    check_wrappers()?;
    check_path()?;
    file.build()?.insert(WRAPPER, value(NAME));
    file.write()?;
    say(format_args!(
        "every build of {} is woven from now on, by {} in {}; each machine that builds it needs \
        {NAME} on its PATH; `cargo omegi disable` ends this",
        project.root.display(),
        WRAPPER,
        below(&project.root, &file.path),
    ));
    Ok(ExitCode::SUCCESS)
}

/// Takes the wrapper out of the project's configuration.
pub(crate) fn disable(options: &EnablingOptions) -> Result<ExitCode, CommandError> {
    let project = find(options)?;
    let mut file = ConfigurationFile::read(&project.root)?;
    if !file.wrapper().is_some_and(|program| is_own(Path::new(program))) {
        say(format_args!(
            "no {WRAPPER} of omegi is in {}; nothing changed",
            below(&project.root, &file.path)
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let has_comments = file.text.contains('#');
    let build = file.build()?;
    build.remove(WRAPPER);
    // A comment may belong to the empty table.
    if build.is_empty() && !has_comments {
        file.document.remove("build");
    }
    file.write()?;
    say(format_args!("builds of {} are plain again", project.root.display()));
    Ok(ExitCode::SUCCESS)
}

fn find(options: &EnablingOptions) -> Result<Project, CommandError> {
    let manifest_path = options.manifest_path.clone();
    Project::find(&ProjectOptions { manifest_path, ..ProjectOptions::default() }, None)
}

/// Refuses a second program before the compiler: cargo takes one for the crates of a workspace, and
/// a cache for all crates would not know the files on which the weave depends.
fn check_wrappers() -> Result<(), CommandError> {
    let wrappers = UserWrappers::find(&[]);
    let Some(program) = wrappers.of_members.or(wrappers.of_all) else { return Ok(()) };
    Err(CommandError::new(
        CommandErrorKind::Project,
        format!("cannot enable omegi: {} stands before the compiler already", program.display()),
        "use `cargo omegi build`, which calls it too, or take it out of cargo's settings",
    ))
}

fn check_path() -> Result<(), CommandError> {
    if is_on_path(Path::new(NAME)) {
        return Ok(());
    }
    let own = own_path()?;
    Err(CommandError::new(
        CommandErrorKind::Machine,
        format!("cannot enable omegi: cargo looks for {NAME} on the PATH, and it is not there"),
        format!("add {} to PATH", own.parent().unwrap_or(&own).display()),
    ))
}

/// A project's configuration of cargo.
struct ConfigurationFile {
    path: PathBuf,
    /// The text as it was read: empty if there is no file.
    text: String,
    document: DocumentMut,
}

impl ConfigurationFile {
    /// Reads the file of the project at `root`: an empty one if it is missing.
    fn read(root: &Path) -> Result<Self, CommandError> {
        let folder = root.join(".cargo");
        // Cargo prefers the old name.
        let old = folder.join("config");
        let path = if old.is_file() { old } else { folder.join("config.toml") };
        let unreadable = |error: &dyn std::fmt::Display| {
            CommandError::new(
                CommandErrorKind::Project,
                format!("cannot read {}: {error}", path.display()),
                "mend it: cargo needs it too",
            )
        };
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read.map_err(|error| unreadable(&error))?,
        };
        let document = text.parse().map_err(|error: toml_edit::TomlError| {
            unreadable(&error.to_string().lines().next().unwrap_or_default())
        })?;
        Ok(Self { path, text, document })
    }

    fn wrapper(&self) -> Option<&str> {
        self.document.get("build")?.get(WRAPPER)?.as_str()
    }

    /// Returns the table `build`, which is made if it is missing.
    fn build(&mut self) -> Result<&mut dyn TableLike, CommandError> {
        let path = self.path.display().to_string();
        let build = self.document.entry("build").or_insert_with(table);
        Item::as_table_like_mut(build).ok_or_else(|| {
            CommandError::new(
                CommandErrorKind::Project,
                format!("cannot read {path}: `build` is not a table"),
                "mend it: cargo needs it too",
            )
        })
    }

    /// Returns the text of the changed document, with the ends of lines and the mark of the
    /// encoding that the file had.
    fn changed_text(&self) -> String {
        let mut text = self.document.to_string();
        if self.text.contains("\r\n") {
            text = text.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        if self.text.starts_with(BYTE_ORDER_MARK) && !text.starts_with(BYTE_ORDER_MARK) {
            text.insert(0, BYTE_ORDER_MARK);
        }
        text
    }

    /// Writes the file, or removes an empty one.
    fn write(&self) -> Result<(), CommandError> {
        let folder = self.path.parent().unwrap_or(&self.path);
        let text = self.changed_text();
        let written = if text.trim().is_empty() && !self.path.is_symlink() {
            // A folder with other files stays.
            fs::remove_file(&self.path).map(|()| drop(fs::remove_dir(folder)))
        } else if self.path.exists() {
            write_again(&self.path, text.as_bytes())
        } else {
            fs::create_dir_all(folder).and_then(|()| write_whole(&self.path, text.as_bytes()))
        };
        written.map_err(|error| {
            CommandError::new(
                CommandErrorKind::Machine,
                format!("cannot write {}: {error}", self.path.display()),
                "make it writable",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> ConfigurationFile {
        ConfigurationFile { path: "c".into(), text: text.to_owned(), document: text.parse().unwrap() }
    }

    fn enabled(text: &str) -> String {
        let mut file = file(text);
        file.build().unwrap().insert(WRAPPER, value(NAME));
        assert_eq!(file.wrapper(), Some(NAME));
        file.changed_text()
    }

    #[test]
    fn ends_of_lines_and_the_mark_of_the_encoding_stay() {
        let text = "\u{feff}[build]\r\njobs = 1\r\n";
        assert_eq!(enabled(text), format!("{text}rustc-workspace-wrapper = \"cargo-omegi\"\r\n"));
    }

    #[test]
    fn the_rest_of_the_file_stays() {
        assert_eq!(enabled(""), "[build]\nrustc-workspace-wrapper = \"cargo-omegi\"\n");
        let text =
            "# ours\n[alias]\nb = \"build\" # short\n\n[build]\njobs = 1 # small\n[net]\noffline = true\n";
        let expected = text.replace("small\n", "small\nrustc-workspace-wrapper = \"cargo-omegi\"\n");
        assert_eq!(enabled(text), expected);
        assert_eq!(
            enabled("build.jobs = 1\n"),
            "build.jobs = 1\nbuild.rustc-workspace-wrapper = \"cargo-omegi\"\n"
        );
        let inline = "build = { jobs = 1 }\n";
        assert_eq!(enabled(inline), "build = { jobs = 1 , rustc-workspace-wrapper = \"cargo-omegi\" }\n");
    }

    #[test]
    fn a_table_that_is_none_is_an_error() {
        let error = file("build = 1").build().map(drop).unwrap_err().to_string();
        assert_eq!(error, "cannot read c: `build` is not a table; mend it: cargo needs it too");
    }
}
