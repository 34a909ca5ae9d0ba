//! Reads the compact format (ADR 30): lines of flows refer to earlier lines.

use std::collections::HashMap;
use std::sync::Arc;

use omegi_runtime::{
    Attribute, Event, Flow, Link, Outcome, Resource, Span, SpanId, SpanKind, Status, TraceId,
};
use serde::Deserialize;
use serde_json::Value as Json;

use super::attributes::Attributes;
use super::flows;

/// The first members of the format's lines.
pub(super) const KEYS: [&str; 4] = ["resource", "callSite", "flow", "full"];

/// The largest number of bytes of lines to which others refer.
const REMEMBERED: usize = 64 << 20;

/// The lines of a file so far, as far as others refer to them.
#[derive(Default)]
pub(super) struct CompactReader {
    resources: HashMap<String, KnownResource>,
    bytes: usize,
}

struct KnownResource {
    resource: Arc<Resource>,
    call_sites: HashMap<u64, CallSite>,
}

/// The meaning of a line.
pub(super) enum CompactLine {
    Flow(Flow),
    /// A line to which others refer.
    Reference,
    /// The file took no more than this number of bytes.
    Full(u64),
    /// It is no such line, refers to none, or is one too many; the reason.
    Wrong(&'static str),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    resource: Option<String>,
    call_site: Option<u64>,
    flow: Option<String>,
    full: Option<u64>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    start: u64,
    #[serde(default)]
    spans: Vec<WrittenSpan>,
}

#[derive(Clone)]
struct CallSite {
    name: String,
    kind: SpanKind,
    attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct WrittenSpan {
    call_site: Option<u64>,
    name: String,
    kind: String,
    id: String,
    /// The index of a span of the flow, or the id of a span elsewhere.
    parent: Json,
    start: u64,
    duration: u64,
    status: String,
    message: String,
    attributes: Attributes,
    events: Vec<WrittenEvent>,
    links: Vec<WrittenLink>,
    dropped_attributes: u32,
    dropped_events: u32,
    dropped_links: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct WrittenEvent {
    name: String,
    time: i64,
    attributes: Attributes,
    dropped_attributes: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct WrittenLink {
    flow: String,
    id: String,
    attributes: Attributes,
    dropped_attributes: u32,
}

impl CompactReader {
    /// Reads a line.
    ///
    /// # Errors
    ///
    /// It is no whole JSON, or its members have other types.
    pub(super) fn read(&mut self, text: &[u8]) -> serde_json::Result<CompactLine> {
        let line: Line = serde_json::from_slice(text)?;
        Ok(match (&line.flow, line.call_site, line.full) {
            (Some(_), ..) => self.flow(line).map_or_else(CompactLine::Wrong, CompactLine::Flow),
            (.., Some(full)) => CompactLine::Full(full),
            (None, call_site, None) => {
                self.bytes += text.len();
                let remembered = self.bytes <= REMEMBERED && self.remember(line, call_site);
                if remembered {
                    CompactLine::Reference
                } else {
                    CompactLine::Wrong("no room, or no resource")
                }
            }
        })
    }

    /// Returns whether the line is one to which others can refer.
    fn remember(&mut self, line: Line, call_site: Option<u64>) -> bool {
        let Line { resource: Some(id), name, kind, attributes: Attributes(attributes), .. } = line else {
            return false;
        };
        let Some(number) = call_site else {
            let resource = Arc::new(Resource { attributes });
            self.resources.insert(id, KnownResource { resource, call_sites: HashMap::new() });
            return true;
        };
        let Some(known) = self.resources.get_mut(&id) else { return false };
        known.call_sites.insert(number, CallSite { name, kind: kind_of(&kind), attributes });
        true
    }

    fn flow(&self, line: Line) -> Result<Flow, &'static str> {
        let id = line.resource.unwrap_or_default();
        let known = self.resources.get(&id).ok_or("the line of its resource is missing")?;
        let trace_id = line.flow.as_deref().and_then(trace_id).ok_or("its id is no hex number")?;
        let mut spans: Vec<Span> = Vec::with_capacity(line.spans.len().min(1 << 16));
        for written in line.spans {
            let call_site = match written.call_site {
                Some(number) => {
                    known.call_sites.get(&number).cloned().ok_or("the line of a call site is missing")?
                }
                None => CallSite {
                    name: written.name.clone(),
                    kind: kind_of(&written.kind),
                    attributes: Vec::new(),
                },
            };
            let parent_span_id = match &written.parent {
                Json::Null => Some(SpanId::NONE),
                Json::String(id) => span_id(id),
                index => {
                    let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
                    index.and_then(|index| spans.get(index)).map(|parent| parent.span_id)
                }
            };
            let parent_span_id = parent_span_id.ok_or("a span has no such parent")?;
            spans.push(written.read(call_site, parent_span_id, line.start).ok_or("an id is no hex number")?);
        }
        let resource = Arc::clone(&known.resource);
        let mut flow = Flow { trace_id, spans, errors: Vec::new(), resource };
        flows::complete(&mut flow);
        Ok(flow)
    }
}

impl WrittenSpan {
    fn read(self, call_site: CallSite, parent_span_id: SpanId, flow_start: u64) -> Option<Span> {
        let CallSite { name, kind, mut attributes } = call_site;
        attributes.extend(self.attributes.0);
        let status = match self.status.as_str() {
            "ok" => Status::Ok,
            "error" => Status::Error { description: self.message.into() },
            _ => Status::Unset,
        };
        let start_ns = flow_start.saturating_add(self.start);
        let event = |event: WrittenEvent| Event {
            name: event.name.into(),
            time_ns: flow_start.saturating_add_signed(event.time),
            attributes: event.attributes.0,
            dropped_attributes: event.dropped_attributes,
        };
        Some(Span {
            span_id: span_id(&self.id)?,
            parent_span_id,
            parent: None,
            name: name.into(),
            kind,
            start_ns,
            end_ns: start_ns.saturating_add(self.duration),
            sparse: attributes.iter().any(|attribute| attribute.key == "omegi.times"),
            end_order: 0,
            outcome: if matches!(status, Status::Error { .. }) { Outcome::Error } else { Outcome::Returned },
            status,
            attributes,
            dropped_attributes: self.dropped_attributes,
            events: self.events.into_iter().map(event).collect(),
            dropped_events: self.dropped_events,
            links: self.links.into_iter().map(WrittenLink::read).collect::<Option<_>>()?,
            dropped_links: self.dropped_links,
        })
    }
}

impl WrittenLink {
    fn read(self) -> Option<Link> {
        let Self { flow, id, attributes: Attributes(attributes), dropped_attributes } = self;
        Some(Link { trace_id: trace_id(&flow)?, span_id: span_id(&id)?, attributes, dropped_attributes })
    }
}

fn trace_id(hex: &str) -> Option<TraceId> {
    u128::from_str_radix(hex, 16).ok().map(TraceId::from_u128)
}

fn span_id(hex: &str) -> Option<SpanId> {
    u64::from_str_radix(hex, 16).ok().map(SpanId::from_u64)
}

fn kind_of(word: &str) -> SpanKind {
    match word {
        "server" => SpanKind::Server,
        "client" => SpanKind::Client,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}
