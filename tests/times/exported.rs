//! Spans as the exporters have written them.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use omegi::{Flow, Value};
use serde_json::Value as Json;

/// A buffer that an exporter writes to.
pub(crate) type Shared = Arc<Mutex<Vec<u8>>>;

/// A writer to a buffer.
pub(crate) struct Writer(pub(crate) Shared);

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
pub(crate) struct ExportedSpan {
    pub(crate) name: String,
    pub(crate) duration_ns: u64,
    pub(crate) is_estimated: bool,
}

pub(crate) fn of_flow(flow: &Flow) -> Vec<ExportedSpan> {
    let spans = flow.spans.iter().map(|span| ExportedSpan {
        name: span.name.clone().into_owned(),
        duration_ns: span.duration_ns(),
        is_estimated: span.attribute("omegi.times") == Some(&Value::from("estimated")),
    });
    spans.collect()
}

/// Reads the lines of the console's JSON.
pub(crate) fn of_console(bytes: &[u8]) -> Vec<ExportedSpan> {
    let lines = std::str::from_utf8(bytes).unwrap().lines();
    let spans = lines.map(|line| serde_json::from_str::<Json>(line).unwrap()).map(|span| ExportedSpan {
        name: text(&span["name"]),
        duration_ns: duration_of(&text(&span["start_time"]), &text(&span["end_time"])),
        is_estimated: span["attributes"]["omegi.times"] == "estimated",
    });
    spans.collect()
}

/// Reads the lines of a file of OTLP's JSON.
pub(crate) fn of_file(lines: &str) -> Vec<ExportedSpan> {
    let flows = lines.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let spans = flows.flat_map(|flow| {
        let scopes = flow["resourceSpans"][0]["scopeSpans"].as_array().unwrap().clone();
        scopes.into_iter().flat_map(|scope| scope["spans"].as_array().unwrap().clone())
    });
    let number = |text: &Json| text.as_str().unwrap().parse::<u64>().unwrap();
    let is_mark = |it: &Json| {
        it["key"] == "omegi.times" && it["value"] == serde_json::json!({"stringValue": "estimated"})
    };
    let spans = spans.map(|span| ExportedSpan {
        name: text(&span["name"]),
        duration_ns: number(&span["endTimeUnixNano"]) - number(&span["startTimeUnixNano"]),
        is_estimated: span["attributes"].as_array().unwrap().iter().any(is_mark),
    });
    spans.collect()
}

fn text(json: &Json) -> String {
    json.as_str().unwrap().to_owned()
}

/// Returns the nanoseconds between two times like `2026-11-20T08:00:00.000000Z`.
fn duration_of(start: &str, end: &str) -> u64 {
    const DAY_NS: u64 = 86_400_000_000_000;
    let [start, end] = [start, end].map(|time| {
        let of_day = time.split_once('T').unwrap().1.trim_end_matches('Z');
        let (whole, part) = of_day.split_once('.').unwrap();
        let seconds = whole.split(':').fold(0, |sum, part| sum * 60 + part.parse::<u64>().unwrap());
        seconds * 1_000_000_000 + format!("{part:0<9}").parse::<u64>().unwrap()
    });
    (end + DAY_NS - start) % DAY_NS
}
