//! What another library says is at work on this thread. It is asked here and not called by name, because bridges to other
//! libraries stand above recording.

use std::sync::OnceLock;

use crate::vocabulary::{SpanId, TraceContext};

use crate::recording::muting::quietly;
use crate::recording::shield::shielded;

/// How another library is asked. What is called may panic.
#[derive(Debug)]
pub(crate) struct Hooks {
    /// Its current span.
    pub(crate) span_id: fn() -> SpanId,
    /// The same, with all that is known of it; `None` where there is none.
    pub(crate) context: fn() -> Option<TraceContext>,
}

static HOOKS: OnceLock<Hooks> = OnceLock::new();

/// Asks by `hooks` from now on. The first call counts.
pub(crate) fn set(hooks: Hooks) {
    let _ = HOOKS.set(hooks);
}

/// The other library's current span; [`SpanId::NONE`] where there is none.
#[inline]
pub(crate) fn span_id() -> SpanId {
    HOOKS.get().map_or(SpanId::NONE, |hooks| ask(hooks.span_id))
}

/// All that is known of that span.
pub(crate) fn context() -> Option<TraceContext> {
    HOOKS.get().and_then(|hooks| ask(hooks.context))
}

fn ask<T: Default>(question: fn() -> T) -> T {
    shielded(|| quietly(question)).unwrap_or_default()
}
