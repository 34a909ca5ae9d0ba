//! Reads the lines of a file, each of a bounded length.

use std::io::{self, BufRead, Read as _};

/// The largest number of bytes of a line or message: more than a flow within OMEGI_MEMORY takes.
pub(super) const MAX_BYTES: u64 = 64 << 20;

/// A line of a file.
pub(super) enum Line {
    /// The line, without its end.
    Whole(Vec<u8>),
    /// The file ends within the line.
    Last(Vec<u8>),
    TooLong,
}

/// Returns the next line; `None` at the end of the file.
pub(super) fn next(file: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    if file.take(MAX_BYTES).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    let line = if line.last() == Some(&b'\n') {
        line.pop();
        Line::Whole(line)
    } else if line.len() as u64 == MAX_BYTES {
        Line::TooLong
    } else {
        Line::Last(line)
    };
    Ok(Some(line))
}
