//! Each flow as one JSON object on a line, which repeats neither the resource nor the facts of call
//! sites (ADR 30 describes the format).
//!
//! ```text
//! {"resource":"1f2e-9c01","attributes":{"service.name":"shop"}}
//! {"callSite":0,"resource":"1f2e-9c01","name":"orders::place","attributes":{"code.line.number":17}}
//! {"flow":"4bf9…","failed":true,"resource":"1f2e-9c01","start":1795161600000000000,"spans":[
//!     {"callSite":0,"id":"00f0…","start":0,"duration":1500000,"status":"error","message":"no item"}]}
//! ```

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::exporting::json::{JsonValue, Members, Text, list, object};
use crate::vocabulary::{Attribute, Event, Flow, Link, Resource, Span, SpanKind, Status};

/// The largest number of call sites with a line. Names that a program makes up would grow without
/// bound.
const CALL_SITES: usize = 4_096;

/// The lines of flows, after those that they refer to.
pub(super) struct CompactLines {
    resource: Option<Arc<Resource>>,
    /// The name of the resource in the file, which other processes write to as well.
    resource_id: String,
    call_sites: HashMap<CallSiteKey, usize>,
}

/// The facts that all spans of a call site have in common.
#[derive(PartialEq, Eq, Hash)]
struct CallSiteKey(String);

impl CompactLines {
    /// Returns lines that repeat nothing of each other.
    pub(super) fn new() -> Self {
        Self { resource: None, resource_id: String::new(), call_sites: HashMap::new() }
    }

    /// Returns the line of a flow, and before it those that it is the first to refer to.
    pub(super) fn of(&mut self, flow: &Flow) -> String {
        let mut lines = String::new();
        if self.resource.as_ref() != Some(&flow.resource) {
            self.begin(&flow.resource, &mut lines);
        }
        let sites: Vec<_> = flow.spans.iter().map(|span| self.call_site(span, &mut lines)).collect();
        let _ = writeln!(lines, "{:#}", FlowLine { flow, sites: &sites, resource: &self.resource_id });
        lines
    }

    fn begin(&mut self, resource: &Arc<Resource>, lines: &mut String) {
        *self = Self { resource: Some(Arc::clone(resource)), resource_id: unique_id(), ..Self::new() };
        let (id, attributes) = (&self.resource_id, Attributes(resource.attributes.iter().collect()));
        let _ = writeln!(lines, "{{\"resource\":\"{id}\",\"attributes\":{attributes:#}}}");
    }

    /// Returns the number of the call site of a span; `None` if there are too many.
    fn call_site(&mut self, span: &Span, lines: &mut String) -> Option<usize> {
        let mut key = String::new();
        let _ = write!(key, "{:#}", CallSite(span));
        let (next, resource) = (self.call_sites.len(), &self.resource_id);
        let key = CallSiteKey(key);
        if let Some(known) = self.call_sites.get(&key) {
            return Some(*known);
        }
        if next == CALL_SITES {
            return None;
        }
        let CallSiteKey(facts) = &key;
        let _ = writeln!(lines, "{{\"callSite\":{next},\"resource\":\"{resource}\",{facts}}}");
        self.call_sites.insert(key, next);
        Some(next)
    }
}

/// Returns the line that tells that the file takes no more than `limit` bytes.
pub(super) fn full(limit: u64) -> String {
    format!("{{\"full\":{limit}}}\n")
}

/// Returns an id that no other process uses for a resource in the same file.
fn unique_id() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{:x}-{:x}-{number:x}", std::process::id(), now & 0xffff_ffff)
}

/// Displays the members of a call site's line, without braces.
struct CallSite<'f>(&'f Span);

impl Display for CallSite<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(span) = self;
        write!(f, "\"name\":{}", Text(&span.name))?;
        if span.kind != SpanKind::Internal {
            write!(f, ",\"kind\":\"{}\"", kind(span.kind))?;
        }
        let code = span.attributes.iter().filter(|it| is_of_call_site(it)).collect();
        write!(f, ",\"attributes\":{:#}", Attributes(code))
    }
}

fn is_of_call_site(attribute: &Attribute) -> bool {
    attribute.key.starts_with("code.")
}

struct FlowLine<'f> {
    flow: &'f Flow,
    sites: &'f [Option<usize>],
    resource: &'f str,
}

impl Display for FlowLine<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { flow, sites, resource } = self;
        let start_ns = flow.spans.iter().map(|span| span.start_ns).min().unwrap_or_default();
        object(f, |members| {
            members.shown("flow", format_args!("\"{}\"", flow.trace_id))?;
            if flow.has_error() {
                members.shown("failed", true)?;
            }
            members.shown("resource", Text(resource))?;
            members.shown("start", start_ns)?;
            let spans = flow.spans.iter().zip(*sites);
            members
                .member("spans", |f| list(f, spans, |f, (span, site)| write_span(f, span, *site, start_ns)))
        })
    }
}

