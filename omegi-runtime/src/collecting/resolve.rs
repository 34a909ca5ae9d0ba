//! From what was recorded to what is exported: ids derived, names and paths looked up, ticks turned into time, errors
//! laid along their path, limits kept, secrets taken out.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::recording::attributes::{AttributeRecord, Attributes, Stored};
use crate::recording::ids;
use crate::recording::notes::{Moment, RecordedEvent, RecordedUpdate, SpanUpdate};
use crate::recording::record::SpanRecord;
use crate::recording::recorded::RecordedFlow;
use crate::recording::summary::Summary;
use crate::recording::threads::{self, ThreadInfo};
use crate::recording::waits::Wait;
use crate::settings::Limits;
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::{
    Attribute, ErrorReport, Event, Flow, Outcome, PathStep, Resource, Span, SpanId, Status, Value,
};

use super::continuations;
use super::error_paths::{self, Journey, Step};
use super::layout::{self, Layout};
use super::limits;
use super::paths::ProjectPaths;
use super::scrubbing::Scrubber;
use super::tags;

/// Finds out what produces the flows.
pub(crate) type Detect = Box<dyn FnOnce() -> Arc<Resource> + Send>;

/// Resolves flows, and remembers what is the same for many.
#[derive(Clone, Debug)]
pub(crate) struct Resolver {
    limits: Limits,
    scrubber: Scrubber,
    paths: ProjectPaths,
    /// Found out by the first of the clones that wants to know.
    resource: Arc<LazyLock<Arc<Resource>, Detect>>,
    threads: HashMap<u16, Option<ThreadInfo>>,
}

impl Resolver {
    pub(crate) fn new(limits: Limits, scrubber: Scrubber, paths: ProjectPaths, detect: Detect) -> Self {
        Self { limits, scrubber, paths, resource: Arc::new(LazyLock::new(detect)), threads: HashMap::new() }
    }

    /// What produces the flows.
    #[cfg(feature = "otlp")]
    pub(crate) fn resource(&self) -> Arc<Resource> {
        Arc::clone(&**self.resource)
    }

    /// The flow as exporters see it.
    pub(crate) fn resolve(&mut self, flow: &RecordedFlow, clock: &Calibration) -> Flow {
        let parts: Vec<&RecordedFlow> = flow.parts().collect();
        let layout = Layout::of(&parts);
        let mut spans = Vec::with_capacity(flow.record_count());
        for (nth, part) in parts.iter().enumerate() {
            self.add_spans(&mut spans, part, nth, &layout, clock);
        }
        number_by_end(&mut spans, &parts);
        let mut errors: Vec<_> =
            error_paths::of(&parts, &layout).iter().map(|journey| self.report(journey, &mut spans)).collect();
        describe_flow(&mut spans, flow);
        add_flow_tags(&mut spans, &parts, &self.limits);
        if parts.len() > 1 {
            continuations::join(&mut spans, &mut errors, &parts, &layout);
            layout::sort(&mut spans, &mut errors);
        }
        let resource = Arc::clone(&**self.resource);
        let mut flow = Flow { trace_id: flow.trace_id, spans, errors, resource };
        self.scrubber.flow(&mut flow);
        flow
    }

    /// Adds the spans of one part, with everything that they say of themselves but their errors.
    fn add_spans(
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
                _ => Some(layout.place(nth, record.parent)),
            };
            spans.push(self.span(part, index, record, parent, clock));
        }
        let spans = &mut spans[begin..];
        self.add_attributes(spans, &part.attributes);
        part.updates.as_slice().iter().for_each(|update| self.apply(spans, update, clock));
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
        let ended = if record.end == 0 { part.records[0].end } else { record.end };
        let start_ns = clock.unix_ns(record.start);
        if !record.meta.is_sparse() && record.end != 0 && record.site.is_function() {
            // What became slow is timed again.
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
            status: if outcome.is_error() { error_status("") } else { Status::Unset },
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
            // Of a call that failed, what it returned is told by its error.
            let told = |span: &Span| record.key == "omegi.return" && span.outcome.is_error();
            if let Some(span) = spans.get_mut(record.span as usize).filter(|span| !told(span)) {
                self.limits.add_attribute(span, Attribute::new(record.key, value(attributes, record)));
            }
        }
    }

    fn apply(&mut self, spans: &mut [Span], recorded: &RecordedUpdate, clock: &Calibration) {
        let Some(span) = spans.get_mut(recorded.span as usize) else { return };
        match recorded.update.clone() {
            SpanUpdate::Name(name) => span.name = name,
            SpanUpdate::Kind(kind) => span.kind = kind,
            SpanUpdate::Attribute(attribute) => self.limits.add_attribute(span, attribute),
            SpanUpdate::Event(RecordedEvent { name, at, attributes }) => {
                let time_ns = match at {
                    Moment::Ticks(ticks) => clock.unix_ns(ticks),
                    Moment::Unix(time_ns) => time_ns,
                };
                self.limits.add_event(span, Event { name, time_ns, attributes, dropped_attributes: 0 });
            }
            SpanUpdate::Link(link) => self.limits.add_link(span, link),
            SpanUpdate::Tag(tag) => tags::add(span, &tag, &self.limits),
            // The root has its turn when all its parts are there.
            SpanUpdate::FlowTag(_) => {}
            SpanUpdate::Succeeded => span.status = Status::Ok,
            SpanUpdate::Failed(description) => span.status = Status::Error { description },
            SpanUpdate::Dropped(dropped) => limits::count(span, dropped),
            SpanUpdate::Began(start_ns) => {
                span.start_ns = start_ns;
                span.end_ns = span.end_ns.max(start_ns);
            }
            SpanUpdate::Ended(end_ns) => span.end_ns = end_ns.max(span.start_ns),
            // The segment has applied these.
            SpanUpdate::Fail | SpanUpdate::End { .. } => {}
        }
    }

    /// Of an asynchronous call, how long it waited; and where, if it was dropped there.
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
            let place = format!("{file}:{}", place.line());
            limits.add_attribute(span, Attribute::new("omegi.async.cancelled_at", place));
        }
    }

    /// Writes an error down: as an event where it began, as a status wherever it passed, and as a report of its path.
    fn report(&self, journey: &Journey<'_>, spans: &mut [Span]) -> ErrorReport {
        let mut text = journey.text;
        for step in &journey.steps {
            text = step.became.unwrap_or(text);
            let span = &mut spans[step.span];
            // What the program calls well is well.
            if span.status != Status::Ok {
                span.status = error_status(&text.message);
            }
            let kind = Attribute::new("error.type", Value::Str(text.error_type.clone()));
            self.limits.add_important_attribute(span, kind);
        }
        let path: Vec<_> = journey.steps.iter().map(|step| self.step(step)).collect();
        if let Some(origin) = path.first() {
            let span = &mut spans[origin.span];
            self.limits.add_error(span, exception(journey, &path, span.end_ns));
        }
        ErrorReport {
            error_type: journey.text.error_type.clone(),
            message: journey.text.message.clone(),
            causes: journey.causes.to_vec(),
            path,
        }
    }

    /// Tells on a span of calls below it that have no record of their own.
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

    fn step(&self, step: &Step<'_>) -> PathStep {
        let mut location = step.location.unwrap_or(step.site.location());
        location.file = self.paths.relative(location.file);
        PathStep {
            span: step.span,
            function: Cow::Borrowed(step.site.function()),
            location,
            exact: step.location.is_some(),
            became: step.became.cloned(),
        }
    }
}

