//! The path of each error through a flow, from branch to branch.
//!
//! The error of a task reaches the function that awaits its handle, in another segment of the flow.
//! There it was recorded as an error that began in that function. Two records are one error if
//! their contents are the same. In the function that started the task, the second may also quote
//! the first, as a `JoinError` quotes a panic: the rules of `docs/adr/0003`.

use std::borrow::Cow;

use crate::recording::data::error_paths::{ErrorRecord, quotes};
use crate::recording::data::recorded::RecordedFlow;
use crate::vocabulary::{CallSite, ErrorReport, ErrorText, Location, PathStep};

use super::layout::Layout;
use super::source_paths::ProjectPaths;

/// The errors of a flow, with the errors of branches joined to those that continue them.
///
/// Sorted by part, and within a part by their beginning.
pub(super) fn reports(parts: &[&RecordedFlow], layout: &Layout, paths: &ProjectPaths) -> Vec<ErrorReport> {
    let of_part = |(nth, part): (usize, &&RecordedFlow)| {
        let part = *part;
        part.errors.iter().map(move |error| report(error, nth, part, layout, paths)).collect::<Vec<_>>()
    };
    let mut reports: Vec<ErrorReport> = parts.iter().enumerate().flat_map(of_part).collect();
    // A branch of a branch comes first, because its errors may continue from there.
    for (nth, branch) in parts.iter().enumerate().skip(1).rev() {
        let Some(target) = branch.attached.and_then(|at| layout.part(at.seed)) else { continue };
        let (starter, root) = (layout.parent(branch), layout.index(nth, 0));
        let junction = Junction { layout, paths, branch, target, starter, root };
        for index in 0..reports.len() {
            if index < reports.len() && junction.ends_in(&reports[index], nth) {
                junction.join(&mut reports, index);
            }
        }
    }
    reports
}

/// Returns the spans to which an error came from a turn of a loop, which has a flow of its own.
pub(super) fn origins_in_turns(parts: &[&RecordedFlow], layout: &Layout) -> Vec<usize> {
    let of_part = |(nth, part): (usize, &&RecordedFlow)| {
        let from_turns = part.errors.iter().filter(|error| error.began_in_turn);
        let origins = from_turns.filter_map(|error| error.path.first());
        origins.map(|step| layout.index(nth, step.span)).collect::<Vec<_>>()
    };
    parts.iter().enumerate().flat_map(of_part).collect()
}

fn report(
    error: &ErrorRecord,
    nth: usize,
    part: &RecordedFlow,
    layout: &Layout,
    paths: &ProjectPaths,
) -> ErrorReport {
    let steps = error.path.iter().map(|left| PathStep {
        became: left.became.clone(),
        ..step(layout.index(nth, left.span), part.records[left.span as usize].site, left.location, paths)
    });
    let earlier = error.earlier.as_deref();
    let earlier_steps = earlier.into_iter().flat_map(|earlier| &earlier.steps).map(|left| PathStep {
        became: left.became.clone(),
        ..step(PathStep::ELSEWHERE, left.site, left.location, paths)
    });
    let (text, causes) = earlier.map_or((&error.text, &error.causes), |it| (&it.text, &it.causes));
    ErrorReport {
        error_type: text.error_type.clone(),
        message: text.message.clone(),
        causes: causes.clone(),
        path: earlier_steps.chain(steps).collect(),
    }
}

/// A step through the span at `index`, which the error left by the `?` at `location` if that is
/// known.
fn step(index: usize, site: &'static CallSite, location: Option<Location>, paths: &ProjectPaths) -> PathStep {
    let Location { file, line } = location.unwrap_or(site.location());
    PathStep {
        span: index,
        function: Cow::Borrowed(site.function()),
        location: Location { file: paths.relative(file), line },
        exact: location.is_some(),
        became: None,
    }
}

/// The point at which the errors of a branch enter the part that it belongs to.
struct Junction<'f> {
    layout: &'f Layout,
    paths: &'f ProjectPaths,
    branch: &'f RecordedFlow,
    /// The number of the part that the branch belongs to.
    target: usize,
    /// The index of the span that started the branch.
    starter: usize,
    /// The index of the branch's root.
    root: usize,
}

impl Junction<'_> {
    /// Joins the report at `index` with the report that continues it, if there is one.
    fn join(&self, reports: &mut Vec<ErrorReport>, index: usize) {
        if !self.has_left(&reports[index]) {
            return;
        }
        let continues =
            |other: &ErrorReport| self.ends_in(other, self.target) && self.is_same(&reports[index], other);
        let Some(other) = reports.iter().position(continues) else { return };
        let mut rest = reports.remove(other);
        let first = &mut reports[if other < index { index - 1 } else { index }];
        let is_changed = first.latest_text() != rest.text();
        if let Some(step) = rest.path.first_mut() {
            let became = ErrorText { error_type: rest.error_type, message: rest.message };
            step.became = is_changed.then_some(became);
        }
        if first.path.last().is_some_and(|last| last.span != self.root) {
            first.path.push(step(self.root, self.branch.records[0].site, None, self.paths));
        }
        first.path.extend(rest.path);
    }

    /// Returns whether the path so far ends in the part with this number.
    fn ends_in(&self, report: &ErrorReport, part: usize) -> bool {
        report.path.last().is_some_and(|last| self.layout.part_at(last.span) == part)
    }

    /// Returns whether the error has left the branch's root, or a call of the root: the result of a
    /// spawned block is not examined.
    fn has_left(&self, report: &ErrorReport) -> bool {
        let Some(last) = report.path.last() else { return false };
        let record = last.span.checked_sub(self.root).and_then(|index| self.branch.records.get(index));
        last.span == self.root || record.is_some_and(|record| record.parent == 0)
    }

    /// Returns whether `other` is `report`, recorded again in another part.
    fn is_same(&self, report: &ErrorReport, other: &ErrorReport) -> bool {
        let latest = report.latest_text();
        let begins_here = other.origin() == Some(self.starter);
        latest == other.text() || (begins_here && quotes(&other.message, &other.causes, latest.message))
    }
}
