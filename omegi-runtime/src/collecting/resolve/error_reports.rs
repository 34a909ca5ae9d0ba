//! The path of each error through a flow, from branch to branch.

use std::borrow::Cow;

use crate::recording::data::recorded::RecordedFlow;
use crate::vocabulary::{CallSite, ErrorReport, ErrorText, Location, PathStep};

use super::error_branches::{Leg, legs};
use super::layout::Layout;
use super::source_paths::ProjectPaths;

/// An error of a flow, and the time in ticks at which it left its first call.
pub(super) struct BegunError {
    pub(super) report: ErrorReport,
    pub(super) at: u64,
}

/// The errors of a flow, with the errors of branches joined to those that they go on as.
///
/// Sorted by part, and within a part by their beginning.
pub(super) fn reports(parts: &[&RecordedFlow], layout: &Layout, paths: &ProjectPaths) -> Vec<BegunError> {
    let legs = legs(parts);
    let begins = legs.iter().filter(|leg| !leg.goes_on);
    begins
        .map(|first| BegunError {
            report: report(first, &legs, parts, layout, paths),
            at: parts[first.part].errors[first.error].path.get(first.from).map_or(0, |step| step.at),
        })
        .collect()
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
    first: &Leg,
    legs: &[Leg],
    parts: &[&RecordedFlow],
    layout: &Layout,
    paths: &ProjectPaths,
) -> ErrorReport {
    let error = &parts[first.part].errors[first.error];
    let earlier = error.earlier.as_deref();
    let earlier_steps = earlier.into_iter().flat_map(|earlier| &earlier.steps).map(|left| PathStep {
        became: left.became.clone(),
        ..step(PathStep::ELSEWHERE, left.site, left.location, paths)
    });
    let (text, causes) = earlier.map_or((&error.text, &error.causes), |it| (&it.text, &it.causes));
    let (ErrorText { error_type, message }, path) = (text.clone(), earlier_steps.collect());
    let mut report = ErrorReport { error_type, message, causes: causes.clone(), path };
    let mut next = Some(first);
    while let Some(leg) = next {
        add_leg(&mut report, leg, parts[leg.part], layout, paths);
        next = leg.next.as_ref().map(|(roots, next)| {
            for &(part, root) in roots {
                let index = layout.index(part, root);
                if report.path.last().is_some_and(|last| last.span != index || !last.recorded) {
                    report.path.push(step(index, parts[part].records[root as usize].site, None, paths));
                }
            }
            &legs[*next]
        });
    }
    report
}

fn add_leg(report: &mut ErrorReport, leg: &Leg, part: &RecordedFlow, layout: &Layout, paths: &ProjectPaths) {
    let error = &part.errors[leg.error];
    // A path may have 100,000 steps, so no step looks for its text among all those before.
    let mut text = leg.from.checked_sub(1).map_or(&error.text, |before| error.text_at(before));
    let mut changed = latest_change(report);
    for (nth, left) in error.path.iter().enumerate().take(leg.to).skip(leg.from) {
        text = left.became.as_ref().unwrap_or(text);
        let reported = report.path.pop_if(|_| nth > leg.from && error.leaves_again_at(nth));
        if changed == Some(report.path.len()) {
            changed = latest_change(report);
        }
        let is_changed = text_after(report, changed) != (&text.error_type, &text.message);
        let became = (is_changed && !leg.is_resumed()).then(|| text.clone());
        if became.is_some() {
            changed = Some(report.path.len());
        }
        let passed = reported.unwrap_or_else(|| {
            let site = left.unrecorded.unwrap_or(part.records[left.span as usize].site);
            let index = layout.index(leg.part, left.span);
            PathStep { recorded: left.unrecorded.is_none(), ..step(index, site, left.location, paths) }
        });
        report.path.push(PathStep { became, ..passed });
    }
}

/// Returns the last step at which the error's text changed.
fn latest_change(report: &ErrorReport) -> Option<usize> {
    report.path.iter().rposition(|step| step.became.is_some())
}

/// Returns the type and the message that the error had after the step at which it `changed`.
fn text_after(report: &ErrorReport, changed: Option<usize>) -> (&str, &str) {
    let became = changed.and_then(|step| report.path[step].became.as_ref());
    became.map_or((&report.error_type, &report.message), |text| (&text.error_type, &text.message))
}

/// A step through the span at `index`, which the error left by the exit at `location` if that is
/// known.
fn step(index: usize, site: &'static CallSite, location: Option<Location>, paths: &ProjectPaths) -> PathStep {
    let Location { file, line } = location.unwrap_or(site.location());
    PathStep {
        span: index,
        recorded: true,
        function: Cow::Borrowed(site.function()),
        location: Location { file: paths.relative(file), line },
        exact: location.is_some(),
        became: None,
    }
}
