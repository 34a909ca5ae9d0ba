//! How the console exporter writes.

use std::io::IsTerminal;

use super::choices::{ConsoleFormat, ConsoleStream};
use super::parsing::one_of;
use super::problem::Complaint;
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

/// How the console exporter writes.
#[derive(Clone, Debug)]
pub(crate) struct ConsoleSettings {
    /// What it prints; where nobody said so, that depends on whether [`stream`](Self::stream) is a terminal.
    pub(crate) format: Option<ConsoleFormat>,
    /// Where it prints.
    pub(crate) stream: ConsoleStream,
    /// Whether it may use colours; it uses them on a terminal only.
    pub(crate) colour: bool,
}

impl ConsoleSettings {
    /// The format to use on a stream that is a terminal or is not.
    pub(crate) fn format_on(&self, is_terminal: bool) -> ConsoleFormat {
        self.format.unwrap_or(if is_terminal { ConsoleFormat::Tree } else { ConsoleFormat::Json })
    }

    /// Whether to use colours on a stream that is a terminal or is not.
    pub(crate) fn colour_on(&self, is_terminal: bool) -> bool {
        self.colour && is_terminal
    }

    pub(super) fn resolve(reader: &mut Reader<'_>) -> Self {
        Self {
            format: reader.optional(&CONSOLE_FORMAT, "tree on a terminal, json otherwise", parse_format),
            stream: reader.value(&CONSOLE_STREAM, parse_stream),
            colour: reader.raw(&NO_COLOR).is_none(),
        }
    }
}

fn parse_format(text: &str) -> Result<ConsoleFormat, Complaint> {
    one_of(&[("tree", Ok(ConsoleFormat::Tree)), ("json", Ok(ConsoleFormat::Json))], text)
}

fn parse_stream(text: &str) -> Result<ConsoleStream, Complaint> {
    one_of(&[("stdout", Ok(ConsoleStream::Stdout)), ("stderr", Ok(ConsoleStream::Stderr))], text)
}
