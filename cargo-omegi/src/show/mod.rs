//! `cargo omegi show`: the flows of a dump as trees.

mod dump;
mod errors;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use omegi_runtime::{ConsoleExporter, ConsoleFormat, ConsoleStream, Exporter as _};

use crate::failure::{Cause, Failure};

/// What is to be shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The files, in their order.
    pub(crate) files: Vec<PathBuf>,
    /// Whether flows without an error are left out.
    pub(crate) errors_only: bool,
}

/// Prints the flows. A line that is none is told with its number, and the others are printed all the same.
pub(crate) fn run(wanted: &Wanted) -> Result<ExitCode, Failure> {
    let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
    let mut console = ConsoleExporter::new(ConsoleFormat::Tree, ConsoleStream::Stdout, colour);
    let mut all_whole = true;
    for file in &wanted.files {
        for (number, line) in (1..).zip(lines(file)?) {
            let line = line.map_err(|error| unreadable(file, &error))?;
            let Some(mut flows) = dump::flows(&line) else {
                eprintln!(
                    "cargo omegi: {}:{number} is no whole line of OTLP/JSON, and is left out",
                    file.display()
                );
                all_whole = false;
                continue;
            };
            flows.retain(|flow| !wanted.errors_only || flow.has_error());
            if console.export(&flows).is_err() {
                // Nobody reads it any more: `| head` has seen enough.
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
    Ok(if all_whole { ExitCode::SUCCESS } else { Cause::Source.into() })
}

fn lines(file: &Path) -> Result<impl Iterator<Item = io::Result<Vec<u8>>> + use<>, Failure> {
    let opened = File::open(file).map_err(|error| unreadable(file, &error))?;
    Ok(BufReader::new(opened).split(b'\n'))
}

fn unreadable(file: &Path, error: &io::Error) -> Failure {
    let remedy = "Name a file that OMEGI_DEBUG_SPANDUMP or the file exporter has written";
    Failure::new(Cause::Project, format!("{} cannot be read: {error}", file.display()), remedy)
}
