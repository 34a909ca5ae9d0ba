//! Reads a file of flows, in any format that omegi writes.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

use omegi_runtime::{Flow, read_spool_file};
use serde_json::error::Category;

use crate::say::say;

use super::compact::{self, CompactLine, CompactReader};
use super::console_json::ConsoleReader;
use super::lines::{self, Line, MAX_BYTES};
use super::{otlp_json, otlp_protobuf};

/// The number of lines that are reported one by one when they are cut off.
const REPORTED: u64 = 3;

/// The signs by which the lines of trees are known.
const SIGNS_OF_TREES: [char; 5] = ['\u{2713}', '\u{2717}', '\u{251c}', '\u{2514}', '\u{2502}'];

/// The reason for which a file of messages is not read to its end.
const NOT_ALL: &str = "its rest is no whole message of OTLP's protobuf; the flows before are shown";

/// The end of reading a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FileEnd {
    /// All of it was read.
    Whole,
    /// A part of it is no flow, and was reported.
    Damaged,
    /// No more flows are wanted.
    Unwanted,
}

/// Calls `show` with each flow of a file, until that returns `false`.
///
/// # Errors
///
/// The system's.
pub(super) fn read_file(path: &Path, show: impl FnMut(Flow) -> bool) -> io::Result<FileEnd> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
    let beginning = file.fill_buf()?;
    match beginning {
        [b'o', b'm', b'e', b'g', b'i', b's', b'p', b'l', ..] => read_spool(path, show),
        [0x1f, 0x8b, ..] => Ok(give_up(path, "it is compressed; show what `gunzip -c` makes of it")),
        _ if begins_as_message(beginning) => read_messages(path, file, show),
        _ => {
            let (compact, spans) = (CompactReader::default(), ConsoleReader::default());
            TextFile { path, show, compact, spans, has_reported_full: false }.read(file)
        }
    }
}

fn read_spool(path: &Path, mut show: impl FnMut(Flow) -> bool) -> io::Result<FileEnd> {
    let mut is_wanted = true;
    let ended = read_spool_file(path, |flow| {
        is_wanted = show(flow);
        is_wanted
    });
    match ended {
        _ if !is_wanted => Ok(FileEnd::Unwanted),
        Ok(false) => Ok(FileEnd::Whole),
        Ok(true) => Ok(give_up(path, "a part of it is damaged; the other flows are shown")),
        Err(error) if error.kind() == io::ErrorKind::Other => {
            Ok(give_up(path, &format!("{error}; show it with the version that did")))
        }
        Err(error) => Err(error),
    }
}

/// Returns whether these bytes can begin a `TracesData`: its first field holds a message. A blank
/// line has the same first byte.
fn begins_as_message(beginning: &[u8]) -> bool {
    let Some((&b'\n', rest)) = beginning.split_first() else { return false };
    let Some((length, width)) = otlp_protobuf::varint(rest) else { return false };
    let is_field = |first: &u8| [0x0a, 0x12, 0x1a].contains(first);
    length > 0 && rest.get(width).is_some_and(is_field) && !rest.starts_with(b"\n") && !rest.starts_with(b"{")
}

/// Reads `TracesData` in protobuf: messages one after the other are one message.
fn read_messages(
    path: &Path,
    mut file: BufReader<File>,
    mut show: impl FnMut(Flow) -> bool,
) -> io::Result<FileEnd> {
    loop {
        let head = file.fill_buf()?;
        if head.is_empty() {
            return Ok(FileEnd::Whole);
        }
        // A key and a length have 11 bytes at most. A buffer can end within them.
        let mut key_and_length = Vec::new();
        let length = loop {
            let mut byte = [0];
            if key_and_length.len() > 11 || file.read(&mut byte)? == 0 {
                break None;
            }
            key_and_length.push(byte[0]);
            if key_and_length.len() > 1 && byte[0] & 0x80 == 0 {
                break otlp_protobuf::varint(&key_and_length[1..]).map(|(length, _)| length);
            }
        };
        let Some(length) = length.filter(|length| key_and_length[0] == 0x0a && *length <= MAX_BYTES) else {
            return Ok(give_up(path, NOT_ALL));
        };
        let mut message = Vec::new();
        let has_all = (&mut file).take(length).read_to_end(&mut message)? as u64 == length;
        let Some(flows) = otlp_protobuf::flows(&message).filter(|_| has_all) else {
            return Ok(give_up(path, NOT_ALL));
        };
        if !flows.into_iter().all(&mut show) {
            return Ok(FileEnd::Unwanted);
        }
    }
}

/// A file of lines.
struct TextFile<'p, S> {
    path: &'p Path,
    show: S,
    compact: CompactReader,
    spans: ConsoleReader,
    /// True if it was reported that flows are missing.
    has_reported_full: bool,
}

