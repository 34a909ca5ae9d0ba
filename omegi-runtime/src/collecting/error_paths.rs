//! The way of each error through a flow, from branch to branch.
//!
//! What a task fails with reaches whoever awaits its handle, in another segment of the flow. There it looks like an error
//! that began in the function which awaits. It is the same error if it says the same, or, in the function that started the
//! task, if it quotes what was said (a `JoinError` quotes the panic): the rules of `docs/adr/0003`.

use crate::recording::data::error_paths::{ErrorRecord, quotes};
use crate::recording::data::recorded::RecordedFlow;
use crate::vocabulary::{CallSite, ErrorText, Location};

use super::layout::Layout;

/// An error, and every span that it passed.
#[derive(Debug)]
pub(super) struct Journey<'f> {
    pub(super) text: &'f ErrorText,
    pub(super) causes: &'f [String],
    /// From the origin outwards; never empty.
    pub(super) steps: Vec<Step<'f>>,
    /// The part of the flow that it ends in.
    part: usize,
}

/// A span that an error left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'f> {
    /// Where the span stands.
    pub(super) span: usize,
    pub(super) site: &'static CallSite,
    /// The `?` that it left by, or where it panicked.
    pub(super) location: Option<Location>,
    /// What it said then, where that was something else than before.
    pub(super) became: Option<&'f ErrorText>,
}

/// The journeys of all errors of a flow, in the order in which they began in each part.
pub(super) fn of<'f>(parts: &[&'f RecordedFlow], layout: &Layout) -> Vec<Journey<'f>> {
    let of_part = |(nth, part): (usize, &&'f RecordedFlow)| {
        let part = *part;
        part.errors.iter().map(move |error| Journey::new(error, nth, part, layout)).collect::<Vec<_>>()
    };
    let mut journeys: Vec<Journey<'f>> = parts.iter().enumerate().flat_map(of_part).collect();
    // A branch of a branch first: what it failed with may go on from there.
    for (nth, branch) in parts.iter().enumerate().skip(1).rev() {
        let Some(target) = branch.attached.and_then(|at| layout.part(at.seed)) else { continue };
        let arrival = Arrival { target, starter: layout.parent(branch), root: layout.place(nth, 0) };
        for index in 0..journeys.len() {
            if index < journeys.len() && journeys[index].part == nth {
                arrival.join(&mut journeys, index, branch);
            }
        }
    }
    journeys
}

impl<'f> Journey<'f> {
    fn new(error: &'f ErrorRecord, nth: usize, part: &'f RecordedFlow, layout: &Layout) -> Self {
        let steps = error.path.iter().map(|passage| Step {
            span: layout.place(nth, passage.span),
            site: part.records[passage.span as usize].site,
            location: passage.location,
            became: passage.became.as_ref(),
        });
        Self { text: &error.text, causes: &error.causes, steps: steps.collect(), part: nth }
    }

    /// What it said last.
    fn latest(&self) -> &'f ErrorText {
        self.steps.iter().rev().find_map(|step| step.became).unwrap_or(self.text)
    }
}

/// Where the errors of a branch arrive, if they do.
struct Arrival {
    /// The part that the branch belongs under.
    target: usize,
    /// Where the span stands that started it.
    starter: usize,
    /// Where its root stands.
    root: usize,
}

impl Arrival {
    /// Joins the journey at `index` with the one that goes on with it, if there is one.
    fn join(&self, journeys: &mut Vec<Journey<'_>>, index: usize, branch: &RecordedFlow) {
        if !self.has_left(&journeys[index], branch) {
            return;
        }
        let goes_on =
            |other: &Journey<'_>| other.part == self.target && self.is_same(&journeys[index], other);
        let Some(other) = journeys.iter().position(goes_on) else { return };
        let rest = journeys.remove(other);
        let first = &mut journeys[if other < index { index - 1 } else { index }];
        let became = (first.latest() != rest.text).then_some(rest.text);
        if first.steps.last().is_some_and(|last| last.span != self.root) {
            let site = branch.records[0].site;
            first.steps.push(Step { span: self.root, site, location: None, became: None });
        }
        let begin = first.steps.len();
        first.steps.extend(rest.steps);
        if let Some(step) = first.steps.get_mut(begin) {
            step.became = became;
        }
        first.part = self.target;
    }

    /// Whether an error has come as far as the branch's root, or a call of that: what a spawned block is ready with is not
    /// looked at.
    fn has_left(&self, journey: &Journey<'_>, branch: &RecordedFlow) -> bool {
        let Some(last) = journey.steps.last() else { return false };
        let record = last.span.checked_sub(self.root).and_then(|index| branch.records.get(index));
        last.span == self.root || record.is_some_and(|record| record.parent == 0)
    }

    fn is_same(&self, journey: &Journey<'_>, other: &Journey<'_>) -> bool {
        let latest = journey.latest();
        let begins_here = other.steps.first().is_some_and(|step| step.span == self.starter);
        latest == other.text || (begins_here && quotes(&other.text.message, other.causes, &latest.message))
    }
}
