//! The suffix of a span's name for its kind.

use crate::vocabulary::SpanKind;

/// Returns ` [server]` and the like; nothing for the kind of most spans.
pub(in crate::exporting) const fn kind_suffix(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Internal => "",
        SpanKind::Server => " [server]",
        SpanKind::Client => " [client]",
        SpanKind::Producer => " [producer]",
        SpanKind::Consumer => " [consumer]",
    }
}
