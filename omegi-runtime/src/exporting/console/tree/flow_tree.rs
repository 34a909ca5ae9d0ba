//! A flow and all that is read out of it before it is written.

use crate::exporting::flow_view::{Children, SpanErrors};
use crate::vocabulary::Flow;

use super::groups::Shapes;
use super::paint::Paint;

/// A flow and what was read out of it, displayed as a tree with an empty line below.
pub(in crate::exporting::console) struct Tree<'f> {
    pub(super) flow: &'f Flow,
    pub(super) children: Children,
    pub(super) shapes: Shapes,
    pub(super) errors: SpanErrors<'f>,
    pub(super) paint: Paint,
}

impl<'f> Tree<'f> {
    /// Reads the flow.
    pub(in crate::exporting::console) fn of(flow: &'f Flow, colour: bool) -> Self {
        let children = Children::of(flow);
        let shapes = Shapes::of(flow, &children);
        Self { flow, children, shapes, errors: SpanErrors::of(flow), paint: Paint::new(colour) }
    }
}
