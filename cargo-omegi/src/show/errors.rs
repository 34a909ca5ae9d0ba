//! Reads error paths from the `exception` events: their stack traces list one call a line.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use omegi_runtime::{ErrorReport, ErrorText, Event, Location, Outcome, PathStep, Span, Status, Value};

/// Returns the errors of a flow, in the order of the spans where they began. Marks the spans of
/// panics.
pub(super) fn of(spans: &mut [Span]) -> Vec<ErrorReport> {
    let origins = (0..spans.len()).filter_map(|index| {
        let exception = spans[index].events.iter().rev().find(|event| event.name == "exception")?;
        Some(report(spans, index, exception))
    });
    let errors: Vec<_> = origins.collect();
    for error in errors.iter().filter(|error| error.error_type == "panic") {
        error.path.iter().for_each(|step| spans[step.span].outcome = Outcome::Panic);
    }
    errors
}

fn report(spans: &[Span], origin: usize, exception: &Event) -> ErrorReport {
    let text_of = |key: &str| {
        let attribute = exception.attributes.iter().find(|attribute| attribute.key == key);
        attribute.map(|attribute| attribute.value.to_string()).unwrap_or_default()
    };
    let (error_type, message, trace) =
        (text_of("exception.type"), text_of("exception.message"), text_of("exception.stacktrace"));
    let mut text = ErrorText { error_type: error_type.clone().into(), message: message.clone() };
    let callers = std::iter::successors(Some(origin), |index| spans[*index].parent);
    let calls = trace.lines().filter_map(call);
    let path = callers.zip(calls).map(|(span, (function, location))| {
        let now = error_text(&spans[span]).filter(|now| *now != text);
        text = now.clone().unwrap_or_else(|| text.clone());
        PathStep {
            span,
            recorded: true,
            function: function.to_owned().into(),
            location,
            exact: true,
            became: now,
        }
    });
    let path = path.collect();
    let causes =
        trace.lines().filter_map(|line| line.strip_prefix("caused by: ")).map(str::to_owned).collect();
    ErrorReport { error_type: error_type.into(), message, causes, path }
}

/// Returns the error as it left a span.
fn error_text(span: &Span) -> Option<ErrorText> {
    match (span.attribute("error.type"), &span.status) {
        (Some(Value::Str(error_type)), Status::Error { description }) => {
            Some(ErrorText { error_type: Cow::clone(error_type), message: description.clone().into_owned() })
        }
        _ => None,
    }
}

/// Reads a line such as `    at shop::db::find (src/db.rs:42)`.
fn call(line: &str) -> Option<(&str, Location)> {
    let (function, location) = line.strip_prefix("    at ")?.strip_suffix(')')?.split_once(" (")?;
    let (file, line) = location.rsplit_once(':')?;
    Some((function, Location { file: interned(file), line: line.parse().ok()? }))
}

/// The largest number of names of files that are stored.
const FILES: usize = 65_536;

/// Returns a file's name that lives as long as the program. Each is stored once.
fn interned(file: &str) -> &'static str {
    static KNOWN: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut files = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = files.get(file) {
        return known;
    }
    if files.len() == FILES {
        return "\u{2026}";
    }
    let file: &'static str = Box::leak(file.into());
    files.insert(file);
    file
}
