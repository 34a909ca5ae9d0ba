//! Decides about a flow that has ended, and names the reason.

use std::time::Instant;

use crate::deciding::error_rate_limit::{ErrorRateLimit, LimitDecision};
use crate::recording::data::error_kinds::{ErrorKind, ErrorKinds};
use crate::recording::data::judged_errors::JudgedErrors;
use crate::recording::policy::{Decision, FlowEnding};
use crate::settings::RunBounds;
use crate::vocabulary::CallSite;
use crate::vocabulary::decision::DecisionReason;
use crate::vocabulary::say::say_once;

/// The number of flows with an error that does not count that are kept for people to see, of each
/// kind: at first. Later it is one a minute.
const EXAMPLES: u64 = 10;

/// The limits on the flows that are kept for one kind of error, or for one callee.
#[derive(Debug)]
pub(crate) struct FlowLimits {
    errors: ErrorRateLimit,
    upstreams: ErrorRateLimit,
    examples: ErrorRateLimit,
    /// The flows without an error, of each root.
    sampled: Option<ErrorRateLimit>,
    /// True if the limits of errors are the bounds of a run.
    is_of_run: bool,
}

impl FlowLimits {
    /// Keeps at most `limit` flows of each kind in a minute, and all if that is `None`, within the
    /// bounds of a run.
    pub(crate) fn new(limit: Option<u64>, bounds: RunBounds) -> Self {
        let limited = || bounds.flows_of_an_error.map(ErrorRateLimit::falling);
        Self {
            errors: limited().unwrap_or_else(|| ErrorRateLimit::new(limit)),
            upstreams: ErrorRateLimit::new(limit),
            examples: limited().unwrap_or_else(|| ErrorRateLimit::of_examples(EXAMPLES)),
            sampled: bounds.flows_of_a_root.map(ErrorRateLimit::falling),
            is_of_run: bounds.flows_of_an_error.is_some(),
        }
    }

    /// Reports once that a run drops flows with an error.
    fn report_errors_dropped(&self) {
        if self.is_of_run {
            say_once!(
                "keeps only some flows with an error from now on: of those with the same kind, one whenever \
                 their number has doubled; OMEGI_ERROR_LIMIT sets another limit"
            );
        }
    }

    /// Decides about a flow that sampling keeps.
    fn of_sampled(&self, root: Option<&'static CallSite>, now: &impl Fn() -> Instant) -> Decision {
        let Some(limit) = &self.sampled else {
            return Decision { reason: DecisionReason::Sampled, suppressed: 0 };
        };
        let kinds = root.map(|root| ErrorKind::of(root, "")).into_iter().collect();
        match limit.judge(&kinds, false, now()) {
            LimitDecision::Keep { suppressed } | LimitDecision::KeepAnyway { suppressed } => {
                Decision { reason: DecisionReason::Sampled, suppressed }
            }
            LimitDecision::Suppress => {
                say_once!(
                    "keeps only some flows from now on: of those that begin in the same function, one \
                     whenever their number has doubled; OMEGI_FLOW_RATE=1 keeps all"
                );
                Decision { reason: DecisionReason::Suppressed, suppressed: 0 }
            }
        }
    }
}

/// Decides about a flow: by its errors within the limit, else by a request to keep it, else by the
/// services that it called within the limit, else by sampling. A late part of a kept flow is kept,
/// for no lesser reason than the flow. The clock is read only for a flow with a limit.
pub(crate) fn decide(ending: &FlowEnding<'_>, limits: &FlowLimits, now: impl Fn() -> Instant) -> Decision {
    let FlowEnding { root, sampled, keep_requested, upstreams, has_counted_error, errors, kept_already } =
        ending;
    let unlimited = |reason| Decision { reason, suppressed: 0 };
    let mut decision = match (keep_requested, sampled, kept_already) {
        (true, ..) => unlimited(DecisionReason::Requested),
        (_, true, None) => limits.of_sampled(*root, &now),
        (_, true, Some(_)) => unlimited(DecisionReason::Sampled),
        _ => unlimited(DecisionReason::Unsampled),
    };
    decision.reason = kept_already.map_or(decision.reason, |reason| reason.min(decision.reason));
    let mut limited = |limit: &ErrorRateLimit, kinds: &ErrorKinds, kept: DecisionReason, dropped| {
        let otherwise = decision.reason;
        let (reason, suppressed) = match limit.judge(kinds, otherwise.is_kept(), now()) {
            LimitDecision::Keep { suppressed } => (kept.min(otherwise), suppressed),
            LimitDecision::KeepAnyway { suppressed } => (otherwise, suppressed),
            LimitDecision::Suppress => {
                limits.report_errors_dropped();
                (dropped, 0)
            }
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
    use crate::vocabulary::call_site::FunctionPath;

    const ENDING: FlowEnding<'_> = FlowEnding {
        root: None,
        sampled: false,
        keep_requested: false,
        upstreams: &ErrorKinds::NONE,
        has_counted_error: false,
        errors: &JudgedErrors::NONE,
        kept_already: None,
    };

    fn of_limit(limit: u64) -> FlowLimits {
        FlowLimits::new(Some(limit), RunBounds::default())
    }

    fn reason(sampled: bool, keep_requested: bool, has_counted_error: bool, limit: u64) -> DecisionReason {
        let ending = FlowEnding { sampled, keep_requested, has_counted_error, ..ENDING };
        decide(&ending, &of_limit(limit), Instant::now).reason
    }

    #[test]
    fn a_run_keeps_few_flows_of_a_root_and_of_an_error() {
        static ROOTS: [CallSite; 2] = [
            CallSite::new("shop", FunctionPath::Written("a")),
            CallSite::new("shop", FunctionPath::Written("b")),
        ];
        let bounds =
            RunBounds { flows_of_a_root: Some(3), flows_of_an_error: Some(2), ..RunBounds::default() };
        let limits = FlowLimits::new(Some(1_000), bounds);
        let decided = |ending: FlowEnding<'_>| decide(&ending, &limits, Instant::now).reason;
        let kept = |ending| (0..100).filter(|_| decided(ending).is_kept()).count();
        let of_root = |root| FlowEnding { root: Some(&ROOTS[root]), sampled: true, ..ENDING };
        // 1, 2, 3, 6, 12, 24, 48, 96.
        assert_eq!([kept(of_root(0)), kept(of_root(1))], [8, 8]);
        let mut errors = JudgedErrors::NONE;
        errors.counted = kind(1);
        let failed = FlowEnding { has_counted_error: true, errors: &errors, ..ENDING };
        // 1, 2, 4, 8, 16, 32, 64.
        assert_eq!(kept(failed), 7);
        let late = FlowEnding { kept_already: Some(DecisionReason::Sampled), ..of_root(0) };
        assert_eq!(kept(late), 100, "a kept flow is kept whole");
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
        let limits = of_limit(2);
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
            let limits = of_limit(1);
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
            decide(&ending, &of_limit(0), Instant::now).reason
        };
        assert_eq!(
            [Failed, Requested, Sampled].map(|flow| reason(flow, false, false)),
            [Failed, Requested, Sampled]
        );
        assert_eq!([Failed, Sampled].map(|flow| reason(flow, true, false)), [Failed, Requested]);
        assert_eq!([Failed, Sampled].map(|flow| reason(flow, false, true)), [Failed, Sampled]);
    }
}
