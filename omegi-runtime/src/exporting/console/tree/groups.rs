//! Many equal calls as one.
//!
//! Calls are equal if the same function went well and so did everything that it called, which was the same again;
//! how long it took and what its arguments were does not count. A caller that makes many equal calls in a row shows
//! one line for them, and below it what each of them called, added up in the same way. A call that did not go well,
//! or that has something of its own to say, is equal to no other and always has its own line.

use std::collections::HashMap;

use crate::exporting::flow_view::Children;
use crate::vocabulary::{Flow, Outcome, Span, Status};

/// So many equal calls become one line.
const MANY: usize = 5;

/// A caller whose calls need more lines than this shows all equal ones as one, also where others come between.
const CROWDED: usize = 24;

/// Calls that are shown as one line: the indices of their spans.
pub(super) type Group = Vec<usize>;

/// Equal calls have equal shapes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Shape(usize);

/// The shape of each span that can be equal to another.
pub(super) struct Shapes(Vec<Option<Shape>>);

impl Shapes {
    /// Works the shapes out from the leaves upwards: a parent precedes its children, so going backwards does it.
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

    /// What the lines below these calls stand for, in the order in which the first of each began.
    pub(super) fn below(&self, calls: &[usize], children: &Children) -> Vec<Group> {
        match calls {
            [call] => self.below_one(children.of_span(*call)),
            _ => self.below_equal(calls, children),
        }
    }

    fn below_one(&self, calls: &[usize]) -> Vec<Group> {
        self.relieved(self.runs(calls), MANY).into_iter().flat_map(alone_if_few).collect()
    }

    /// Equal calls made equal runs of calls: the first run of each belongs together, and the second, and so on.
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
        self.relieved(groups, 1)
    }

    /// Equal calls that follow each other.
    fn runs(&self, calls: &[usize]) -> Vec<Group> {
        calls
            .chunk_by(|one, next| self.0[*one].is_some() && self.0[*one] == self.0[*next])
            .map(Vec::from)
            .collect()
    }

    /// If there are too many groups, merges those of a shape that has at least so many calls.
    fn relieved(&self, groups: Vec<Group>, at_least: usize) -> Vec<Group> {
        if groups.len() <= CROWDED {
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

    /// The shapes of what the span called, runs counted once; `None` if it can be equal to no other.
    fn called(&self, span: &Span, calls: &[usize]) -> Option<Vec<Shape>> {
        if !is_plain(span) {
            return None;
        }
        let mut called = calls.iter().map(|call| self.0[*call]).collect::<Option<Vec<_>>>()?;
        called.dedup();
        Some(called)
    }
}

/// Whether the call went well and has nothing of its own to say.
fn is_plain(span: &Span) -> bool {
    span.outcome == Outcome::Returned
        && !matches!(span.status, Status::Error { .. })
        && span.events.is_empty()
        && span.links.is_empty()
}

fn alone_if_few(group: Group) -> Vec<Group> {
    if group.len() >= MANY { vec![group] } else { group.into_iter().map(|call| vec![call]).collect() }
}
