//! The errors of a flow with their paths, below the tree.

use std::fmt::{self, Formatter};

use crate::vocabulary::{ErrorReport, Flow, Location, PathStep};

use super::figures::counted;
use super::paint::{Paint, Tone};
use crate::exporting::clean::{message, value};

/// The most errors in the list; the tree shows all.
const ERRORS: usize = 20;

/// The numbers of steps at the beginning and at the end of a long path.
const FIRST_STEPS: usize = 24;
const LAST_STEPS: usize = 8;

/// Writes the errors in the order in which they began.
pub(super) fn write(f: &mut Formatter<'_>, flow: &Flow, paint: Paint) -> fmt::Result {
    for report in flow.errors.iter().take(ERRORS) {
        f.write_str("\n")?;
        write_title(f, report, paint)?;
        write_path(f, flow, &report.path, paint)?;
    }
    match flow.errors.len().saturating_sub(ERRORS) {
        0 => Ok(()),
        more => writeln!(f, "\nand {}", counted(more as u64, "more error")),
    }
}

/// `error  shop::db::Error: no such item "x"`, or `panic  index out of bounds`, and the causes
/// below.
fn write_title(f: &mut Formatter<'_>, report: &ErrorReport, paint: Paint) -> fmt::Result {
    let text = message(&report.message);
    if report.error_type == "panic" {
        writeln!(f, "{}  {text}", paint.toned(Tone::Origin, "panic"))?;
    } else {
        writeln!(f, "{}  {}: {text}", paint.toned(Tone::Origin, "error"), value(&report.error_type))?;
    }
    report.causes.iter().try_for_each(|cause| writeln!(f, "       caused by: {}", message(cause)))
}

/// Writes the steps from the origin outwards; of a long path the first and the last.
fn write_path(f: &mut Formatter<'_>, flow: &Flow, path: &[PathStep], paint: Paint) -> fmt::Result {
    let left_out = path.len().saturating_sub(FIRST_STEPS + LAST_STEPS);
    let numbered = || path.iter().enumerate();
    let listed = || numbered().take(FIRST_STEPS).chain(numbered().skip(FIRST_STEPS + left_out));
    let width = listed().map(|(_, step)| name(flow, step).chars().count()).max().unwrap_or(0);
    for (nth, step) in listed() {
        if left_out > 0 && nth == FIRST_STEPS + left_out {
            writeln!(f, "  …         {}", counted(left_out as u64, "more step"))?;
        }
        let word = paint.toned(Tone::Bad, word(nth, path.len()));
        let line = format!("{:width$}{}", name(flow, step), place(step));
        writeln!(f, "  {word}  {}", line.trim_end())?;
        write_change(f, step, paint)?;
    }
    Ok(())
}

/// The word before a step. All words have the same width.
const fn word(nth: usize, steps: usize) -> &'static str {
    match nth {
        0 => "began in",
        _ if nth + 1 == steps => "reached ",
        _ => "through ",
    }
}

/// The span's name in the tree; the function's path if the flow does not have the span.
fn name(flow: &Flow, step: &PathStep) -> String {
    let span = flow.spans.get(step.span).filter(|_| step.recorded);
    let name = span.map_or(&step.function, |span| &span.name);
    value(name).to_string()
}

/// The location of the step: `  src/db.rs:42`, or `  src/db.rs:40 (fn)` if only the function's is
/// known.
fn place(step: &PathStep) -> String {
    let Location { file, line } = step.location;
    match (file, step.exact) {
        ("", _) => String::new(),
        (_, true) => format!("  {}:{line}", value(file)),
        (_, false) => format!("  {}:{line} (fn)", value(file)),
    }
}

fn write_change(f: &mut Formatter<'_>, step: &PathStep, paint: Paint) -> fmt::Result {
    match &step.became {
        Some(text) => {
            let (error_type, message) = (value(&text.error_type), message(&text.message));
            writeln!(
                f,
                "            {}",
                paint.toned(Tone::Bad, format_args!("became {error_type}: {message}"))
            )
        }
        None => Ok(()),
    }
}
