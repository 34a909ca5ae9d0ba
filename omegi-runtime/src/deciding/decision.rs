//! Decides about a flow that has ended, and names the reason.

use std::time::Instant;

use crate::deciding::error_rate_limit::{ErrorRateLimit, LimitDecision};
use crate::recording::data::error_kinds::ErrorKinds;
use crate::recording::data::judged_errors::JudgedErrors;
use crate::recording::policy::{Decision, FlowEnding};
use crate::vocabulary::decision::DecisionReason;

/// The number of flows with an error that does not count that are kept for people to see, of each
/// kind: at first. Later it is one a minute.
const EXAMPLES: u64 = 10;

/// The limits on the flows that are kept for one kind of error, or for one callee.
#[derive(Debug)]
pub(crate) struct FlowLimits {
    errors: ErrorRateLimit,
    upstreams: ErrorRateLimit,
    examples: ErrorRateLimit,
}

impl FlowLimits {
    /// Keeps at most `limit` flows of each kind in a minute, and all if that is `None`.
    pub(crate) fn new(limit: Option<u64>) -> Self {
        Self {
            errors: ErrorRateLimit::new(limit),
            upstreams: ErrorRateLimit::new(limit),
            examples: ErrorRateLimit::of_examples(EXAMPLES),
        }
    }
}

/// Decides about a flow: by its errors within the limit, else by a request to keep it, else by the
/// services that it called within the limit, else by sampling. A late part of a kept flow is kept,
/// for no lesser reason than the flow. The clock is read only for a flow with a limit.
pub(crate) fn decide(ending: &FlowEnding<'_>, limits: &FlowLimits, now: impl Fn() -> Instant) -> Decision {
    let FlowEnding { sampled, keep_requested, upstreams, has_counted_error, errors, kept_already } = ending;
    let own = match (keep_requested, sampled) {
        (true, _) => DecisionReason::Requested,
        (_, true) => DecisionReason::Sampled,
        _ => DecisionReason::Unsampled,
    };
    let otherwise = kept_already.map_or(own, |reason| reason.min(own));
    let mut decision = Decision { reason: otherwise, suppressed: 0 };
    let mut limited = |limit: &ErrorRateLimit, kinds: &ErrorKinds, kept: DecisionReason, dropped| {
        let otherwise = decision.reason;
        let (reason, suppressed) = match limit.judge(kinds, otherwise.is_kept(), now()) {
            LimitDecision::Keep { suppressed } => (kept.min(otherwise), suppressed),
            LimitDecision::KeepAnyway { suppressed } => (otherwise, suppressed),
            LimitDecision::Suppress => (dropped, 0),
        };
        decision = Decision { reason, suppressed: decision.suppressed + suppressed };
    };
    if !upstreams.as_slice().is_empty() {
        limited(&limits.upstreams, upstreams, DecisionReason::Upstream, DecisionReason::Suppressed);
    }
    if *has_counted_error {
        limited(&limits.errors, &errors.counted, DecisionReason::Failed, DecisionReason::Suppressed);
    } else if errors.has_uncounted() {
        let (kinds, dropped) = uncounted(errors);
        limited(&limits.examples, &kinds, DecisionReason::Failed, dropped);
    }
    decision
}

/// Returns the kinds of errors that do not count, and the reason to drop their flow.
fn uncounted(errors: &JudgedErrors) -> (ErrorKinds, DecisionReason) {
    let mut kinds = errors.client;
    kinds.merge(&errors.expected);
    let is_of_caller = !errors.client.as_slice().is_empty();
    (kinds, if is_of_caller { DecisionReason::ClientError } else { DecisionReason::ExpectedError })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::data::error_kinds::ErrorKind;

    const ENDING: FlowEnding<'_> = FlowEnding {
        sampled: false,
        keep_requested: false,
        upstreams: &ErrorKinds::NONE,
        has_counted_error: false,
        errors: &JudgedErrors::NONE,
        kept_already: None,
    };

    fn reason(sampled: bool, keep_requested: bool, has_counted_error: bool, limit: u64) -> DecisionReason {
        let ending = FlowEnding { sampled, keep_requested, has_counted_error, ..ENDING };
        decide(&ending, &FlowLimits::new(Some(limit)), Instant::now).reason
    }

    fn kind(number: u64) -> ErrorKinds {
        std::iter::once(ErrorKind::numbered(number)).collect()
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
    fn what_callees_keep_is_limited_for_each_and_ranks_behind_errors() {
        let limits = FlowLimits::new(Some(2));
        let now = Instant::now();
        let decided = |ending: FlowEnding<'_>| decide(&ending, &limits, || now).reason;
        let [one, two] = [1, 2].map(kind);
        let asked_by = |number| FlowEnding { upstreams: if number == 1 { &one } else { &two }, ..ENDING };
        let kept = (0..1_000).filter(|_| decided(asked_by(1)) == DecisionReason::Upstream).count();
        assert_eq!(kept, 2);
        assert_eq!(decided(asked_by(1)), DecisionReason::Suppressed);
        assert_eq!(decided(asked_by(2)), DecisionReason::Upstream, "another callee has its own limit");
        let sampled = FlowEnding { sampled: true, ..asked_by(1) };
        assert_eq!(decided(sampled), DecisionReason::Sampled);
        let failed = FlowEnding { has_counted_error: true, ..asked_by(1) };
        assert_eq!(decided(failed), DecisionReason::Failed);
        assert!(DecisionReason::Failed.must_keep() && !DecisionReason::Upstream.must_keep());
    }

    #[test]
    fn the_first_flows_with_errors_that_do_not_count_are_kept() {
        for (client, expected, dropped) in [
            (kind(1), ErrorKinds::NONE, DecisionReason::ClientError),
            (ErrorKinds::NONE, kind(1), DecisionReason::ExpectedError),
            (kind(1), kind(1), DecisionReason::ClientError),
        ] {
            let mut errors = JudgedErrors::NONE;
            (errors.client, errors.expected) = (client, expected);
            let limits = FlowLimits::new(Some(1));
            let now = Instant::now();
            let decided = |ending: FlowEnding<'_>| decide(&ending, &limits, || now).reason;
            let excused = FlowEnding { errors: &errors, ..ENDING };
            let decisions: Vec<_> = (0..100).map(|_| decided(excused)).collect();
            assert!(decisions[..10].iter().all(|reason| *reason == DecisionReason::Failed));
            assert!(decisions[10..].iter().all(|reason| *reason == dropped));
            let sampled = FlowEnding { sampled: true, ..excused };
            assert_eq!(decided(sampled), DecisionReason::Sampled);
            let failed = FlowEnding { has_counted_error: true, ..excused };
            assert_eq!(decided(failed), DecisionReason::Failed);
        }
    }

    #[test]
    fn a_late_part_is_kept_for_no_lesser_reason_than_its_flow() {
        use DecisionReason::{Failed, Requested, Sampled};
        let reason = |flow, keep_requested, has_counted_error| {
            let kept_already = Some(flow);
            let ending = FlowEnding { keep_requested, has_counted_error, kept_already, ..ENDING };
            decide(&ending, &FlowLimits::new(Some(0)), Instant::now).reason
        };
        assert_eq!(
            [Failed, Requested, Sampled].map(|flow| reason(flow, false, false)),
            [Failed, Requested, Sampled]
        );
        assert_eq!([Failed, Sampled].map(|flow| reason(flow, true, false)), [Failed, Requested]);
        assert_eq!([Failed, Sampled].map(|flow| reason(flow, false, true)), [Failed, Sampled]);
    }
}
