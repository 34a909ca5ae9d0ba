//! The errors that came from branches: which error of a branch goes on as which one of the span
//! that waited for the branch.
//!
//! The result of a branch reaches the span that waits for its handle, in another segment of the
//! flow. The error that leaves this span was recorded there as one that began in it, or as one that
//! came from one of its calls. By `docs/adr/0021` it is the error of a branch if the branch ended
//! before it left, and no call is more like it, or as like it and later.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::recording::data::error_paths::{ErrorRecord, Likeness, Step, quotes};
use crate::recording::data::record::{ROOT, SpanRef};
use crate::recording::data::recorded::RecordedFlow;
use crate::recording::panics::UNKNOWN_PANIC;
use crate::vocabulary::{ErrorText, Outcome};

/// A span of a flow: the number of its part, and its reference there.
pub(super) type PartSpan = (usize, SpanRef);

/// Some steps of an error's path in one part, and the error that they go on as.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub(super) part: usize,
    /// The number of the error in its part.
    pub(super) error: usize,
    /// Its steps: from this one on, up to but without that one.
    pub(super) from: usize,
    pub(super) to: usize,
    /// The roots of the branches that it left afterwards, and the leg that it goes on as.
    pub(super) next: Option<(Vec<PartSpan>, usize)>,
    /// True if it goes on from another leg.
    pub(super) goes_on: bool,
    /// The part and the number of the panic that it resumes, whose message no hook has seen again.
    resumes: Option<(usize, usize)>,
}

impl Leg {
    /// Returns whether it is a panic that is known by its first message.
    pub(super) fn is_resumed(&self) -> bool {
        self.resumes.is_some()
    }
}

/// Returns the legs of all errors. The first ones of the errors come in the order of the parts.
pub(super) fn legs(parts: &[&RecordedFlow]) -> Vec<Leg> {
    let mut matching = Matching::of(parts);
    if parts.len() > 1 {
        matching.join();
    }
    matching.legs
}

/// A way out of a branch: the errors that left it reach the span that waited for it.
#[derive(Clone, Debug)]
struct WayOut {
    /// The part whose errors come by it.
    part: usize,
    /// The roots on the way.
    roots: Vec<PartSpan>,
    /// The time at which the outermost of them ended.
    ended: u64,
}

/// An error that leaves a span, at one step of its path.
#[derive(Clone, Copy, Debug)]
struct Arrival<'f> {
    part: usize,
    error: usize,
    step: usize,
    record: &'f ErrorRecord,
}

impl Arrival<'_> {
    fn at(&self) -> u64 {
        self.record.path[self.step].at
    }

    /// Returns whether it is a panic whose message no hook has seen.
    fn is_resumed_panic(&self) -> bool {
        is_unknown_panic(self.record.text_at(self.step)) && !self.record.path[self.step].is_own_panic
    }

    /// Returns the likeness to an error that left a branch with this text.
    fn likeness(&self, before: &ErrorText) -> Likeness {
        let left = self.likeness_as(self.record.text_at(self.step), before);
        // At its origin it may have had another text, before a `?` converted it.
        let met = if self.step == 0 { Some(&self.record.text) } else { None };
        met.map_or(left, |met| left.max(self.likeness_as(met, before)))
    }

    fn likeness_as(&self, text: &ErrorText, before: &ErrorText) -> Likeness {
        let is_panic = before.error_type == PANIC;
        // A panic of the thread itself is none that a branch ended with.
        let is_another = is_panic && self.record.path[self.step].is_own_panic;
        if (is_panic && self.is_resumed_panic()) || (text == before && !is_another) {
            Likeness::Equal
        } else if text != before
            && (text.message == before.message
                || quotes(&text.message, self.record.causes_at(self.step), &before.message))
        {
            Likeness::Quoted
        } else {
            Likeness::None
        }
    }
}

/// The type of panics.
const PANIC: &str = "panic";

fn is_unknown_panic(text: &ErrorText) -> bool {
    text.error_type == PANIC && text.message == UNKNOWN_PANIC
}

