//! The long spans of a segment: those that have been open for `OMEGI_FLOW_OPEN`.

use std::sync::Arc;

use crate::recording::data::record::SpanRef;
use crate::recording::flow::opener::Opener;

/// The long spans of a segment.
#[derive(Debug, Default)]
pub(super) struct LongSpans {
    pub(super) spans: Vec<LongSpan>,
    /// The number of children that have begun flows of their own.
    pub(super) children: u64,
    /// The number of spans that were cut out.
    pub(super) cut: u64,
    /// The number of those whose records are gone.
    pub(super) gone: u64,
}

/// A span that has been open for long.
#[derive(Debug)]
pub(super) struct LongSpan {
    pub(super) span: SpanRef,
    /// The span as its children see it, once one has begun or was cut out.
    pub(super) opener: Option<Arc<Opener>>,
}

impl LongSpans {
    /// Returns the entry of `span`, if that is long.
    pub(super) fn find(&self, span: SpanRef) -> Option<&LongSpan> {
        self.spans.iter().find(|long| long.span == span)
    }
}
