//! Reads the errors and their paths from the flows that a program exported.

use std::collections::BTreeSet;
use std::path::Path;

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
    /// Returns whether this error is the fault of that function.
    pub(crate) fn is_fault_of(&self, site: &Site) -> bool {
        let place = format!("{}:{})", site.file.display(), site.line);
        let origin = self.lines.iter().find(|line| line.starts_with("    at "));
        // Its caller may have described it in other words.
        self.message
            .split(|it: char| !it.is_alphanumeric() && it != ' ')
            .any(|part| part.trim().ends_with(&format!("injected fault {}", site.number)))
            || origin.is_some_and(|line| line.ends_with(&place))
    }
}

/// Returns the errors that the flows in a file tell, in a fixed order.
pub(crate) fn errors(file: &Path) -> Vec<ExportedError> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut found: Vec<_> = spans(&text).iter().flat_map(of_span).collect();
    found.sort();
    found
}

/// Returns the number of spans in a file.
pub(crate) fn span_count(file: &Path) -> usize {
    spans(&std::fs::read_to_string(file).unwrap_or_default()).len()
}

/// Returns the names of the spans with the status ERROR.
pub(crate) fn failed_spans(file: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let failed = spans(&text).into_iter().filter(|span| span["status"]["code"] == 2);
    failed.filter_map(|span| span["name"].as_str().map(str::to_owned)).collect()
}

fn spans(text: &str) -> Vec<Value> {
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .flat_map(|line| list(&line, "resourceSpans"))
        .flat_map(|resource| list(&resource, "scopeSpans"))
        .flat_map(|scope| list(&scope, "spans"))
        .collect()
}

fn of_span(span: &Value) -> Vec<ExportedError> {
    let exceptions = list(span, "events").into_iter().filter(|event| event["name"] == "exception");
    exceptions
        .map(|event| ExportedError {
            message: attribute(&event, "exception.message"),
            lines: attribute(&event, "exception.stacktrace").lines().map(str::to_owned).collect(),
        })
        .collect()
}

fn list(value: &Value, key: &str) -> Vec<Value> {
    value[key].as_array().cloned().unwrap_or_default()
}

fn attribute(event: &Value, key: &str) -> String {
    let attributes = list(event, "attributes");
    let found = attributes.iter().find(|attribute| attribute["key"] == key);
    found.and_then(|it| it["value"]["stringValue"].as_str()).unwrap_or_default().to_owned()
}