/// The search for errors that go on.
struct Matching<'f> {
    parts: &'f [&'f RecordedFlow],
    legs: Vec<Leg>,
    /// The legs in each part.
    of_part: Vec<Vec<usize>>,
    /// The last leg of each error.
    last: HashMap<(usize, usize), usize>,
    /// The ways out of branches to each span that waited for them, in the order of their ends.
    ways: HashMap<PartSpan, Vec<WayOut>>,
}

impl<'f> Matching<'f> {
    fn of(parts: &'f [&'f RecordedFlow]) -> Self {
        let whole = |(part, flow): (usize, &&RecordedFlow)| {
            let leg = move |(error, record): (usize, &ErrorRecord)| {
                let to = record.path.len();
                Leg { part, error, from: 0, to, next: None, goes_on: false, resumes: None }
            };
            flow.errors.iter().enumerate().map(leg).collect::<Vec<_>>()
        };
        let legs: Vec<Leg> = parts.iter().enumerate().flat_map(whole).collect();
        let last = legs.iter().enumerate().map(|(nth, leg)| ((leg.part, leg.error), nth)).collect();
        let mut of_part = vec![Vec::new(); parts.len()];
        legs.iter().enumerate().for_each(|(nth, leg)| of_part[leg.part].push(nth));
        Self { parts, legs, of_part, last, ways: ways(parts) }
    }

    /// Joins the errors of branches with those that they go on as, in the order of time.
    fn join(&mut self) {
        let parts = self.parts;
        let arrivals = |(part, flow): (usize, &&'f RecordedFlow)| {
            let flow: &'f RecordedFlow = flow;
            let steps = move |(error, record): (usize, &'f ErrorRecord)| {
                (0..record.path.len()).map(move |step| Arrival { part, error, step, record })
            };
            flow.errors.iter().enumerate().flat_map(steps).collect::<Vec<_>>()
        };
        let mut arrivals: Vec<Arrival<'f>> = parts.iter().enumerate().flat_map(arrivals).collect();
        arrivals.retain(|arrival| self.ways.contains_key(&self.span(arrival)));
        arrivals.sort_by_key(Arrival::at);
        for arrival in arrivals {
            if let Some((leg, roots)) = self.origin(&arrival) {
                self.go_on(leg, roots, &arrival);
            }
        }
    }

    fn span(&self, arrival: &Arrival<'_>) -> PartSpan {
        (arrival.part, arrival.record.path[arrival.step].span)
    }

    /// Returns the leg of the branch's error that now leaves the span which waited for the branch.
    fn origin(&self, arrival: &Arrival<'_>) -> Option<(usize, Vec<PartSpan>)> {
        let Arrival { record, step, .. } = *arrival;
        // The error of a call, which the recorder took it for.
        let of_call = step.checked_sub(1).map(|before| (record.match_at(step), record.path[before].at));
        let ways = self.ways.get(&self.span(arrival))?;
        let ended = ways.partition_point(|way| way.ended <= arrival.at());
        let latest = |wanted: Likeness| {
            ways[..ended].iter().rev().find_map(|way| {
                let mut legs = self.legs_out_of(way.part).into_iter();
                let leg = legs.find(|leg| arrival.likeness(self.text(*leg)) == wanted)?;
                Some((wanted, way, leg))
            })
        };
        let (likeness, way, leg) = latest(Likeness::Equal).or_else(|| latest(Likeness::Quoted))?;
        let is_of_call = of_call.is_some_and(|known| known >= (likeness, way.ended));
        (!is_of_call).then(|| (leg, way.roots.clone()))
    }

    /// Returns the legs that left a branch and go on nowhere so far, the latest first. They left
    /// its root, or a call of that: the result of a spawned block is not examined.
    fn legs_out_of(&self, part: usize) -> Vec<usize> {
        let records = &self.parts[part].records;
        let end = |leg: &Leg| &self.parts[leg.part].errors[leg.error].path[leg.to - 1];
        let has_left = |leg: &Leg| {
            let Step { span, unrecorded, .. } = *end(leg);
            let caller = if unrecorded.is_some() { span } else { records[span as usize].parent };
            span == ROOT || function_above(self.parts[part], caller) == ROOT
        };
        let open = self.of_part[part].iter().copied();
        let mut legs: Vec<usize> =
            open.filter(|nth| self.legs[*nth].next.is_none() && has_left(&self.legs[*nth])).collect();
        legs.sort_by_key(|nth| Reverse(end(&self.legs[*nth]).at));
        legs
    }

    /// Returns the text of an error at the end of this leg.
    fn text(&self, leg: usize) -> &ErrorText {
        let Leg { part, error, to, resumes, .. } = self.legs[leg];
        let text = self.parts[part].errors[error].text_at(to - 1);
        match resumes {
            Some((part, error)) if is_unknown_panic(text) => &self.parts[part].errors[error].text,
            _ => text,
        }
    }

    /// Lets a leg go on with this step of an error. The steps before stay on their own.
    fn go_on(&mut self, leg: usize, roots: Vec<PartSpan>, arrival: &Arrival<'_>) {
        let Arrival { part, error, step, .. } = *arrival;
        let Some(&last) = self.last.get(&(part, error)) else { return };
        let next = if step == 0 {
            last
        } else {
            let rest = Leg { from: step, ..self.legs[last].clone() };
            (self.legs[last].to, self.legs[last].next) = (step, None);
            self.legs.push(rest);
            self.of_part[part].push(self.legs.len() - 1);
            self.last.insert((part, error), self.legs.len() - 1);
            self.legs.len() - 1
        };
        let known = self.legs[leg].resumes.unwrap_or((self.legs[leg].part, self.legs[leg].error));
        self.legs[next].resumes = arrival.is_resumed_panic().then_some(known);
        self.legs[next].goes_on = true;
        self.legs[leg].next = Some((roots, next));
    }
}

