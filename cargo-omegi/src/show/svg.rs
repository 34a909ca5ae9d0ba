//! Trees as a picture: the coloured text of the console exporter as SVG.
//!
//! The picture follows the reader's light or dark mode, scales, and wraps long lines below their
//! beginning, so that it stays readable in a ticket or on a page.

use std::fmt::{self, Write as _};
use std::io;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use unicode_width::UnicodeWidthChar as _;

/// The most columns of a row: as many as a page of GitHub shows at full size.
const COLUMNS: usize = 100;
/// The width of a column in pixels: that of the widest font in the list, so that no row is cut.
const COLUMN_WIDTH: f64 = 8.65;
/// The distance of two rows, in pixels.
const ROW_HEIGHT: usize = 20;
/// The distance from the edge to the text, in pixels.
const PADDING: usize = 16;

/// Colours as on GitHub. A mode that the reader's program does not know is the light one.
const STYLE: &str = "\
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', \
monospace; white-space: pre; fill: #1f2328 }
rect { fill: #f6f8fa; stroke: #d1d9e0 }
.good { fill: #1a7f37 } .bad { fill: #cf222e } .origin { fill: #cf222e; font-weight: bold }
.stopped { fill: #9a6700 } .quiet { fill: #59636e }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
rect { fill: #161b22; stroke: #3d444d }
.good { fill: #3fb950 } .bad { fill: #ff7b72 } .origin { fill: #ff7b72 }
.stopped { fill: #d29922 } .quiet { fill: #9198a1 }
}";

/// Collects what a console exporter writes. Displays as SVG.
#[derive(Clone, Default)]
pub(super) struct Picture(Arc<Mutex<Vec<u8>>>);

impl io::Write for Picture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.trim_end().lines().map(cells).collect();
        let below = lines.iter().skip(1).map(Vec::as_slice).chain([&[][..]]);
        let rows: Vec<_> = lines.iter().zip(below).flat_map(|(line, below)| wrapped(line, below)).collect();
        let columns = rows.iter().map(|row| width(row)).max().unwrap_or(0);
        let picture_width = (columns as f64 * COLUMN_WIDTH).ceil() as usize + 2 * PADDING;
        let height = rows.len() * ROW_HEIGHT + 2 * PADDING;
        writeln!(
            f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{picture_width}\" height=\"{height}\" \
             viewBox=\"0 0 {picture_width} {height}\" xml:space=\"preserve\">"
        )?;
        writeln!(f, "<title>Flows, drawn by cargo omegi</title>\n<style>\n{STYLE}\n</style>")?;
        let (inner_width, inner_height) = (picture_width - 1, height - 1);
        writeln!(
            f,
            "<rect x=\"0.5\" y=\"0.5\" width=\"{inner_width}\" height=\"{inner_height}\" rx=\"6\"/>"
        )?;
        for (nth, row) in rows.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
            // The baseline is a quarter of the row above its lower edge.
            write!(f, "<text x=\"{PADDING}\" y=\"{}\">", PADDING + nth * ROW_HEIGHT + ROW_HEIGHT * 3 / 4)?;
            row.chunk_by(|one, next| one.class == next.class).try_for_each(|run| write_run(f, run))?;
            writeln!(f, "</text>")?;
        }
        writeln!(f, "</svg>")
    }
}

/// A character and its class in the style sheet; "" is none.
#[derive(Clone, Copy)]
struct Cell {
    character: char,
    class: &'static str,
}

const BLANK: Cell = Cell { character: ' ', class: "" };

/// Returns the cells of a line with escape sequences.
fn cells(line: &str) -> Vec<Cell> {
    let mut pieces = line.split("\u{1b}[");
    let plain = pieces.next().map(|text| (text, ""));
    let painted = pieces.filter_map(|piece| piece.split_once('m')).map(|(code, text)| (text, class(code)));
    let runs = plain.into_iter().chain(painted);
    runs.flat_map(|(text, class)| text.chars().map(move |character| Cell { character, class })).collect()
}

/// Returns the class of a colour in the tree (`paint.rs` of the console exporter).
fn class(code: &str) -> &'static str {
    match code {
        "32" => "good",
        "31" => "bad",
        "1;31" => "origin",
        "33" => "stopped",
        "2" => "quiet",
        _ => "",
    }
}

/// Returns the rows of a line. The later ones continue below its beginning, beside the guides that
/// lead to the line `below`.
fn wrapped(line: &[Cell], below: &[Cell]) -> Vec<Vec<Cell>> {
    // A deep line keeps room for its text.
    let indentation = guides(line).len().min(COLUMNS - 24) + 4;
    let beside = |column: usize| match guides(below).get(column) {
        Some(guide) if matches!(guide.character, '│' | '├' | '└') => {
            Cell { character: '│', ..*guide }
        }
        _ => BLANK,
    };
    let mut rows = Vec::new();
    let mut row = line.to_vec();
    while width(&row) > COLUMNS {
        let end = row_end(&row, indentation);
        let rest = row.split_off(end);
        rows.push(mem::replace(&mut row, (0..indentation).map(beside).collect()));
        row.extend(rest.into_iter().skip_while(|cell| cell.character == ' '));
    }
    rows.push(row);
    rows
}

/// Returns the guides at the beginning of a line.
fn guides(line: &[Cell]) -> &[Cell] {
    let is_guide = |cell: &Cell| matches!(cell.character, '│' | '├' | '└' | '─' | ' ');
    let end = line.iter().position(|cell| !is_guide(cell));
    &line[..end.unwrap_or(line.len())]
}

/// Returns where a row ends that is too long: between two fields, else between two words, else
/// anywhere.
fn row_end(row: &[Cell], indentation: usize) -> usize {
    let fitting = (0..row.len()).take_while(|end| width(&row[..*end]) <= COLUMNS).last().unwrap_or(0);
    let is_blank = |at: usize| row[at].character == ' ';
    let last = |from: usize, is_gap: &dyn Fn(usize) -> bool| (from..=fitting).rev().find(|at| is_gap(*at));
    let between_fields = last((COLUMNS / 3).max(indentation + 1), &|at| {
        is_blank(at) && row.get(at + 1).is_some_and(|_| is_blank(at + 1))
    });
    between_fields.or_else(|| last(indentation + 1, &is_blank)).unwrap_or(fitting)
}

/// Returns the number of columns that the cells take.
fn width(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cell.character.width().unwrap_or(0)).sum()
}

/// Writes cells of one class. The console exporter has escaped control characters.
fn write_run(f: &mut fmt::Formatter<'_>, run: &[Cell]) -> fmt::Result {
    let class = run[0].class;
    if !class.is_empty() {
        write!(f, "<tspan class=\"{class}\">")?;
    }
    for cell in run {
        match cell.character {
            '&' => f.write_str("&amp;")?,
            '<' => f.write_str("&lt;")?,
            '>' => f.write_str("&gt;")?,
            other => f.write_char(other)?,
        }
    }
    if class.is_empty() { Ok(()) } else { f.write_str("</tspan>") }
}
