//! What a span's kind adds to its name.

use crate::vocabulary::SpanKind;

/// ` [server]` and the like; nothing for the kind that most spans have.
pub(in crate::exporting) const fn kind_suffix(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Internal => "",
        SpanKind::Server => " [server]",
        SpanKind::Client => " [client]",
        SpanKind::Producer => " [producer]",
        SpanKind::Consumer => " [consumer]",
    }
}
