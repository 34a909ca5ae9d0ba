//! Walks the tree of calls: a line for each call, group of calls, event and link.

use std::fmt::{self, Formatter};

use crate::exporting::flow_view::CallSummary;
use crate::vocabulary::{Event, Link};

use super::flow_tree::Tree;
use super::groups::Group;
use super::guides::Guides;
use super::paint::Tone;

/// The content of a line.
enum TreeLine<'f> {
    Calls(Group),
    Event(&'f Event),
    Link(&'f Link),
}

/// A line that is still to be written.
struct PendingLine<'f> {
    line: TreeLine<'f>,
    depth: usize,
    last: bool,
}

/// Writes all lines. The stack of pending lines is on the heap, because a flow may be deeper than a
/// thread's stack.
pub(super) fn write(f: &mut Formatter<'_>, tree: &Tree<'_>) -> fmt::Result {
    let mut guides = Guides::default();
    let roots = tree.children.roots().iter().rev().map(|root| TreeLine::Calls(vec![*root]));
    let mut pending: Vec<_> = roots.map(|line| PendingLine { line, depth: 0, last: true }).collect();
    while let Some(PendingLine { line, depth, last }) = pending.pop() {
        guides.descend(depth, last);
        write!(f, "{}", tree.paint.toned(Tone::Quiet, &guides))?;
        tree.write_line(f, &line)?;
        f.write_str("\n")?;
        push_below(tree, &line, depth + 1, &mut pending);
    }
    Ok(())
}

/// Pushes the lines below a line, the first on top.
fn push_below<'f>(tree: &Tree<'f>, line: &TreeLine<'f>, depth: usize, pending: &mut Vec<PendingLine<'f>>) {
    let below = if let TreeLine::Calls(calls) = line { tree.below(calls) } else { Vec::new() };
    let from_last = below.into_iter().rev().enumerate();
    pending.extend(from_last.map(|(nth, line)| PendingLine { line, depth, last: nth == 0 }));
}

impl<'f> Tree<'f> {
    /// The lines below calls: links and events, then calls, then calls that were only counted.
    fn below(&self, calls: &[usize]) -> Vec<TreeLine<'f>> {
        let links = calls.iter().flat_map(|call| &self.flow.spans[*call].links).map(TreeLine::Link);
        let events = calls.iter().flat_map(|call| self.errors.other_events(self.flow, *call));
        let (counted, events): (Vec<_>, Vec<_>) = events.partition(|event| CallSummary::of(event).is_some());
        let groups = self.shapes.below(calls, &self.children).into_iter().map(TreeLine::Calls);
        let [events, counted] = [events, counted].map(|events| events.into_iter().map(TreeLine::Event));
        links.chain(events).chain(groups).chain(counted).collect()
    }

    fn write_line(&self, f: &mut Formatter<'_>, line: &TreeLine<'_>) -> fmt::Result {
        match line {
            TreeLine::Calls(calls) => match &**calls {
                [call] => self.write_call(f, *call),
                calls => self.write_calls(f, calls),
            },
            TreeLine::Event(event) => self.write_event(f, event),
            TreeLine::Link(link) => self.write_link(f, link),
        }
    }
}
