//! Reads error paths from the `exception` events: their stack traces list one call a line.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use omegi_runtime::{ErrorReport, ErrorText, Event, Location, Outcome, PathStep, Span, Status, Value};

/// Returns the errors of a flow, in the order of the spans where they began. Marks the spans of
/// panics.
pub(super) fn of(spans: &mut [Span]) -> Vec<ErrorReport> {
    let errors: Vec<_> = (0..spans.len()).flat_map(|index| begun_in(spans, index)).collect();
    for error in errors.iter().filter(|error| error.error_type == "panic") {
        error.path.iter().for_each(|step| spans[step.span].outcome = Outcome::Panic);
    }
    errors
}

/// Returns the errors that began in a span: those of calls without a span, and its own, the last of
/// which it ended with.
fn begun_in(spans: &[Span], index: usize) -> Vec<ErrorReport> {
    let exceptions = spans[index].events.iter().filter(|event| event.name == "exception");
    let (mut begun, own): (Vec<_>, Vec<_>) = exceptions.partition(|event| is_unrecorded(event));
    begun.extend(own.last());
    begun.into_iter().map(|exception| report(spans, index, exception)).collect()
}

/// Returns whether the error of an event began in a call without a span.
fn is_unrecorded(exception: &Event) -> bool {
    exception.attributes.iter().any(|attribute| attribute.key == FUNCTION)
}

fn report(spans: &[Span], origin: usize, exception: &Event) -> ErrorReport {
    let text_of = |key: &str| {
        let attribute = exception.attributes.iter().find(|attribute| attribute.key == key);
        attribute.map(|attribute| attribute.value.to_string()).unwrap_or_default()
    };
    let (error_type, message, trace) =
        (text_of("exception.type"), text_of("exception.message"), text_of("exception.stacktrace"));
    let mut text = ErrorText { error_type: error_type.clone().into(), message: message.clone() };
    let (mut path, mut around) = (Vec::new(), Some(origin));
    for (function, location) in trace.lines().filter_map(call) {
        let Some(span) = around else { break };
        // Without a span of its own a call is made in the one around, which has another function.
        let recorded = !(path.is_empty() && is_unrecorded(exception)) && is_call_of(&spans[span], function);
        let now = error_text(&spans[span]).filter(|now| recorded && *now != text);
        text = now.clone().unwrap_or_else(|| text.clone());
        path.push(PathStep {
            span,
            recorded,
            function: function.to_owned().into(),
            location,
            exact: true,
            became: now,
        });
        if recorded {
            around = spans[span].parent;
        }
    }
    let causes =
        trace.lines().filter_map(|line| line.strip_prefix("caused by: ")).map(str::to_owned).collect();
    ErrorReport { error_type: error_type.into(), message, causes, path }
}

/// The attribute with a function's full path.
const FUNCTION: &str = "code.function.name";

/// Returns whether a span is a call of this function, as far as it tells.
fn is_call_of(span: &Span, function: &str) -> bool {
    span.attribute(FUNCTION).is_none_or(|own| own.to_string() == function)
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
