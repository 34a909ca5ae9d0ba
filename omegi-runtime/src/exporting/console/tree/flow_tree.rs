//! A flow with the indices that its tree needs.

use crate::exporting::flow_view::{Children, SpanErrors};
use crate::vocabulary::Flow;

use super::groups::Shapes;
use super::paint::Paint;

/// A flow and its indices. Displays as a tree with an empty line below.
pub(in crate::exporting::console) struct Tree<'f> {
    pub(super) flow: &'f Flow,
    pub(super) children: Children,
    pub(super) shapes: Shapes,
    pub(super) errors: SpanErrors<'f>,
    pub(super) paint: Paint,
}

impl<'f> Tree<'f> {
    /// Indexes the flow.
    pub(in crate::exporting::console) fn of(flow: &'f Flow, colour: bool) -> Self {
        let children = Children::of(flow);
        let shapes = Shapes::of(flow, &children);
        Self { flow, children, shapes, errors: SpanErrors::of(flow), paint: Paint::new(colour) }
    }
}
