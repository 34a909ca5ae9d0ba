//! Helpers for the tests of all formats.

use std::sync::{Mutex, PoisonError};

use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::{SpanId, TraceContext, TraceId};

/// The ids of the examples in the specifications.
pub(super) const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
pub(super) const SPAN: u64 = 0x00f0_67aa_0ba9_02b7;

/// Returns the headers of a request, in their order.
pub(super) fn headers<'h>(headers: impl IntoIterator<Item = (&'h str, &'h str)>) -> Vec<(String, String)> {
    headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Returns the context of the specifications' examples.
pub(super) fn example(sampled: bool) -> TraceContext {
    TraceContext {
        trace_id: TraceId::from_u128(TRACE),
        span_id: SpanId::from_u64(SPAN),
        sampled,
        ..TraceContext::default()
    }
}

/// Returns the result of `read`, and how many headers it ignored. Tests wait for each other here:
/// the process has one counter.
pub(super) fn ignored_during<R>(read: impl FnOnce() -> R) -> (R, u64) {
    static COUNTER: Mutex<()> = Mutex::new(());
    let _alone = COUNTER.lock().unwrap_or_else(PoisonError::into_inner);
    let before = COUNTERS.read().headers_ignored;
    let result = read();
    (result, COUNTERS.read().headers_ignored - before)
}
