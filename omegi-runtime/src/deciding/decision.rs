//! Decides about a flow that has ended, and names the reason.

use std::time::Instant;

use crate::deciding::error_rate_limit::{ErrorRateLimit, LimitDecision};
use crate::recording::policy::{Decision, FlowEnding};
use crate::vocabulary::decision::DecisionReason;

/// Decides about a flow: by its errors within the limit, else by a request to keep it, else by
/// sampling. A late part of a kept flow is kept, for no lesser reason than the flow. The clock is
/// read only for a flow with an error.
pub(crate) fn decide(ending: &FlowEnding, limit: &ErrorRateLimit, now: impl FnOnce() -> Instant) -> Decision {
    let FlowEnding { sampled, keep_requested, has_counted_error, kinds, kept_already } = ending;
    let own = match (keep_requested, sampled) {
        (true, _) => DecisionReason::Requested,
        (_, true) => DecisionReason::Sampled,
        _ => DecisionReason::Unsampled,
    };
    let otherwise = kept_already.map_or(own, |reason| reason.min(own));
    if !has_counted_error {
        return Decision { reason: otherwise, suppressed: 0 };
    }
    match limit.judge(kinds, otherwise.is_kept(), now()) {
        LimitDecision::Keep { suppressed } => Decision { reason: DecisionReason::Failed, suppressed },
        LimitDecision::KeepAnyway { suppressed } => Decision { reason: otherwise, suppressed },
        LimitDecision::Suppress => Decision { reason: DecisionReason::Suppressed, suppressed: 0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::data::error_kinds::ErrorKinds;

    fn reason(sampled: bool, keep_requested: bool, has_counted_error: bool, limit: u64) -> DecisionReason {
        let kinds = ErrorKinds::default();
        let ending = FlowEnding { sampled, keep_requested, has_counted_error, kinds, kept_already: None };
        decide(&ending, &ErrorRateLimit::new(Some(limit)), Instant::now).reason
    }

    #[test]
    fn an_error_comes_before_a_request_and_that_before_sampling() {
        assert_eq!(reason(true, true, true, 1), DecisionReason::Failed);
        assert_eq!(reason(true, true, false, 1), DecisionReason::Requested);
        assert_eq!(reason(true, false, false, 1), DecisionReason::Sampled);
        assert_eq!(reason(false, false, false, 1), DecisionReason::Unsampled);
    }

    #[test]
    fn beyond_the_error_rate_limit_another_reason_keeps_the_flow() {
        assert_eq!(reason(false, true, true, 0), DecisionReason::Requested);
        assert_eq!(reason(true, false, true, 0), DecisionReason::Sampled);
        assert_eq!(reason(false, false, true, 0), DecisionReason::Suppressed);
    }

    #[test]
    fn a_late_part_is_kept_for_no_lesser_reason_than_its_flow() {
        use DecisionReason::{Failed, Requested, Sampled};
        let reason = |flow, keep_requested, has_counted_error| {
            let kinds = ErrorKinds::default();
            let ending = FlowEnding {
                sampled: false,
                keep_requested,
                has_counted_error,
                kinds,
                kept_already: Some(flow),
            };
            decide(&ending, &ErrorRateLimit::new(Some(0)), Instant::now).reason
        };
        assert_eq!(
            [Failed, Requested, Sampled].map(|flow| reason(flow, false, false)),
            [Failed, Requested, Sampled]
        );
        assert_eq!([Failed, Sampled].map(|flow| reason(flow, true, false)), [Failed, Requested]);
        assert_eq!([Failed, Sampled].map(|flow| reason(flow, false, true)), [Failed, Sampled]);
    }
}
