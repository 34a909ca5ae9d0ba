//! Resolves the records of one part of a flow into spans.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;

use crate::recording::data::attributes::Attributes;
use crate::recording::data::record::SpanRecord;
use crate::recording::data::recorded::RecordedFlow;
use crate::recording::data::summary::Summary;
use crate::recording::data::waits::Wait;
use crate::recording::ids;
use crate::recording::threads::{self, ThreadInfo};
use crate::settings::Limits;
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::{Attribute, Event, Outcome, Span, SpanId, Status};

use super::layout::Layout;
use super::source_paths::ProjectPaths;
use super::updates;

/// Resolves spans, and remembers the threads that they ran on.
#[derive(Clone, Debug)]
pub(super) struct SpanResolver {
    limits: Limits,
    paths: ProjectPaths,
    threads: HashMap<u16, Option<ThreadInfo>>,
}

impl SpanResolver {
    pub(super) fn new(limits: Limits, paths: ProjectPaths) -> Self {
        Self { limits, paths, threads: HashMap::new() }
    }

    /// Adds the spans of part number `nth`, with everything but their errors.
    pub(super) fn add_part(
        &mut self,
        spans: &mut Vec<Span>,
        part: &RecordedFlow,
        nth: usize,
        layout: &Layout,
        clock: &Calibration,
    ) {
        let begin = spans.len();
        for (index, record) in part.records.iter().enumerate() {
            let parent = match index {
                0 => (nth > 0).then(|| layout.parent(part)),
                _ => Some(layout.index(nth, record.parent)),
            };
            spans.push(self.span(part, index, record, parent, clock));
        }
        let spans = &mut spans[begin..];
        self.add_attributes(spans, &part.attributes);
        for recorded in part.updates.as_slice() {
            if let Some(span) = spans.get_mut(recorded.span as usize) {
                updates::apply(span, recorded.update.clone(), &self.limits, clock);
            }
        }
        part.waits.iter().for_each(|wait| self.add_wait(spans, wait, clock));
        part.summaries.iter().for_each(|summary| self.add_summary(spans, summary, clock));
    }

    fn span(
        &mut self,
        part: &RecordedFlow,
        index: usize,
        record: &SpanRecord,
        parent: Option<usize>,
        clock: &Calibration,
    ) -> Span {
        let outcome = record.meta.outcome();
        let ended = if record.end == 0 { part.open_at.unwrap_or(part.records[0].end) } else { record.end };
        let start_ns = clock.unix_ns(record.start);
        if !record.meta.is_sparse() && record.end != 0 && record.site.is_function() {
            // A fast function that has become slow is timed again.
            record.site.call_speed().learn(record.end.saturating_sub(record.start));
        }
        let mut span = Span {
            span_id: span_id(part, index),
            parent_span_id: if index == 0 {
                part.parent_span_id
            } else {
                span_id(part, record.parent as usize)
            },
            parent,
            name: Cow::Borrowed(record.site.span_name()),
            kind: record.site.span_kind(),
            start_ns,
            end_ns: clock.unix_ns(ended).max(start_ns),
            sparse: record.meta.is_sparse(),
            end_order: 0,
            outcome,
            status: if outcome.is_error() {
                Status::Error { description: Cow::Borrowed("") }
            } else {
                Status::Unset
            },
            attributes: self.code_attributes(record),
            events: Vec::new(),
            links: Vec::new(),
            dropped_attributes: 0,
            dropped_events: 0,
            dropped_links: 0,
        };
        self.limits.cut_attributes(&mut span);
        span
    }

    fn code_attributes(&mut self, record: &SpanRecord) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        if record.site.is_function() {
            let location = record.site.location();
            attributes.extend([
                Attribute::new("code.function.name", record.site.function()),
                Attribute::new("code.file.path", self.paths.relative(location.file)),
                Attribute::new("code.line.number", location.line),
            ]);
        }
        let own = record.site.attributes().iter();
        attributes.extend(own.map(|(key, value)| Attribute::new(*key, *value)));
        let number = record.meta.thread();
        if let Some(thread) = self.threads.entry(number).or_insert_with(|| threads::info(number)) {
            attributes.push(Attribute::new("thread.id", thread.id));
            attributes.extend(thread.name.clone().map(|name| Attribute::new("thread.name", name)));
        }
        attributes
    }

    fn add_attributes(&self, spans: &mut [Span], attributes: &Attributes) {
        for record in attributes.iter() {
            // The error of a failed call already contains the returned value.
            let is_known = |span: &Span| record.key == "omegi.return" && span.outcome.is_error();
            if let Some(span) = spans.get_mut(record.span as usize).filter(|span| !is_known(span)) {
                let value = record.value.map_text(|range| attributes.text(range).to_owned());
                self.limits.add_attribute(span, Attribute::new(record.key, value));
            }
        }
    }

    /// Adds the waiting time of an asynchronous call, and the `.await` at which it was dropped.
    fn add_wait(&self, spans: &mut [Span], wait: &Wait, clock: &Calibration) {
        let Some(span) = spans.get_mut(wait.span as usize) else { return };
        let limits = &self.limits;
        limits.add_attribute(span, Attribute::new("omegi.async.waits", wait.times));
        if wait.idle > 0 && !span.sparse {
            let idle = clock.duration_ns(wait.idle).min(span.duration_ns());
            let busy = span.duration_ns() - idle;
            limits.add_attribute(span, Attribute::new("omegi.async.idle_ns", idle));
            limits.add_attribute(span, Attribute::new("omegi.async.busy_ns", busy));
        }
        if let Some(place) = wait.place.filter(|_| span.outcome == Outcome::Cancelled) {
            let file = self.paths.relative(place.file());
            let location = format!("{file}:{}", place.line());
            limits.add_attribute(span, Attribute::new("omegi.async.cancelled_at", location));
        }
    }

    /// Adds an event for the calls below a span that have no record of their own.
    fn add_summary(&self, spans: &mut [Span], summary: &Summary, clock: &Calibration) {
        let Some(span) = spans.get_mut(summary.host as usize) else { return };
        let attributes = vec![
            Attribute::new("code.function.name", summary.site.function()),
            Attribute::new("omegi.calls.count", summary.count),
            Attribute::new("omegi.calls.errors", summary.errors),
            Attribute::new("omegi.calls.total_ns", clock.duration_ns(summary.total)),
            Attribute::new("omegi.calls.longest_ns", clock.duration_ns(summary.longest)),
        ];
        let (name, time_ns) = ("omegi.calls".into(), span.end_ns);
        self.limits.add_event(span, Event { name, time_ns, attributes, dropped_attributes: 0 });
    }
}

/// Sets [`Span::end_order`] by the ticks at the spans' ends.
///
/// A child ends before its parent even where the clock saw no difference.
pub(super) fn number_by_end(spans: &mut [Span], parts: &[&RecordedFlow]) {
    let end = |record: &SpanRecord| if record.end == 0 { u64::MAX } else { record.end };
    let ends: Vec<u64> = parts.iter().flat_map(|part| &part.records).map(end).collect();
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by_key(|&index| (if index == 0 { u64::MAX } else { ends[index] }, Reverse(index)));
    for (number, index) in (0..).zip(order) {
        spans[index].end_order = number;
    }
}

fn span_id(flow: &RecordedFlow, index: usize) -> SpanId {
    // A segment has fewer than 2^31 records.
    ids::span_id(flow.seed, flow.number(u32::try_from(index).unwrap_or(u32::MAX)))
}