fn span_id(flow: &RecordedFlow, index: usize) -> SpanId {
    // A segment has fewer than 2^31 records.
    ids::span_id(flow.seed, u32::try_from(index).unwrap_or(u32::MAX))
}

/// A child ends before its parent even if the clock saw no difference.
fn number_by_end(spans: &mut [Span], parts: &[&RecordedFlow]) {
    let ends: Vec<u64> = parts.iter().flat_map(|part| &part.records).map(|record| record.end).collect();
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by_key(|&index| (if index == 0 { u64::MAX } else { ends[index] }, Reverse(index)));
    for (place, index) in (0..).zip(order) {
        spans[index].end_order = place;
    }
}

fn error_status(message: &str) -> Status {
    Status::Error { description: Cow::Owned(message.to_owned()) }
}

fn value(attributes: &Attributes, record: &AttributeRecord) -> Value {
    match record.value {
        Stored::Bool(value) => value.into(),
        Stored::I64(value) => value.into(),
        Stored::F64(value) => value.into(),
        Stored::Static(value) => value.into(),
        Stored::Text { from, to } => attributes.text(from, to).to_owned().into(),
    }
}

/// The `exception` event (OpenTelemetry semantic conventions, *exceptions on spans*). A Rust error has no stack trace;
/// what stands in its place is the way it took, one call a line, and what caused it.
fn exception(error: &Journey<'_>, path: &[PathStep], time_ns: u64) -> Event {
    let way = path
        .iter()
        .map(|step| format!("    at {} ({}:{})", step.function, step.location.file, step.location.line));
    let causes = error.causes.iter().map(|cause| format!("caused by: {cause}"));
    let head = format!("{}: {}", error.text.error_type, error.text.message);
    let stacktrace = std::iter::once(head).chain(way).chain(causes).collect::<Vec<_>>().join("\n");
    Event {
        name: "exception".into(),
        time_ns,
        attributes: vec![
            Attribute::new("exception.type", Value::Str(error.text.error_type.clone())),
            Attribute::new("exception.message", error.text.message.clone()),
            Attribute::new("exception.stacktrace", stacktrace),
        ],
        dropped_attributes: 0,
    }
}

/// The tags of the whole flow stand on its local root, whichever part of it they were said in.
fn add_flow_tags(spans: &mut [Span], parts: &[&RecordedFlow], limits: &Limits) {
    let Some(root) = spans.first_mut() else { return };
    for recorded in parts.iter().flat_map(|part| part.updates.as_slice()) {
        if let SpanUpdate::FlowTag(tag) = &recorded.update {
            tags::add(root, tag, limits);
        }
    }
}

/// What is to be known of the flow as a whole stands on its root.
fn describe_flow(spans: &mut [Span], flow: &RecordedFlow) {
    let Some(root) = spans.first_mut() else { return };
    let dropped_spans: u64 = flow.parts().map(|part| part.dropped_spans).sum();
    if dropped_spans > 0 {
        root.attributes.push(Attribute::new("omegi.flow.dropped_spans", dropped_spans));
    }
    let dropped_errors: u64 = flow.parts().map(|part| part.dropped_errors).sum();
    if dropped_errors > 0 {
        root.attributes.push(Attribute::new("omegi.flow.dropped_errors", dropped_errors));
    }
    if flow.suppressed > 0 {
        root.attributes.push(Attribute::new("omegi.flow.suppressed", flow.suppressed));
    }
    if flow.parts().flat_map(|part| &part.records).any(|record| record.meta.is_sparse()) {
        root.attributes.push(Attribute::new("omegi.flow.times", "sparse"));
    }
}
