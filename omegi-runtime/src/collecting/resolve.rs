//! From what was recorded to what is exported: ids derived, names and paths looked up, ticks turned into time, errors
//! laid along their path, secrets masked.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::recording::attributes::{AttributeRecord, Attributes, Stored};
use crate::recording::errors::{ErrorRecord, Passage};
use crate::recording::ids;
use crate::recording::record::SpanRecord;
use crate::recording::recorded::RecordedFlow;
use crate::recording::summary::Summary;
use crate::recording::threads::{self, ThreadInfo};
use crate::settings::{MASK, Masking};
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::{
    Attribute, ErrorReport, Event, Flow, PathStep, Resource, Span, SpanId, Status, Value,
};

use super::paths::ProjectPaths;

/// Resolves flows, and remembers what is the same for many.
#[derive(Debug)]
pub(crate) struct Resolver {
    masking: Masking,
    paths: ProjectPaths,
    resource: Arc<Resource>,
    /// Whether values under this name are masked.
    masked: HashMap<&'static str, bool>,
    threads: HashMap<u16, Option<ThreadInfo>>,
}

impl Resolver {
    pub(crate) fn new(masking: Masking, paths: ProjectPaths, resource: Arc<Resource>) -> Self {
        Self { masking, paths, resource, masked: HashMap::new(), threads: HashMap::new() }
    }

    /// The flow as exporters see it.
    pub(crate) fn resolve(&mut self, flow: &RecordedFlow, clock: &Calibration) -> Flow {
        let mut spans: Vec<Span> = flow
            .records
            .iter()
            .enumerate()
            .map(|(index, record)| self.span(flow, index, record, clock))
            .collect();
        number_by_end(&mut spans, &flow.records);
        self.add_attributes(&mut spans, &flow.attributes);
        let errors = flow.errors.iter().map(|error| self.report(error, &flow.records, &mut spans)).collect();
        for summary in &flow.summaries {
            add_summary(&mut spans, summary, clock);
        }
        describe_flow(&mut spans, flow);
        Flow { trace_id: flow.trace_id, spans, errors, resource: Arc::clone(&self.resource) }
    }

    fn span(&mut self, flow: &RecordedFlow, index: usize, record: &SpanRecord, clock: &Calibration) -> Span {
        let parent = (index > 0).then_some(record.parent as usize);
        let outcome = record.meta.outcome();
        let ended = if record.end == 0 { flow.records[0].end } else { record.end };
        let start_ns = clock.unix_ns(record.start);
        if !record.meta.is_sparse() && record.end != 0 {
            // What became slow is timed again.
            record.site.pace().learn(record.end.saturating_sub(record.start));
        }
        Span {
            span_id: span_id(flow, index),
            parent_span_id: parent.map_or(flow.parent_span_id, |parent| span_id(flow, parent)),
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
        }
    }

    fn code_attributes(&mut self, record: &SpanRecord) -> Vec<Attribute> {
        let location = record.site.location();
        let mut attributes = vec![
            Attribute::new("code.function.name", record.site.function()),
            Attribute::new("code.file.path", self.paths.relative(location.file)),
            Attribute::new("code.line.number", location.line),
        ];
        let number = record.meta.thread();
        if let Some(thread) = self.threads.entry(number).or_insert_with(|| threads::info(number)) {
            attributes.push(Attribute::new("thread.id", thread.id));
            attributes.extend(thread.name.clone().map(|name| Attribute::new("thread.name", name)));
        }
        attributes
    }

    fn add_attributes(&mut self, spans: &mut [Span], attributes: &Attributes) {
        for record in attributes.iter() {
            let value = if self.masks(record.key) { MASK.into() } else { value(attributes, record) };
            // Of a call that failed, what it returned is told by its error.
            let told = |span: &Span| record.key == "omegi.return" && span.outcome.is_error();
            if let Some(span) = spans.get_mut(record.span as usize).filter(|span| !told(span)) {
                span.attributes.push(Attribute::new(record.key, value));
            }
        }
    }

    fn masks(&mut self, key: &'static str) -> bool {
        let name = key.strip_prefix("omegi.arg.").unwrap_or(key);
        *self.masked.entry(key).or_insert_with(|| self.masking.masks(name))
    }

    /// Writes an error down: as an event where it began, as a status wherever it passed, and as a report of its path.
    fn report(&self, error: &ErrorRecord, records: &[SpanRecord], spans: &mut [Span]) -> ErrorReport {
        let mut text = &error.text;
        for passage in &error.path {
            text = passage.became.as_ref().unwrap_or(text);
            let span = &mut spans[passage.span as usize];
            span.status = error_status(&text.message);
            span.attributes.push(Attribute::new("error.type", Value::Str(text.error_type.clone())));
        }
        let path: Vec<_> = error.path.iter().map(|passage| self.step(passage, records)).collect();
        if let Some(origin) = path.first() {
            let span = &mut spans[origin.span];
            span.events.push(exception(error, &path, span.end_ns));
        }
        ErrorReport {
            error_type: error.text.error_type.clone(),
            message: error.text.message.clone(),
            causes: error.causes.clone(),
            path,
        }
    }

    fn step(&self, passage: &Passage, records: &[SpanRecord]) -> PathStep {
        let site = records[passage.span as usize].site;
        let mut location = passage.location.unwrap_or(site.location());
        location.file = self.paths.relative(location.file);
        PathStep {
            span: passage.span as usize,
            function: Cow::Borrowed(site.function()),
            location,
            exact: passage.location.is_some(),
            became: passage.became.clone(),
        }
    }
}

fn span_id(flow: &RecordedFlow, index: usize) -> SpanId {
    // A segment has fewer than 2^31 records.
    ids::span_id(flow.seed, u32::try_from(index).unwrap_or(u32::MAX))
}

/// A child ends before its parent even if the clock saw no difference.
fn number_by_end(spans: &mut [Span], records: &[SpanRecord]) {
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by_key(|&index| (if index == 0 { u64::MAX } else { records[index].end }, Reverse(index)));
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
fn exception(error: &ErrorRecord, path: &[PathStep], time_ns: u64) -> Event {
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
    }
}

fn add_summary(spans: &mut [Span], summary: &Summary, clock: &Calibration) {
    let Some(span) = spans.get_mut(summary.host as usize) else { return };
    span.events.push(Event {
        name: "omegi.calls".into(),
        time_ns: span.end_ns,
        attributes: vec![
            Attribute::new("code.function.name", summary.site.function()),
            Attribute::new("omegi.calls.count", summary.count),
            Attribute::new("omegi.calls.errors", summary.errors),
            Attribute::new("omegi.calls.total_ns", clock.duration_ns(summary.total)),
            Attribute::new("omegi.calls.longest_ns", clock.duration_ns(summary.longest)),
        ],
    });
}

/// What is to be known of the flow as a whole stands on its root.
fn describe_flow(spans: &mut [Span], flow: &RecordedFlow) {
    let Some(root) = spans.first_mut() else { return };
    if flow.dropped_spans > 0 {
        root.attributes.push(Attribute::new("omegi.flow.dropped_spans", flow.dropped_spans));
    }
    if flow.dropped_errors > 0 {
        root.attributes.push(Attribute::new("omegi.flow.dropped_errors", flow.dropped_errors));
    }
    if flow.records.iter().any(|record| record.meta.is_sparse()) {
        root.attributes.push(Attribute::new("omegi.flow.times", "sparse"));
    }
}
