//! Hooks for other libraries: they return their current span on this thread. Bridges to libraries
//! stand above recording, so it cannot call them by name.

use once_cell::race::OnceBox;

use crate::vocabulary::{SpanId, TraceContext};

use crate::recording::muting::quietly;
use crate::recording::shield::shielded;

/// The questions to another library. Its answers may panic.
#[derive(Debug)]
pub(crate) struct Hooks {
    /// Returns its current span.
    pub(crate) span_id: fn() -> SpanId,
    /// Returns its current span with its context; `None` if there is none.
    pub(crate) context: fn() -> Option<TraceContext>,
}

static HOOKS: OnceBox<Hooks> = OnceBox::new();

/// Sets the hooks. Only the first call has an effect.
pub(crate) fn set(hooks: Hooks) {
    let _ = HOOKS.set(Box::new(hooks));
}

/// Returns the other library's current span; [`SpanId::NONE`] if there is none.
#[inline]
pub(crate) fn span_id() -> SpanId {
    HOOKS.get().map_or(SpanId::NONE, |hooks| ask(hooks.span_id))
}

/// Returns the context of that span.
#[inline]
pub(crate) fn context() -> Option<TraceContext> {
    HOOKS.get().and_then(|hooks| ask(hooks.context))
}

fn ask<T: Default>(question: fn() -> T) -> T {
    shielded(|| quietly(question)).unwrap_or_default()
}
