//! The console exporter: its format, its destination and its colours.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::path::{self, PathBuf};

use super::choices::{ConsoleFormat, ConsoleStream};
use super::parsed::Reason;
use super::reader::Reader;
use super::variable::Fallback::Rule;
use super::variable::Parser::{System, Whole};
use super::variable::{Variable, VariableEntry};
use super::words::one_of;
use super::woven::WeaveCommand;

pub(super) static CONSOLE_FORMAT: Variable<ConsoleFormat> = Variable::new(
    "OMEGI_CONSOLE_FORMAT",
    Rule("`tree` on a terminal, `json` otherwise"),
    Whole(|text| one_of(&FORMATS, text)),
    "format of the console exporter: `tree`; `json`: a line for each span; `compact`: a line for each flow, \
     without repetitions, the default of tests under `cargo omegi`; `cargo omegi show` prints both as trees",
);

const FORMATS: [(&str, Result<ConsoleFormat, &str>); 3] = [
    ("tree", Ok(ConsoleFormat::Tree)),
    ("json", Ok(ConsoleFormat::Json)),
    ("compact", Ok(ConsoleFormat::Compact)),
];

pub(super) static CONSOLE_STREAM: Variable<Destination> = Variable::new(
    "OMEGI_CONSOLE_STREAM",
    Rule("`stdout`; under `cargo omegi` `stderr`"),
    System(parse_destination),
    "destination of the console exporter: `stdout`, `stderr`, or a path with a `/` in it: a file to \
    append to; of tests under `cargo omegi` the default is `target/omegi/flows.json`",
);

pub(super) static NO_COLOR: VariableEntry = VariableEntry::new(
    "NO_COLOR",
    Rule("colours on a terminal"),
    "any value: the console exporter uses no colours (<https://no-color.org>)",
);

/// The destination of the console exporter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// One of the standard streams.
    Stream(ConsoleStream),
    /// The end of this file.
    File(PathBuf),
}

/// The settings of the console exporter.
#[derive(Clone, Debug)]
pub(crate) struct ConsoleSettings {
    /// The format; `None`: it depends on whether the destination is a terminal.
    pub(crate) format: Option<ConsoleFormat>,
    pub(crate) destination: Destination,
    /// True if the exporter may use colours; it uses them on a terminal only.
    pub(crate) colour: bool,
}

impl ConsoleSettings {
    /// Returns the format for a destination that is a terminal or is none.
    pub(crate) fn format_on(&self, is_terminal: bool) -> ConsoleFormat {
        self.format.unwrap_or(if is_terminal { ConsoleFormat::Tree } else { ConsoleFormat::Json })
    }

    /// Returns whether to use colours on a destination that is a terminal or is none.
    pub(crate) fn colour_on(&self, is_terminal: bool) -> bool {
        self.colour && is_terminal
    }

    pub(super) fn resolve(reader: &mut Reader<'_>) -> Self {
        let is_for_show = is_tested(reader) && !reader.is_set(&CONSOLE_STREAM.entry);
        let instead = if is_for_show { "compact" } else { "tree on a terminal, json otherwise" };
        let chosen = reader.optional(&CONSOLE_FORMAT, instead);
        Self {
            format: chosen.or(is_for_show.then_some(ConsoleFormat::Compact)),
            destination: resolve_destination(reader),
            colour: !reader.note_if_set(&NO_COLOR),
        }
    }
}

impl ConsoleStream {
    /// Returns whether the stream is a terminal.
    pub(crate) fn is_terminal(self) -> bool {
        match self {
            Self::Stdout => std::io::stdout().is_terminal(),
            Self::Stderr => std::io::stderr().is_terminal(),
        }
    }
}

fn is_tested(reader: &Reader<'_>) -> bool {
    reader.program().woven.as_ref().is_some_and(|program| program.command == WeaveCommand::Test)
}

/// A woven program did not ask for omegi, so its stdout is left to it; in tests its stderr too.
fn resolve_destination(reader: &mut Reader<'_>) -> Destination {
    let program = reader.program();
    let (word, default) = match &program.woven {
        Some(woven) if is_tested(reader) => {
            (woven.flow_file().display().to_string(), Destination::File(woven.flow_file()))
        }
        _ if program.autostart => ("stderr".to_owned(), Destination::Stream(ConsoleStream::Stderr)),
        _ => ("stdout".to_owned(), Destination::Stream(ConsoleStream::Stdout)),
    };
    reader.optional(&CONSOLE_STREAM, &word).unwrap_or(default)
}

/// Reads a path or the name of a stream. A name without a separator is no path: it would make a
/// file of every misspelt stream.
fn parse_destination(raw: &OsStr) -> Result<Destination, Reason> {
    let is_separator = |byte: &u8| byte.is_ascii() && path::is_separator(char::from(*byte));
    if raw.as_encoded_bytes().iter().any(is_separator) {
        return Ok(Destination::File(path::absolute(raw).unwrap_or_else(|_| raw.into())));
    }
    let text = raw.to_str().ok_or("is not UTF-8 text")?;
    one_of(&[("stdout", Ok(ConsoleStream::Stdout)), ("stderr", Ok(ConsoleStream::Stderr))], text)
        .map(Destination::Stream)
        .map_err(|reason| format!("{}, nor a path such as ./flows.json", reason.text).into())
}
