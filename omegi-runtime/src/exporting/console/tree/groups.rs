//! Groups of equal calls.
//!
//! Calls are equal if the same function succeeded, and all its calls are equal; durations and
//! arguments do not count. A caller shows one line for many equal calls in a row, and below it
//! their own calls, added up in the same way. A call that failed, or that has an event or a link,
//! is equal to no other.

use std::collections::HashMap;

use crate::exporting::flow_view::Children;
use crate::vocabulary::{Flow, Outcome, Span, Status};

/// The number of equal calls that become one line.
const MANY: usize = 5;

/// The most lines for the calls of one caller. With more, all equal calls become one line, even if
/// others are between them.
const MANY_LINES: usize = 24;

/// The indices of spans that share one line.
pub(super) type Group = Vec<usize>;

/// Equal calls have equal shapes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Shape(usize);

/// The shape of each span that can be equal to another.
pub(super) struct Shapes(Vec<Option<Shape>>);

impl Shapes {
    /// Computes the shapes from the leaves upwards: backwards, because a parent precedes its
    /// children.
    pub(super) fn of(flow: &Flow, children: &Children) -> Self {
        let mut shapes = Self(vec![None; flow.spans.len()]);
        let mut known = HashMap::new();
        for (index, span) in flow.spans.iter().enumerate().rev() {
            if let Some(called) = shapes.called(span, children.of_span(index)) {
                let next = Shape(known.len());
                shapes.0[index] = Some(*known.entry((&*span.name, called)).or_insert(next));
            }
        }
        shapes
    }

    /// The groups of calls below these calls, in the order of their first calls.
    pub(super) fn below(&self, calls: &[usize], children: &Children) -> Vec<Group> {
        match calls {
            [call] => self.below_one(children.of_span(*call)),
            _ => self.below_equal(calls, children),
        }
    }

    fn below_one(&self, calls: &[usize]) -> Vec<Group> {
        self.merged(self.runs(calls), MANY).into_iter().flat_map(alone_if_few).collect()
    }

    /// Equal calls have equal runs of calls: the first run of each becomes one group, then the
    /// second, and so on.
    fn below_equal(&self, calls: &[usize], children: &Children) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for call in calls {
            for (nth, run) in self.runs(children.of_span(*call)).into_iter().enumerate() {
                if nth == groups.len() {
                    groups.push(Group::new());
                }
                groups[nth].extend(run);
            }
        }
        self.merged(groups, 1)
    }

    /// Equal calls that follow each other.
    fn runs(&self, calls: &[usize]) -> Vec<Group> {
        calls
            .chunk_by(|one, next| self.0[*one].is_some() && self.0[*one] == self.0[*next])
            .map(Vec::from)
            .collect()
    }

    /// Merges groups of the same shape with at least this many calls, if there are too many groups.
    fn merged(&self, groups: Vec<Group>, at_least: usize) -> Vec<Group> {
        if groups.len() <= MANY_LINES {
            return groups;
        }
        let calls_of = self.calls_of_each_shape(&groups);
        let mut places: HashMap<Shape, usize> = HashMap::new();
        let mut merged: Vec<Group> = Vec::new();
        for group in groups {
            let shape = self.0[group[0]].filter(|shape| calls_of[shape] >= at_least);
            match shape.map(|shape| *places.entry(shape).or_insert(merged.len())) {
                Some(place) if place < merged.len() => merged[place].extend(group),
                _ => merged.push(group),
            }
        }
        merged
    }

    fn calls_of_each_shape(&self, groups: &[Group]) -> HashMap<Shape, usize> {
        let mut calls = HashMap::new();
        for group in groups {
            if let Some(shape) = self.0[group[0]] {
                *calls.entry(shape).or_default() += group.len();
            }
        }
        calls
    }

    /// The shapes of the span's calls, each run counted once; `None` if the span can be equal to no
    /// other.
    fn called(&self, span: &Span, calls: &[usize]) -> Option<Vec<Shape>> {
        if !is_plain(span) {
            return None;
        }
        let mut called = calls.iter().map(|call| self.0[*call]).collect::<Option<Vec<_>>>()?;
        called.dedup();
        Some(called)
    }
}

/// Returns whether the call succeeded, without an event or a link.
fn is_plain(span: &Span) -> bool {
    span.outcome == Outcome::Returned
        && !matches!(span.status, Status::Error { .. })
        && span.events.is_empty()
        && span.links.is_empty()
}

fn alone_if_few(group: Group) -> Vec<Group> {
    if group.len() >= MANY { vec![group] } else { group.into_iter().map(|call| vec![call]).collect() }
}
