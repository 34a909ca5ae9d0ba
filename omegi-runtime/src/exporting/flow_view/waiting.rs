//! The waiting of an asynchronous call.

use crate::vocabulary::{Span, Value};

/// The time that the call waited, in nanoseconds, if it was measured.
pub(in crate::exporting) fn idle_ns(span: &Span) -> Option<u64> {
    match span.attribute("omegi.async.idle_ns") {
        Some(Value::I64(idle)) => u64::try_from(*idle).ok(),
        _ => None,
    }
}

/// The file and line of the `.await` at which the call was dropped.
pub(in crate::exporting) fn cancelled_at(span: &Span) -> Option<&str> {
    match span.attribute("omegi.async.cancelled_at") {
        Some(Value::Str(place)) => Some(place),
        _ => None,
    }
}