/// The meaning of a line.
enum Meaning {
    Flows(Vec<Flow>),
    /// It is cut off: no whole line of this format.
    Cut(&'static str),
    /// It is something else; the reason and the remedy.
    Other(String),
}

impl<S: FnMut(Flow) -> bool> TextFile<'_, S> {
    fn read(mut self, mut file: BufReader<File>) -> io::Result<FileEnd> {
        let mut cut = 0;
        for number in 1.. {
            let Some(line) = lines::next(&mut file)? else { break };
            let (line, is_last) = match line {
                Line::Whole(line) => (line, false),
                Line::Last(line) => (line, true),
                Line::TooLong => {
                    let reason = format!("it has more than {MAX_BYTES} bytes; it holds no flow of omegi");
                    return Ok(self.give_up(number, &reason));
                }
            };
            let flows = match self.meaning(&line, is_last) {
                Meaning::Flows(flows) => flows,
                Meaning::Cut(format) => {
                    cut += 1;
                    if cut <= REPORTED {
                        let file = self.path.display();
                        report(format_args!("{file}:{number} as a whole line of {format}; it is skipped"));
                    }
                    continue;
                }
                Meaning::Other(reason) => return Ok(self.give_up(number, &reason)),
            };
            if !flows.into_iter().all(&mut self.show) {
                return Ok(FileEnd::Unwanted);
            }
        }
        if cut > REPORTED {
            report(format_args!(
                "{} more lines of {}; they are skipped",
                cut - REPORTED,
                self.path.display()
            ));
        }
        if !self.spans.finish().into_iter().all(&mut self.show) {
            return Ok(FileEnd::Unwanted);
        }
        Ok(if cut > 0 { FileEnd::Damaged } else { FileEnd::Whole })
    }

    /// Shows the flow before, and reports a line of which nothing can be made.
    fn give_up(mut self, number: u64, reason: &str) -> FileEnd {
        self.spans.finish().into_iter().all(&mut self.show);
        report(format_args!("{}:{number}: {reason}", self.path.display()));
        FileEnd::Damaged
    }

    fn meaning(&mut self, line: &[u8], is_last: bool) -> Meaning {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Meaning::Flows(Vec::new());
        }
        let Some(key) = first_key(line) else {
            let is_cut = is_last && line == b"{";
            return if is_cut { Meaning::Cut("JSON") } else { Meaning::Other(explain(line)) };
        };
        let (format, read) = if compact::KEYS.contains(&key) {
            ("the compact format", self.compact.read(line).map(|line| self.compact_meaning(line)))
        } else if key == "resourceSpans" {
            ("OTLP/JSON", otlp_json::flows(line).map(meaning_of))
        } else {
            let flow = self.spans.read(line).map(|read| read.map(|flow| flow.into_iter().collect()));
            ("the console's JSON", flow.map(meaning_of))
        };
        match read {
            Ok(meaning) => meaning,
            Err(error) if error.classify() == Category::Data => {
                Meaning::Other(format!("it is no flow ({error}); show a file that omegi has written"))
            }
            Err(_) => Meaning::Cut(format),
        }
    }
}

impl<S> TextFile<'_, S> {
    fn compact_meaning(&mut self, line: CompactLine) -> Meaning {
        match line {
            CompactLine::Flow(flow) => Meaning::Flows(vec![flow]),
            CompactLine::Reference => Meaning::Flows(Vec::new()),
            CompactLine::Full(bytes) => {
                if !std::mem::replace(&mut self.has_reported_full, true) {
                    say(format_args!(
                        "flows are missing from here on: there was no room in {bytes} bytes; \
                         OMEGI_RUN_MAX_SIZE sets another bound"
                    ));
                }
                Meaning::Flows(Vec::new())
            }
            CompactLine::Wrong(reason) => Meaning::Other(format!("{reason}; show the whole file")),
        }
    }
}

fn meaning_of(flows: Option<Vec<Flow>>) -> Meaning {
    match flows {
        Some(flows) => Meaning::Flows(flows),
        None => {
            Meaning::Other("an id or a time in it is wrong; show a file that omegi has written".to_owned())
        }
    }
}

/// Returns the first key of a JSON object; `None` if the line begins none.
fn first_key(line: &[u8]) -> Option<&str> {
    let inside = line.strip_prefix(b"{")?.trim_ascii_start().strip_prefix(b"\"")?;
    let key = inside.split(|byte| *byte == b'"').next()?;
    std::str::from_utf8(key).ok()
}

/// Returns what a line is that begins no object.
fn explain(line: &[u8]) -> String {
    let is_tree = || String::from_utf8_lossy(&line[..line.len().min(400)]).contains(SIGNS_OF_TREES);
    if line.starts_with(b"{") || line.starts_with(b"[") {
        "it is JSON in several lines; show what `jq -c .` makes of it".to_owned()
    } else if is_tree() {
        "it is a tree already: text for people; read it as it is, or write OMEGI_CONSOLE_FORMAT=json"
            .to_owned()
    } else {
        "it is no file of flows; name one that omegi has written".to_owned()
    }
}

/// Reports a file of which no more is read.
fn give_up(path: &Path, reason: &str) -> FileEnd {
    report(format_args!("{}: {reason}", path.display()));
    FileEnd::Damaged
}

fn report(problem: fmt::Arguments<'_>) {
    say(format_args!("cannot read {problem}"));
}
