//! The tables of `docs/explain/cost.md`: written between two marks, with the date, the machine and
//! the versions. The README shows some of their rows.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{fs, thread};

use crate::report::{Report, Spread};

/// The document, below the repository's root.
const DOCUMENT: &str = "docs/explain/cost.md";

/// The document with a table of some rows, and the heading of that table.
const README: &str = "README.md";
const HEADING: &str = "| subject | minimum | allocations a span |";

/// The marks around the text that this program writes.
const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// The libraries whose versions the document names.
const LIBRARIES: [&str; 5] = ["omegi", "fastrace", "opentelemetry_sdk", "tracing-opentelemetry", "tracing"];

/// Replaces the tables of the document, and the rows in the README.
///
/// # Errors
///
/// A text that names the file: it cannot be read or written, or has no marks.
pub(crate) fn write(report: &Report, quick: bool) -> Result<(), String> {
    replace(DOCUMENT, |text| {
        let (before, rest) = text.split_once(BEGIN).ok_or(format!("{DOCUMENT} has no {BEGIN}"))?;
        let (_, after) = rest.split_once(END).ok_or(format!("{DOCUMENT} has no {END}"))?;
        let measured = format!("{}\n{}\n{}", origin(quick), spans(report), memory(report));
        Ok(format!("{before}{BEGIN}\n\n{measured}\n{END}{after}"))
    })?;
    replace(README, |text| Ok(with_new_rows(text, report)))
}

/// Replaces the text of a file below the repository's root.
fn replace(file: &str, new: impl FnOnce(&str) -> Result<String, String>) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let failed = |error| format!("cannot write {file}: {error}");
    let text = fs::read_to_string(&path).map_err(failed)?;
    fs::write(&path, new(&text)?).map_err(failed)
}

/// Returns the text with new numbers in the table below [`HEADING`], for each subject there.
fn with_new_rows(text: &str, report: &Report) -> String {
    let rows: Vec<_> = report.spans().into_iter().flat_map(|(_, rows)| rows).collect();
    let mut is_in_table = false;
    let mut new = String::new();
    for line in text.lines() {
        is_in_table = line == HEADING || (is_in_table && line.starts_with('|'));
        let subject = line.split('|').nth(1).map(str::trim).filter(|_| is_in_table);
        let _ = match rows.iter().find(|row| Some(row.subject) == subject) {
            Some(row) => {
                writeln!(new, "| {} | {:.1} | {:.2} |", row.subject, row.minimum, row.allocations_of_span)
            }
            None => writeln!(new, "{line}"),
        };
    }
    new
}

/// Describes the run in a list: its date, the machine, the compiler and the libraries.
fn origin(quick: bool) -> String {
    let run = if quick { "a quick run, one process a group" } else { "a full run, three processes a group" };
    let threads = thread::available_parallelism().map_or(0, usize::from);
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let versions = LIBRARIES.iter().map(|name| format!("{name} {}", locked(name))).collect::<Vec<_>>();
    format!(
        "- Date: {}; {run}\n- Machine: {}, {threads} hardware threads, {}\n- Compiler: {}\n- Libraries: {}\n",
        output(Command::new("date").args(["-u", "+%Y-%m-%d"])),
        cpu.map_or("an unknown CPU", |(_, model)| model),
        output(Command::new("uname").args(["-srm"])),
        output(Command::new("rustc").arg("--version")),
        versions.join(",\n  "),
    )
}

/// Returns the first line of a command's output.
fn output(command: &mut Command) -> String {
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).lines().next().unwrap_or("unknown").to_owned()
}

/// Returns the version of a package in this workspace's lock file.
fn locked(name: &str) -> &'static str {
    let heading = format!("name = \"{name}\"\nversion = \"");
    let rest = include_str!("../Cargo.lock").split_once(&heading).map_or("", |(_, rest)| rest);
    rest.split_once('"').map_or("", |(version, _)| version)
}

fn spans(report: &Report) -> String {
    let mut table = String::from(
        "| group | subject | minimum | median | × floor | above plain | root alone | allocations a span | \
         allocations a flow | CPU of all threads |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for (group, rows) in report.spans() {
        for row in rows {
            let _ = writeln!(
                table,
                "| `{group}` | {} | {:.1} | {:.1} | {} | {} | {:.0} | {:.2} | {:.1} | {:.1} |",
                row.subject,
                row.minimum,
                row.median,
                row.to_floor.map_or_else(String::new, |spread| spread.to_string()),
                row.above_plain.map_or_else(String::new, |Spread { median, .. }| format!("{median:.1}")),
                row.root,
                row.allocations_of_span,
                row.allocations_of_flow,
                row.cpu,
            );
        }
    }
    table
}

fn memory(report: &Report) -> String {
    let mut table = String::from(
        "| group | work | MiB above idle | ns a span | exported spans | summarised calls |\n\
         |---|---|--:|--:|--:|--:|\n",
    );
    for row in report.bursts() {
        let _ = writeln!(
            table,
            "| `{}` | {} | {:.1} | {:.1} | {} | {} |",
            row.group, row.what, row.peak, row.span, row.exported, row.dropped,
        );
    }
    table
}
