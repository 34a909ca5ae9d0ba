//! The parent of a call that begins while its thread works on no segment: the current span of
//! another library, if there is one.

use crate::vocabulary::TraceContext;

use crate::recording::flow::origin::{Origin, Trace};
use crate::recording::hooks;
use crate::recording::lifecycle;
use crate::recording::muting::is_muted;
use crate::recording::segment::Segment;
#[cfg(feature = "otel")]
use crate::recording::thread::current;
use crate::recording::thread::registry;

/// The parent of such a call.
#[derive(Debug)]
pub(crate) enum CallParent {
    /// A span of this segment, which was parked.
    In(&'static mut Segment),
    /// A span in no parked segment, or none. The call begins a segment with this origin.
    Outside(Origin),
}

/// Finds the parent of a call. Takes its segment if that is parked.
#[inline]
pub(crate) fn find() -> CallParent {
    let Some(context) = current_context() else { return CallParent::Outside(Origin::default()) };
    let slot = registry::find(context.trace_id, context.span_id);
    let parked = slot.and_then(|(slot, _)| lifecycle::take_parked(&slot));
    parked.map_or_else(|| CallParent::Outside(origin_below(context)), CallParent::In)
}

/// Returns the origin of a call that begins a segment in any case.
pub(crate) fn origin() -> Origin {
    current_context().map(origin_below).unwrap_or_default()
}

#[inline]
fn current_context() -> Option<TraceContext> {
    if is_muted() { None } else { hooks::context() }
}

/// Returns the origin of a segment below this span.
pub(crate) fn origin_below(context: TraceContext) -> Origin {
    let Some((slot, parent)) = registry::find(context.trace_id, context.span_id) else {
        return Origin::remote(context);
    };
    Origin {
        trace: Trace::Known(context.trace_id),
        parent_span_id: context.span_id,
        branch: slot.flow.part().map(|part| (part, parent)),
        remote: slot.remote.clone(),
        link: None,
        opener: None,
    }
}

/// Returns the context of the active span, if that is newer than the other library's current span.
/// The other library cannot know that.
#[cfg(feature = "otel")]
pub(crate) fn newer_than_current() -> Option<TraceContext> {
    let current = hooks::span_id();
    current::with(|segment| {
        segment.is_newer_than(current).then(|| {
            // The receiver of this context joins the flow by the registry.
            lifecycle::registered_slot(segment);
            segment.context()
        })
    })
    .flatten()
}
