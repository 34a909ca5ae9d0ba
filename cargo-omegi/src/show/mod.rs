//! `cargo omegi show`: the flows of a dump as trees.

mod dump;
mod errors;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _};
use std::path::Path;
use std::process::ExitCode;

use omegi_runtime::{ConsoleExporter, ConsoleFormat, ConsoleStream, Exporter as _};

use crate::command_error::{CommandError, CommandErrorKind};
use crate::options::ShowOptions;

/// Prints the flows of the files. A line that is no flow is reported with its number, and skipped.
pub(crate) fn run(options: &ShowOptions) -> Result<ExitCode, CommandError> {
    let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
    let mut console = ConsoleExporter::new(ConsoleFormat::Tree, ConsoleStream::Stdout, colour);
    let mut all_whole = true;
    for file in &options.files {
        let opened = File::open(file).map_err(|error| unreadable(file, &error))?;
        for (number, line) in (1..).zip(BufReader::new(opened).split(b'\n')) {
            let line = line.map_err(|error| unreadable(file, &error))?;
            let Some(mut flows) = dump::flows(&line) else {
                let file = file.display();
                eprintln!(
                    "cargo omegi: cannot read {file}:{number} as a whole line of OTLP/JSON; it is skipped"
                );
                all_whole = false;
                continue;
            };
            flows.retain(|flow| !options.errors_only || flow.has_error());
            if console.export(&flows).is_err() {
                // A reader that closes the pipe, such as `head`, needs no more output.
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
    Ok(if all_whole { ExitCode::SUCCESS } else { CommandErrorKind::Source.into() })
}

fn unreadable(file: &Path, error: &io::Error) -> CommandError {
    CommandError::new(
        CommandErrorKind::Project,
        format!("cannot read {}: {error}", file.display()),
        "name a file that OMEGI_DEBUG_SPANDUMP or the file exporter has written",
    )
}
