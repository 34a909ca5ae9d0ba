//! Reads the errors and their paths from the flows that a program exported.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::injection::Site;

/// An error as an exported flow tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ExportedError {
    pub(crate) message: String,
    /// The type, the causes and the path: a line each, from the error's origin on.
    pub(crate) lines: Vec<String>,
}

impl ExportedError {
    /// Returns whether this is a panic. Its path has the steps of spans alone.
    fn is_panic(&self) -> bool {
        self.lines.first().is_some_and(|line| line.starts_with("panic: "))
    }

    /// Returns whether this error is the fault of that function, and no panic that quotes it.
    pub(crate) fn is_fault_of(&self, site: &Site) -> bool {
        if self.is_panic() {
            return false;
        }
        let place = format!("{}:{})", site.file.display(), site.line);
        let origin = self.lines.iter().find(|line| line.starts_with("    at "));
        // Its caller may have described it in other words.
        self.message
            .split(|it: char| !it.is_alphanumeric() && it != ' ')
            .any(|part| part.trim().ends_with(&format!("injected fault {}", site.number)))
            || origin.is_some_and(|line| line.ends_with(&place))
    }
}

/// The facts of a program's flows that are compared.
#[derive(Debug, Default)]
pub(crate) struct ExportedFlows {
    /// In a fixed order.
    pub(crate) errors: Vec<ExportedError>,
    /// The names of the spans with the status ERROR.
    pub(crate) failed_spans: BTreeSet<String>,
    pub(crate) span_count: usize,
}

impl ExportedFlows {
    /// Reads a file of OTLP/JSON lines.
    pub(crate) fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let mut flows = Self::default();
        for line in text.lines() {
            let data: TracesData = serde_json::from_str(line).unwrap();
            let scopes = data.resource_spans.into_iter().flat_map(|it| it.scope_spans);
            scopes.flat_map(|it| it.spans).for_each(|span| flows.add(span));
        }
        flows.errors.sort();
        flows
    }

    fn add(&mut self, span: Span) {
        self.span_count += 1;
        if span.status.code == ERROR {
            self.failed_spans.insert(span.name);
        }
        for event in span.events.iter().filter(|event| event.name == "exception") {
            self.errors.push(ExportedError {
                message: event.text_of("exception.message").to_owned(),
                lines: event.text_of("exception.stacktrace").lines().map(str::to_owned).collect(),
            });
        }
    }
}

/// The status ERROR of OTLP.
const ERROR: u32 = 2;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TracesData {
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans {
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Deserialize)]
struct ScopeSpans {
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    name: String,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    code: u32,
}

#[derive(Deserialize)]
struct Event {
    name: String,
    #[serde(default)]
    attributes: Vec<Attribute>,
}

impl Event {
    fn text_of(&self, key: &str) -> &str {
        let found = self.attributes.iter().find(|attribute| attribute.key == key);
        found.and_then(|attribute| attribute.value["stringValue"].as_str()).unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct Attribute {
    key: String,
    value: Value,
}
