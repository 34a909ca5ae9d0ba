//! The origin of a segment: a new flow, or a span that it continues.

use std::sync::Arc;

use crate::vocabulary::{Link, SpanId, TraceContext, TraceId};

use crate::recording::data::recorded::Attached;
use crate::recording::flow::opener::Opener;
use crate::recording::flow::shared_flow::FlowPart;

/// The origin of a segment.
#[derive(Debug, Default)]
pub(crate) struct Origin {
    pub(crate) trace: Trace,
    /// The parent of its root.
    pub(crate) parent_span_id: SpanId,
    /// Its part of a forked flow, and the span of that flow which it belongs under.
    pub(crate) branch: Option<(FlowPart, Attached)>,
    /// The span that started its root without waiting for it.
    pub(crate) link: Option<Link>,
    /// The open span whose child its root is, if that child is a flow of its own.
    pub(crate) opener: Option<Arc<Opener>>,
    /// The context of the request that its root answers. Outgoing requests carry it on.
    pub(crate) remote: Option<Arc<TraceContext>>,
}

impl Origin {
    /// Returns the origin of a request from another process.
    pub(crate) fn remote(context: TraceContext) -> Self {
        let (trace, parent_span_id) = if context.is_valid() {
            (Trace::Known(context.trace_id), context.span_id)
        } else {
            Default::default()
        };
        Self { trace, parent_span_id, remote: Some(Arc::new(context)), ..Self::default() }
    }

    /// Returns the same origin in this process: work that was handed over before this process was
    /// forked off is no part of the other one's flow.
    pub(crate) fn in_this_process(mut self) -> Self {
        self.branch.take_if(|(part, _)| !part.is_of_this_process());
        self.opener.take_if(|opener| !opener.is_of_this_process());
        self
    }

    /// Returns the origin of a call below a span of another segment; of a new flow, if `trace_id`
    /// is zero.
    pub(crate) fn below(trace_id: TraceId, parent_span_id: SpanId) -> Self {
        let trace = if trace_id == TraceId::default() { Trace::New } else { Trace::Known(trace_id) };
        Self { trace, parent_span_id, ..Self::default() }
    }

    /// Returns its trace, or zero if that is new.
    pub(crate) fn known_trace(&self) -> TraceId {
        if let Trace::Known(trace_id) = self.trace { trace_id } else { TraceId::default() }
    }

    /// Returns the sampling decision of the caller: of the service that called, or of the flow that
    /// started this one.
    pub(crate) fn caller_sampled(&self) -> Option<bool> {
        match (self.trace, &self.remote) {
            (Trace::Like { sampled }, _) => Some(sampled),
            (Trace::Known(id), Some(remote)) if remote.is_valid() && remote.trace_id == id => {
                Some(remote.sampled)
            }
            _ => None,
        }
    }

    /// Returns the span that its root belongs under, if that is in a forked flow.
    pub(crate) fn place(&self) -> Option<Attached> {
        self.branch.as_ref().map(|(_, attached)| *attached)
    }
}

/// The trace of a segment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Trace {
    /// A new one.
    #[default]
    New,
    /// A new one, sampled as the flow that started it: a reader of one looks for the other.
    Like { sampled: bool },
    /// This one.
    Known(TraceId),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_decides_about_its_own_trace_alone() {
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
