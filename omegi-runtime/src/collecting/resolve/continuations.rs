//! Spans that continued in another segment: each becomes one span again.

use crate::recording::data::recorded::RecordedFlow;
use crate::vocabulary::{ErrorReport, Outcome, PathStep, Span, Status};

use crate::settings::Limits;

use super::layout::Layout;

/// Joins the root of every continuation to the span that it continues, if that is in the flow.
pub(super) fn join(
    spans: &mut Vec<Span>,
    errors: &mut [ErrorReport],
    parts: &[&RecordedFlow],
    layout: &Layout,
    limits: &Limits,
) {
    // The index of the span that each span becomes a piece of; its own if it continues none.
    let mut whole: Vec<usize> = (0..spans.len()).collect();
    for (nth, part) in parts.iter().enumerate().skip(1) {
        let is_continuation = part.records.first().is_some_and(|root| root.meta.is_continuation());
        if let Some(begun) = layout.attached(part).filter(|_| is_continuation) {
            whole[layout.index(nth, 0)] = whole[begun];
        }
    }
    if whole.iter().enumerate().any(|(index, of)| index != *of) {
        for (index, &of) in whole.iter().enumerate().filter(|(index, of)| index != *of) {
            let rest = spans[index].clone();
            add_rest(&mut spans[of], rest, limits);
        }
        redirect(spans, errors, &whole);
        remove_rests(spans, errors, &whole);
    }
}

/// Adds to a span everything that its continuation says, which said it later.
fn add_rest(span: &mut Span, rest: Span, limits: &Limits) {
    for attribute in rest.attributes {
        let is_own = attribute.key.starts_with("code.") || attribute.key.starts_with("thread.");
        if !is_own {
            limits.add_attribute(span, attribute);
        }
    }
    span.events.extend(rest.events);
    span.events.sort_by_key(|event| event.time_ns);
    span.links.extend(rest.links);
    if rest.status != Status::Unset {
        span.status = rest.status;
    }
    if span.outcome == Outcome::Open {
        (span.outcome, span.end_ns) = (rest.outcome, rest.end_ns.max(span.start_ns));
    }
    span.end_order = span.end_order.max(rest.end_order);
}

/// Makes parents and steps refer to whole spans.
fn redirect(spans: &mut [Span], errors: &mut [ErrorReport], whole: &[usize]) {
    let ids: Vec<_> = spans.iter().map(|span| span.span_id).collect();
    for span in spans {
        if let Some(parent) = span.parent.filter(|parent| whole[*parent] != *parent) {
            span.parent = Some(whole[parent]);
            span.parent_span_id = ids[whole[parent]];
        }
    }
    for error in errors {
        let known = error.path.iter_mut().filter(|step| step.span != PathStep::ELSEWHERE);
        known.for_each(|step| step.span = whole[step.span]);
        let is_piece = |next: &PathStep, step: &PathStep| {
            next.span != PathStep::ELSEWHERE && next.span == step.span && next.recorded && step.recorded
        };
        error.path.dedup_by(|next, step| is_piece(next, step));
    }
}

/// Removes the spans that have become a piece of another.
fn remove_rests(spans: &mut Vec<Span>, errors: &mut [ErrorReport], whole: &[usize]) {
    let mut next = 0;
    let new_index: Vec<usize> = whole
        .iter()
        .enumerate()
        .map(|(index, of)| {
            next += usize::from(index == *of);
            next.saturating_sub(1)
        })
        .collect();
    let mut stays = whole.iter().enumerate().map(|(index, of)| index == *of);
    spans.retain(|_| stays.next().unwrap_or(true));
    spans.iter_mut().for_each(|span| span.parent = span.parent.map(|parent| new_index[parent]));
    for step in errors.iter_mut().flat_map(|error| &mut error.path) {
        step.span = new_index.get(step.span).copied().unwrap_or(step.span);
    }
    renumber_ends(spans);
}

/// Closes the gaps in [`Span::end_order`].
fn renumber_ends(spans: &mut [Span]) {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|index| spans[*index].end_order);
    for (number, index) in (0..).zip(order) {
        spans[index].end_order = number;
    }
}
