//! Reads the lines of the console exporter: one JSON object a span, flow after flow.

use std::sync::Arc;

use omegi_runtime::{Event, Flow, Link, Outcome, Resource, Span, SpanId, SpanKind, Status, TraceId};
use serde::Deserialize;

use super::attributes::Attributes;
use super::flows;
use super::utc;

/// The number of spans after which a flow is shown, though more may follow.
const SPANS: usize = 1 << 18;

/// Collects the spans of one flow.
#[derive(Default)]
pub(super) struct ConsoleReader {
    pending: Option<Flow>,
}

#[derive(Deserialize)]
struct WrittenSpan {
    name: String,
    context: WrittenContext,
    #[serde(default)]
    kind: String,
    parent_id: Option<String>,
    #[serde(default)]
    start_time: String,
    #[serde(default)]
    end_time: String,
    #[serde(default)]
    status: WrittenStatus,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    events: Vec<WrittenEvent>,
    #[serde(default)]
    links: Vec<WrittenLink>,
    #[serde(default)]
    resource: WrittenResource,
}

#[derive(Deserialize)]
struct WrittenContext {
    trace_id: String,
    span_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WrittenStatus {
    status_code: String,
    description: String,
}

#[derive(Deserialize)]
struct WrittenEvent {
    name: String,
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Deserialize)]
struct WrittenLink {
    context: WrittenContext,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Default, Deserialize)]
struct WrittenResource {
    #[serde(default)]
    attributes: Attributes,
}

impl ConsoleReader {
    /// Reads a line. Returns the flow before it, if the line begins another one. `None` if a value
    /// in it is wrong.
    ///
    /// # Errors
    ///
    /// The line is no whole span.
    pub(super) fn read(&mut self, line: &[u8]) -> serde_json::Result<Option<Option<Flow>>> {
        let span: WrittenSpan = serde_json::from_slice(line)?;
        let trace_id = trace_id(&span.context.trace_id);
        Ok(trace_id.and_then(|trace_id| self.add(trace_id, span)))
    }

    fn add(&mut self, trace_id: TraceId, mut span: WrittenSpan) -> Option<Option<Flow>> {
        let attributes = std::mem::take(&mut span.resource.attributes.0);
        let span = span.read()?;
        let goes_on = |flow: &Flow| {
            flow.trace_id == trace_id && flow.resource.attributes == attributes && flow.spans.len() < SPANS
        };
        if let Some(flow) = self.pending.as_mut().filter(|flow| goes_on(flow)) {
            flow.spans.push(span);
            return Some(None);
        }
        let before = self.finish();
        let resource = Arc::new(Resource { attributes });
        self.pending = Some(Flow { trace_id, spans: vec![span], errors: Vec::new(), resource });
        Some(before)
    }

    /// Returns the last flow.
    pub(super) fn finish(&mut self) -> Option<Flow> {
        let mut flow = self.pending.take()?;
        flows::complete(&mut flow);
        Some(flow)
    }
}

impl WrittenSpan {
    fn read(self) -> Option<Span> {
        let status = match self.status.status_code.as_str() {
            "OK" => Status::Ok,
            "ERROR" => Status::Error { description: self.status.description.into() },
            _ => Status::Unset,
        };
        let attributes = self.attributes.0;
        let start_ns = utc::nanoseconds(&self.start_time)?;
        Some(Span {
            span_id: span_id(&self.context.span_id)?,
            parent_span_id: self.parent_id.as_deref().map_or(Some(SpanId::NONE), span_id)?,
            parent: None,
            name: self.name.into(),
            kind: kind(&self.kind),
            start_ns,
            end_ns: utc::nanoseconds(&self.end_time)?.max(start_ns),
            sparse: attributes.iter().any(|attribute| attribute.key == "omegi.times"),
            end_order: 0,
            outcome: if matches!(status, Status::Error { .. }) { Outcome::Error } else { Outcome::Returned },
            status,
            attributes,
            dropped_attributes: 0,
            events: self.events.into_iter().map(WrittenEvent::read).collect::<Option<_>>()?,
            dropped_events: 0,
            links: self.links.into_iter().map(WrittenLink::read).collect::<Option<_>>()?,
            dropped_links: 0,
        })
    }
}

impl WrittenEvent {
    fn read(self) -> Option<Event> {
        let time_ns = utc::nanoseconds(&self.timestamp)?;
        Some(Event { name: self.name.into(), time_ns, attributes: self.attributes.0, dropped_attributes: 0 })
    }
}

impl WrittenLink {
    fn read(self) -> Option<Link> {
        Some(Link {
            trace_id: trace_id(&self.context.trace_id)?,
            span_id: span_id(&self.context.span_id)?,
            attributes: self.attributes.0,
            dropped_attributes: 0,
        })
    }
}

fn trace_id(hex: &str) -> Option<TraceId> {
    u128::from_str_radix(hex.strip_prefix("0x")?, 16).ok().map(TraceId::from_u128)
}

fn span_id(hex: &str) -> Option<SpanId> {
    u64::from_str_radix(hex.strip_prefix("0x")?, 16).ok().map(SpanId::from_u64)
}

fn kind(word: &str) -> SpanKind {
    match word {
        "SpanKind.SERVER" => SpanKind::Server,
        "SpanKind.CLIENT" => SpanKind::Client,
        "SpanKind.PRODUCER" => SpanKind::Producer,
        "SpanKind.CONSUMER" => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}
