//! Spans that went on in another segment than the one that they began in: each becomes one span again.

use crate::recording::data::recorded::RecordedFlow;
use crate::vocabulary::{ErrorReport, Outcome, Span, Status};

use super::layout::Layout;

/// Joins the root of every continuation to the span that it goes on with, where that is in the flow.
pub(super) fn join(
    spans: &mut Vec<Span>,
    errors: &mut [ErrorReport],
    parts: &[&RecordedFlow],
    layout: &Layout,
) {
    let mut whole: Vec<usize> = (0..spans.len()).collect();
    for (nth, part) in parts.iter().enumerate().skip(1) {
        let goes_on = part.records.first().is_some_and(|root| root.meta.is_continuation());
        if let Some(begun) = layout.attached(part).filter(|_| goes_on) {
            whole[layout.place(nth, 0)] = whole[begun];
        }
    }
    if whole.iter().enumerate().any(|(place, of)| place != *of) {
        join_spans(spans, &whole);
        point_to(spans, errors, &whole);
        remove(spans, errors, &whole);
    }
}

fn join_spans(spans: &mut [Span], whole: &[usize]) {
    for (place, &of) in whole.iter().enumerate().filter(|(place, of)| place != *of) {
        let rest = spans[place].clone();
        add(&mut spans[of], rest);
    }
}

/// What is said of the rest is said of the span.
fn add(span: &mut Span, rest: Span) {
    for attribute in rest.attributes {
        let is_place = attribute.key.starts_with("code.") || attribute.key.starts_with("thread.");
        if !is_place && !span.attributes.contains(&attribute) {
            span.attributes.push(attribute);
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

fn point_to(spans: &mut [Span], errors: &mut [ErrorReport], whole: &[usize]) {
    let ids: Vec<_> = spans.iter().map(|span| span.span_id).collect();
    for span in spans {
        if let Some(parent) = span.parent.filter(|parent| whole[*parent] != *parent) {
            span.parent = Some(whole[parent]);
            span.parent_span_id = ids[whole[parent]];
        }
    }
    for error in errors {
        error.path.iter_mut().for_each(|step| step.span = whole[step.span]);
        error.path.dedup_by_key(|step| step.span);
    }
}

fn remove(spans: &mut Vec<Span>, errors: &mut [ErrorReport], whole: &[usize]) {
    let mut next = 0;
    let places: Vec<usize> = whole
        .iter()
        .enumerate()
        .map(|(place, of)| {
            next += usize::from(place == *of);
            next.saturating_sub(1)
        })
        .collect();
    let mut stays = whole.iter().enumerate().map(|(place, of)| place == *of);
    spans.retain(|_| stays.next().unwrap_or(true));
    spans.iter_mut().for_each(|span| span.parent = span.parent.map(|parent| places[parent]));
    errors.iter_mut().flat_map(|error| &mut error.path).for_each(|step| step.span = places[step.span]);
    number_anew(spans);
}

/// The order in which they ended, without gaps.
fn number_anew(spans: &mut [Span]) {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|index| spans[*index].end_order);
    for (number, index) in (0..).zip(order) {
        spans[index].end_order = number;
    }
}
