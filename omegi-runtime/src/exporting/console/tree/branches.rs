//! Walks the tree of calls, a line for each call, group of calls, event and link.

use std::fmt::{self, Formatter};

use crate::exporting::flow_view::CallSummary;
use crate::vocabulary::{Event, Link};

use super::flow_tree::Tree;
use super::groups::Group;
use super::guides::Guides;
use super::paint::Tone;

/// What one line stands for.
enum Twig<'f> {
    Calls(Group),
    Event(&'f Event),
    Link(&'f Link),
}

/// A line that is still to be written.
struct Pending<'f> {
    twig: Twig<'f>,
    depth: usize,
    last: bool,
}

/// Writes all lines. The lines to come stand on a stack of our own: a flow may be deeper than a thread's.
pub(super) fn write(f: &mut Formatter<'_>, tree: &Tree<'_>) -> fmt::Result {
    let mut guides = Guides::default();
    let roots = tree.children.roots().iter().rev().map(|root| Twig::Calls(vec![*root]));
    let mut pending: Vec<_> = roots.map(|twig| Pending { twig, depth: 0, last: true }).collect();
    while let Some(Pending { twig, depth, last }) = pending.pop() {
        guides.descend(depth, last);
        write!(f, "{}", tree.paint.toned(Tone::Quiet, &guides))?;
        tree.write_line(f, &twig)?;
        f.write_str("\n")?;
        grow(tree, &twig, depth + 1, &mut pending);
    }
    Ok(())
}

/// Puts what stands below a line on the stack, the first on top.
fn grow<'f>(tree: &Tree<'f>, twig: &Twig<'f>, depth: usize, pending: &mut Vec<Pending<'f>>) {
    let below = if let Twig::Calls(calls) = twig { tree.below(calls) } else { Vec::new() };
    let from_last = below.into_iter().rev().enumerate();
    pending.extend(from_last.map(|(nth, twig)| Pending { twig, depth, last: nth == 0 }));
}

impl<'f> Tree<'f> {
    /// Links and events, then calls, then the calls that were only counted.
    fn below(&self, calls: &[usize]) -> Vec<Twig<'f>> {
        let links = calls.iter().flat_map(|call| &self.flow.spans[*call].links).map(Twig::Link);
        let events = calls.iter().flat_map(|call| self.errors.other_events(self.flow, *call));
        let (counted, events): (Vec<_>, Vec<_>) = events.partition(|event| CallSummary::of(event).is_some());
        let groups = self.shapes.below(calls, &self.children).into_iter().map(Twig::Calls);
        let [events, counted] = [events, counted].map(|events| events.into_iter().map(Twig::Event));
        links.chain(events).chain(groups).chain(counted).collect()
    }

    fn write_line(&self, f: &mut Formatter<'_>, twig: &Twig<'_>) -> fmt::Result {
        match twig {
            Twig::Calls(calls) => match &**calls {
                [call] => self.write_call(f, *call),
                calls => self.write_calls(f, calls),
            },
            Twig::Event(event) => self.write_event(f, event),
            Twig::Link(link) => self.write_link(f, link),
        }
    }
}
