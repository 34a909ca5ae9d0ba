//! Where a flow begins, or goes on.

use std::sync::Arc;

use crate::vocabulary::{Link, SpanId, TraceContext, TraceId};

use super::branching::Share;
use super::recorded::Attached;

/// Where a segment comes from.
#[derive(Debug, Default)]
pub(crate) struct Origin {
    pub(crate) trace: Trace,
    /// The span that its root belongs under.
    pub(crate) parent_span_id: SpanId,
    /// Its share in a flow that has forked, and the span of that flow which it belongs under.
    pub(crate) branch: Option<(Share, Attached)>,
    /// The span that started its root without waiting for it.
    pub(crate) link: Option<Link>,
    /// What came with the request that its root answers, to go along with the requests that this causes.
    pub(crate) remote: Option<Arc<TraceContext>>,
}

impl Origin {
    /// The part of a trace that a request begins in this process.
    pub(crate) fn remote(context: TraceContext) -> Self {
        let (trace, parent_span_id) = if context.is_valid() {
            (Trace::Known(context.trace_id), context.span_id)
        } else {
            Default::default()
        };
        Self { trace, parent_span_id, remote: Some(Arc::new(context)), ..Self::default() }
    }

    /// What has been decided about the flow that this one belongs to, if it belongs to one: by the service that called, or
    /// here about the flow that started this one.
    pub(crate) fn caller_sampled(&self) -> Option<bool> {
        match (self.trace, &self.remote) {
            (Trace::Like { sampled }, _) => Some(sampled),
            (Trace::Known(id), Some(remote)) if remote.is_valid() && remote.trace_id == id => {
                Some(remote.sampled)
            }
            _ => None,
        }
    }

    /// The span that its root belongs under, if that is in a flow which has forked.
    pub(crate) fn place(&self) -> Option<Attached> {
        self.branch.as_ref().map(|(_, attached)| *attached)
    }
}

/// Which trace a segment belongs to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Trace {
    /// A new one.
    #[default]
    New,
    /// A new one that is sampled just as another is: who sees one will want to see the other.
    Like { sampled: bool },
    /// This one.
    Known(TraceId),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_called_has_decided_about_its_own_trace_alone() {
        let came = TraceContext {
            trace_id: TraceId::from_u128(1),
            span_id: SpanId::from_u64(2),
            sampled: true,
            ..TraceContext::default()
        };
        let remote = Some(Arc::new(came.clone()));
        assert_eq!(Origin::remote(came).caller_sampled(), Some(true));
        assert_eq!(Origin::remote(TraceContext::default()).caller_sampled(), None);
        let other = Origin { trace: Trace::Known(TraceId::from_u128(3)), remote, ..Origin::default() };
        assert_eq!(other.caller_sampled(), None);
        let like = Origin { trace: Trace::Like { sampled: false }, ..Origin::default() };
        assert_eq!((like.caller_sampled(), Origin::default().caller_sampled()), (Some(false), None));
    }
}
