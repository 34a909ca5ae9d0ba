//! Forks: the origins of work that a flow starts elsewhere.

use crate::vocabulary::Link;

use crate::recording::data::recorded::Attached;
use crate::recording::flow::origin::{Origin, Trace};
use crate::recording::flow::shared_flow::FlowPart;
use crate::recording::ids;
use crate::recording::muting::quietly;
use crate::recording::segment::Segment;

/// Forks.
impl Segment {
    /// Returns the origin of work that the active span starts, as its parent.
    pub(crate) fn branch(&mut self) -> Origin {
        let attached = self.place();
        if let Some(child) = self.child_of(attached.span) {
            return child;
        }
        self.ids_given = true;
        let (sampled, root) = (self.sampled, self.root_site());
        self.forks += 1;
        let part = quietly(|| self.part.get_or_insert_with(|| FlowPart::first(sampled, root)).another());
        Origin {
            trace: Trace::Known(self.identity.trace_id),
            parent_span_id: ids::span_id(attached.seed, attached.span),
            branch: Some((part, attached)),
            remote: self.remote.clone(),
            link: None,
            opener: None,
        }
    }

    /// Returns the origin of detached work that the active span starts: a new flow, linked to it.
    pub(crate) fn detached(&mut self) -> Origin {
        let Attached { seed, span } = self.place();
        self.ids_given = true;
        let span_id = ids::span_id(seed, span);
        let link = Link::to(self.identity.trace_id, span_id);
        let trace = Trace::Like { sampled: self.sampled };
        Origin { trace, link: Some(link), remote: self.remote.clone(), ..Origin::default() }
    }

    /// Returns the active span, or the one that it is summarised on; a foreign span, if that is
    /// newer.
    pub(crate) fn place(&mut self) -> Attached {
        let newest = self.active_foreign().unwrap_or(self.cursor);
        Attached { seed: self.identity.seed, span: self.host(newest) }
    }

    /// Its part in a flow that has forked.
    pub(crate) fn take_part(&mut self) -> Option<FlowPart> {
        self.part.take()
    }
}
