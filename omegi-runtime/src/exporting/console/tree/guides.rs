//! The guides: lines from a caller to its calls.

use std::fmt;

/// The deepest indentation. Deeper calls have this indentation and their depth as a number.
///
/// Otherwise ten thousand nested calls would fill the screen with guides, and a hundred thousand
/// the memory.
const DEEPEST: usize = 24;

/// The guides of one line of the tree.
#[derive(Default)]
pub(super) struct Guides {
    /// For each ancestor below the root, and for the line itself: whether it is the last child of
    /// its parent.
    last: Vec<bool>,
    depth: usize,
}

impl Guides {
    /// Moves to a line at this depth; the root's is 0.
    pub(super) fn descend(&mut self, depth: usize, last: bool) {
        self.depth = depth;
        if (1..=DEEPEST).contains(&depth) {
            self.last.truncate(depth - 1);
            self.last.push(last);
        }
    }
}

impl fmt::Display for Guides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.depth > DEEPEST {
            self.last.iter().try_for_each(|last| f.write_str(passing(*last)))?;
            return write!(f, "⋯ {} ", self.depth);
        }
        let Some((own, ancestors)) = self.last[..self.depth].split_last() else { return Ok(()) };
        ancestors.iter().try_for_each(|last| f.write_str(passing(*last)))?;
        f.write_str(if *own { "└─ " } else { "├─ " })
    }
}

/// The guide below an ancestor: a line to its next sibling, or nothing.
const fn passing(last: bool) -> &'static str {
    if last { "   " } else { "│  " }
}
