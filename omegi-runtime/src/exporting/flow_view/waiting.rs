//! What an asynchronous call says of its waiting.

use crate::vocabulary::{Span, Value};

/// How long the call waited, in nanoseconds, if that was measured.
pub(in crate::exporting) fn idle_ns(span: &Span) -> Option<u64> {
    match span.attribute("omegi.async.idle_ns") {
        Some(Value::I64(idle)) => u64::try_from(*idle).ok(),
        _ => None,
    }
}

/// The file and line of the `.await` that the call stood at when it was dropped.
pub(in crate::exporting) fn cancelled_at(span: &Span) -> Option<&str> {
    match span.attribute("omegi.async.cancelled_at") {
        Some(Value::Str(place)) => Some(place),
        _ => None,
    }
}