/// Returns the ways out of all branches with errors, by the span that waited.
fn ways(parts: &[&RecordedFlow]) -> HashMap<PartSpan, Vec<WayOut>> {
    let numbers: HashMap<u64, usize> = parts.iter().enumerate().map(|(nth, part)| (part.seed, nth)).collect();
    let mut ways: HashMap<PartSpan, Vec<WayOut>> = HashMap::new();
    let failed = (1..parts.len()).filter(|part| !parts[*part].errors.is_empty());
    for part in failed {
        let (mut left, mut roots) = (part, Vec::new());
        // The root of a spawned block is not examined: errors pass it unseen.
        while let Some(ended) = left_at(parts[left])
            && let Some(waiting) = waiting_for(parts, left, ended, &numbers)
        {
            roots.push((left, ROOT));
            ways.entry(waiting).or_default().push(WayOut { part, roots: roots.clone(), ended });
            if waiting.1 != ROOT || waiting.0 == 0 || roots.len() > parts.len() {
                break;
            }
            left = waiting.0;
        }
    }
    ways.values_mut().for_each(|ways| ways.sort_by_key(|way| way.ended));
    ways
}

/// Returns the time at which the errors of a part had left it; `None` if it has not ended. A
/// continuation ends with its span, which errors leave before.
fn left_at(part: &RecordedFlow) -> Option<u64> {
    let root = part.records.first()?;
    let lasts = part.errors.iter().filter_map(|error| error.path.last());
    if root.meta.is_continuation() {
        lasts.map(|last| last.at).max()
    } else {
        (root.end != 0).then_some(root.end)
    }
}

/// Returns the span that waited for a branch: from the one that started it outwards, the first that
/// was open when the branch ended. A handle goes to the caller only if it is returned.
fn waiting_for(
    parts: &[&RecordedFlow],
    branch: usize,
    ended: u64,
    numbers: &HashMap<u64, usize>,
) -> Option<PartSpan> {
    let mut part = branch;
    loop {
        let attached = parts[part].attached?;
        part = *numbers.get(&attached.seed)?;
        let flow = parts[part];
        let mut span = function_above(flow, attached.span);
        loop {
            let record = flow.records.get(span as usize)?;
            if record.end == 0 || record.end >= ended {
                return Some((part, span));
            }
            if record.meta.outcome() != Outcome::Returned {
                return None;
            }
            if span == ROOT {
                break;
            }
            span = function_above(flow, record.parent);
        }
    }
}

/// Returns `span`, or the nearest call above it.
fn function_above(flow: &RecordedFlow, mut span: SpanRef) -> SpanRef {
    while let Some(record) = flow.records.get(span as usize)
        && span != ROOT
        && !record.site.is_function()
    {
        span = record.parent;
    }
    span
}
