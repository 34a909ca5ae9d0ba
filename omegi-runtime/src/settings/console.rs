//! How the console exporter writes.

use std::io::IsTerminal;
use std::path::{self, PathBuf};

use super::choices::{ConsoleFormat, ConsoleStream};
use super::parsing::one_of;
use super::problem::Complaint;
use super::program::Program;
use super::reader::Reader;
use super::variables::{CONSOLE_FORMAT, CONSOLE_STREAM, NO_COLOR};

impl ConsoleStream {
    /// Whether somebody sits in front of it.
    pub(crate) fn is_terminal(self) -> bool {
        match self {
            Self::Stdout => std::io::stdout().is_terminal(),
            Self::Stderr => std::io::stderr().is_terminal(),
        }
    }
}

/// Where the console exporter writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// To one of the standard streams.
    Stream(ConsoleStream),
    /// To the end of this file.
    File(PathBuf),
}

/// How the console exporter writes.
#[derive(Clone, Debug)]
pub(crate) struct ConsoleSettings {
    /// What it prints; where nobody said so, that depends on whether the destination is a terminal.
    pub(crate) format: Option<ConsoleFormat>,
    /// Where it prints.
    pub(crate) destination: Destination,
    /// Whether it may use colours; it uses them on a terminal only.
    pub(crate) colour: bool,
}

impl ConsoleSettings {
    /// The format to use where there is a terminal or is none.
    pub(crate) fn format_on(&self, is_terminal: bool) -> ConsoleFormat {
        self.format.unwrap_or(if is_terminal { ConsoleFormat::Tree } else { ConsoleFormat::Json })
    }

    /// Whether to use colours where there is a terminal or is none.
    pub(crate) fn colour_on(&self, is_terminal: bool) -> bool {
        self.colour && is_terminal
    }

    pub(super) fn resolve(reader: &mut Reader<'_>, program: &Program) -> Self {
        Self {
            format: reader.optional(&CONSOLE_FORMAT, "tree on a terminal, json otherwise", parse_format),
            destination: resolve_destination(reader, program),
            colour: reader.raw(&NO_COLOR).is_none(),
        }
    }
}

/// A program that is woven without having been asked keeps its stdout to itself.
fn resolve_destination(reader: &mut Reader<'_>, program: &Program) -> Destination {
    let (word, stream) = match program.autostart {
        true => ("stderr", ConsoleStream::Stderr),
        false => ("stdout", ConsoleStream::Stdout),
    };
    let destination = reader.optional(&CONSOLE_STREAM, word, parse_destination);
    destination.unwrap_or(Destination::Stream(stream))
}

fn parse_format(text: &str) -> Result<ConsoleFormat, Complaint> {
    one_of(&[("tree", Ok(ConsoleFormat::Tree)), ("json", Ok(ConsoleFormat::Json))], text)
}

/// A name alone is no path: it would make a file of every misspelt stream.
fn parse_destination(text: &str) -> Result<Destination, Complaint> {
    if text.contains(path::is_separator) {
        return Ok(Destination::File(path::absolute(text).unwrap_or_else(|_| text.into())));
    }
    one_of(&[("stdout", Ok(ConsoleStream::Stdout)), ("stderr", Ok(ConsoleStream::Stderr))], text)
        .map(Destination::Stream)
        .map_err(|complaint| format!("{complaint}, nor a path such as ./flows.json").into())
}
