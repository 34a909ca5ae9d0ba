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
use crate::vocabulary::attribute_names::{ESTIMATED, TIMES};
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::{Attribute, Event, Outcome, Span, SpanId, Status};

use super::layout::Layout;
use super::source_paths::ProjectPaths;
use super::times::SpanTimes;
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
        times: &[SpanTimes],
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
            let mut span = self.span(part, index, record, parent);
            let SpanTimes { start, end } = times[index];
            let end = if record.end == 0 { part.open_at.unwrap_or(part.records[0].end) } else { end };
            span.start_ns = clock.unix_ns(start);
            span.end_ns = clock.unix_ns(end).max(span.start_ns);
            spans.push(span);
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
    ) -> Span {
        let outcome = record.meta.outcome();
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
            start_ns: 0,
            end_ns: 0,
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
        if record.meta.is_sparse() {
            attributes.push(Attribute::new(TIMES, ESTIMATED));
        }
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
        if let Some(idle) = wait.idle().filter(|idle| *idle > 0) {
            let idle = clock.duration_ns(idle).min(span.duration_ns());
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
        let [total_ns, longest_ns] = summary_times(summary, span.duration_ns(), clock);
        let mut attributes = vec![
            Attribute::new("code.function.name", summary.site.function()),
            Attribute::new("omegi.calls.count", summary.count),
            Attribute::new("omegi.calls.errors", summary.errors),
            Attribute::new("omegi.calls.total_ns", total_ns),
            Attribute::new("omegi.calls.longest_ns", longest_ns),
        ];
        if summary.timed < summary.count {
            attributes.push(Attribute::new("omegi.calls.timed", summary.timed));
        }
        let (name, time_ns) = ("omegi.calls".into(), span.end_ns);
        self.limits.add_event(span, Event { name, time_ns, attributes, dropped_attributes: 0 });
    }
}

/// Returns the total and the longest duration of summarised calls on a span that took `host_ns`, in
/// nanoseconds. Calls that were not timed count as usual ones, as far as the span has time for
/// them.
fn summary_times(summary: &Summary, host_ns: u64, clock: &Calibration) -> [u64; 2] {
    let [total, longest] = [summary.total, summary.longest].map(|ticks| clock.duration_ns(ticks));
    let usual = clock.duration_ns(summary.site.call_speed().usual_ticks());
    let untimed = usual.saturating_mul(summary.count - summary.timed).min(host_ns.saturating_sub(total));
    [total + untimed, longest.max(usual.min(untimed))]
}

/// Sets [`Span::end_order`] by the spans' ends.
///
/// A child ends before its parent even where the clock saw no difference.
pub(super) fn number_by_end(spans: &mut [Span], parts: &[&RecordedFlow], times: &[Vec<SpanTimes>]) {
    let records = parts.iter().flat_map(|part| &part.records);
    let ends = times.iter().flatten().map(|times| times.end);
    // The recorded ticks of untimed ends tell their order where the estimates are equal.
    let end = |(end, record): (u64, &SpanRecord)| match record.end {
        0 => (u64::MAX, 0),
        ticks => (end, ticks),
    };
    let ends: Vec<_> = ends.zip(records).map(end).collect();
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by_key(|&index| (if index == 0 { (u64::MAX, 0) } else { ends[index] }, Reverse(index)));
    for (number, index) in (0..).zip(order) {
        spans[index].end_order = number;
    }
}

fn span_id(flow: &RecordedFlow, index: usize) -> SpanId {
    // A segment has fewer than 2^31 records.
    ids::span_id(flow.seed, flow.number(u32::try_from(index).unwrap_or(u32::MAX)))
}
