//! `cargo omegi show`: the flows in files as trees.
//!
//! `file` recognises the format of a file and reads it flow by flow, by a module for each format.

mod attributes;
mod compact;
mod console_json;
mod errors;
mod file;
mod flows;
mod lines;
mod otlp_json;
mod otlp_protobuf;
mod svg;
#[cfg(test)]
mod tests;
mod utc;

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use omegi_runtime::{ConsoleExporter, ConsoleFormat, ConsoleStream, Exporter as _, Flow};

use crate::command_error::{CommandError, CommandErrorKind};
use crate::options::ShowOptions;
use file::{FileEnd, read_file};
use svg::Picture;

/// Prints the flows of the files, and of those in folders, as text or as one picture. A line that
/// is cut off is reported with its number, and skipped. A file that holds something else is
/// reported once.
pub(crate) fn run(options: &ShowOptions) -> Result<ExitCode, CommandError> {
    let picture = Picture::default();
    let mut console = if options.svg {
        ConsoleExporter::to_writer(ConsoleFormat::Tree, picture.clone(), "the picture", true)
    } else {
        let colour =
            io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
        ConsoleExporter::new(ConsoleFormat::Tree, ConsoleStream::Stdout, colour)
    };
    let mut all_whole = true;
    for named in &options.files {
        for file in files(named).map_err(|error| unreadable(named, &error))? {
            let show = |flow: Flow| {
                let is_wanted = !options.errors_only || flow.has_error();
                !is_wanted || console.export(&[flow]).is_ok()
            };
            match read_file(&file, show).map_err(|error| unreadable(&file, &error))? {
                FileEnd::Whole => {}
                FileEnd::Damaged => all_whole = false,
                // A reader that closes the pipe, such as `head`, needs no more output.
                FileEnd::Unwanted => return Ok(ExitCode::SUCCESS),
            }
        }
    }
    if options.svg {
        let mut stdout = io::stdout();
        match stdout.write_all(picture.to_string().as_bytes()).and_then(|()| stdout.flush()) {
            // A reader that has closed the pipe needs no picture.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(unwritable(&error)),
            _ => {}
        }
    }
    Ok(if all_whole { ExitCode::SUCCESS } else { CommandErrorKind::Source.into() })
}

/// Returns the file at this path, or those in the folder that may hold flows, by name.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files: Vec<_> = entries.collect::<io::Result<_>>()?;
    files.retain(|file| file.is_file() && may_hold_flows(file));
    files.sort();
    Ok(files)
}

/// Returns whether a file beside files of flows may be one: omegi's messages and locks are none.
fn may_hold_flows(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    !name.starts_with("notes.txt") && !name.ends_with(".lock")
}

fn unwritable(error: &io::Error) -> CommandError {
    CommandError::new(
        CommandErrorKind::Machine,
        format!("cannot write the picture: {error}"),
        "write it to another place",
    )
}

fn unreadable(file: &Path, error: &io::Error) -> CommandError {
    CommandError::new(
        CommandErrorKind::Project,
        format!("cannot read {}: {error}", file.display()),
        "name a file or folder that omegi has written: by `cargo omegi test`, OMEGI_DEBUG_SPANDUMP, \
         OMEGI_FILE_PATH, OMEGI_CONSOLE_STREAM or OMEGI_SPOOL",
    )
}