fn write_span(f: &mut Formatter<'_>, span: &Span, site: Option<usize>, start_ns: u64) -> fmt::Result {
    object(f, |members| {
        if let Some(site) = site {
            members.shown("callSite", site)?;
        } else {
            members.shown("name", Text(&span.name))?;
            members.shown("kind", Text(kind(span.kind)))?;
        }
        members.shown("id", format_args!("\"{}\"", span.span_id))?;
        match span.parent {
            Some(parent) => members.shown("parent", parent)?,
            None if span.parent_span_id.is_some() => {
                members.shown("parent", format_args!("\"{}\"", span.parent_span_id))?;
            }
            None => {}
        }
        members.shown("start", span.start_ns - start_ns)?;
        members.shown("duration", span.end_ns.saturating_sub(span.start_ns))?;
        match &span.status {
            Status::Unset => {}
            Status::Ok => members.shown("status", Text("ok"))?,
            Status::Error { description } => {
                members.shown("status", Text("error"))?;
                members.shown("message", Text(description))?;
            }
        }
        let own = span.attributes.iter().filter(|it| site.is_none() || !is_of_call_site(it)).collect();
        attributes(members, own)?;
        some(members, "events", &span.events, |f, it| event(f, it, start_ns))?;
        some(members, "links", &span.links, link)?;
        dropped(members, "droppedAttributes", span.dropped_attributes)?;
        dropped(members, "droppedEvents", span.dropped_events)?;
        dropped(members, "droppedLinks", span.dropped_links)
    })
}

/// Writes the member of a list that is not empty.
fn some<T>(
    members: &mut Members<'_, '_>,
    name: &str,
    items: &[T],
    write: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    if items.is_empty() { Ok(()) } else { members.member(name, |f| list(f, items, write)) }
}

fn event(f: &mut Formatter<'_>, event: &Event, start_ns: u64) -> fmt::Result {
    object(f, |members| {
        members.shown("name", Text(&event.name))?;
        // An event may be older than its flow.
        members.shown("time", i128::from(event.time_ns) - i128::from(start_ns))?;
        attributes(members, event.attributes.iter().collect())?;
        dropped(members, "droppedAttributes", event.dropped_attributes)
    })
}

fn link(f: &mut Formatter<'_>, link: &Link) -> fmt::Result {
    object(f, |members| {
        members.shown("flow", format_args!("\"{}\"", link.trace_id))?;
        members.shown("id", format_args!("\"{}\"", link.span_id))?;
        attributes(members, link.attributes.iter().collect())?;
        dropped(members, "droppedAttributes", link.dropped_attributes)
    })
}

fn attributes(members: &mut Members<'_, '_>, attributes: Vec<&Attribute>) -> fmt::Result {
    if attributes.is_empty() { Ok(()) } else { members.shown("attributes", Attributes(attributes)) }
}

fn dropped(members: &mut Members<'_, '_>, name: &str, count: u32) -> fmt::Result {
    if count == 0 { Ok(()) } else { members.shown(name, count) }
}

struct Attributes<'f>(Vec<&'f Attribute>);

impl Display for Attributes<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        object(f, |members| {
            let Self(attributes) = self;
            attributes.iter().try_for_each(|Attribute { key, value }| members.shown(key, JsonValue(value)))
        })
    }
}

const fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Internal => "internal",
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{failing_order, flow, span};

    fn numbered(line: u32) -> Flow {
        let mut root = span("root", None);
        root.attributes =
            vec![Attribute::new("code.line.number", i64::from(line)), Attribute::new("thread.id", 1)];
        flow([root])
    }

    #[test]
    fn the_resource_and_call_sites_are_written_once() {
        let mut lines = CompactLines::new();
        let first = lines.of(&numbered(1));
        let kinds = |text: &str| -> Vec<_> { text.lines().map(|line| line[..7].to_owned()).collect() };
        assert_eq!(kinds(&first), ["{\"resou", "{\"callS", "{\"flow\""]);
        assert!(first.contains("\"service.name\":\"shop\""), "{first}");
        let again = lines.of(&numbered(1));
        assert_eq!(kinds(&again), ["{\"flow\""]);
        assert!(!again.contains("code.") && again.contains("\"thread.id\":1"), "{again}");
        assert_eq!(kinds(&lines.of(&numbered(2))), ["{\"callS", "{\"flow\""]);
    }

    #[test]
    fn a_failed_flow_says_so_at_the_beginning_of_its_line() {
        let text = CompactLines::new().of(&failing_order());
        let line = text.lines().last().unwrap();
        assert!(line[42..].starts_with(",\"failed\":true,"), "{line}");
    }

    #[test]
    fn the_number_of_call_sites_is_bounded() {
        let mut lines = CompactLines::new();
        (0..CALL_SITES as u32).for_each(|line| drop(lines.of(&numbered(line))));
        let text = lines.of(&numbered(u32::MAX));
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains("\"name\":\"root\"") && text.contains("4294967295"), "{text}");
    }
}
