//! Flow sampling: the same decision in every process that a trace goes through, and in Omegi's other agents.

use crate::settings::HeadSampling;
use crate::vocabulary::TraceId;

/// Keeps a share of the flows by their trace id alone, or as the calling service does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlowSampling {
    /// Trace ids whose low 64 bits are below this are kept.
    bound: u128,
    /// Whether the calling service decides, where there is one.
    obeys_caller: bool,
}

/// How many numbers 64 bits can say.
const ALL: u128 = 1 << 64;

impl FlowSampling {
    /// Keeps what `head` says: 1 in N is `(trace_id mod 2^64) < round(2^64 / N)`, and nothing where N is 0; a ratio is the same
    /// with `round(2^64 · ratio)`, which is how OpenTelemetry's SDKs decide too.
    pub(crate) fn new(head: HeadSampling) -> Self {
        match head {
            HeadSampling::OneIn(rate) => {
                let n = u128::from(rate.get());
                Self { bound: (ALL + n / 2).checked_div(n).unwrap_or(0), obeys_caller: false }
            }
            // A double holds every power of two, so that a ratio of 1 is all.
            HeadSampling::Otel { ratio, obeys_caller } => {
                Self { bound: (ratio * ALL as f64).round() as u128, obeys_caller }
            }
        }
    }

    /// Whether a flow with this id is kept even if nothing fails in it. `caller` is what the calling service has decided about
    /// its part, where there is one.
    pub(crate) fn keeps(self, trace: TraceId, caller: Option<bool>) -> bool {
        match caller.filter(|_| self.obeys_caller) {
            Some(sampled) => sampled,
            None => u128::from(trace.low_bits()) < self.bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::FlowRate;

    fn trace(low: u64) -> TraceId {
        TraceId::from_u128((7 << 64) | u128::from(low))
    }

    fn keeps(n: u64, low: u64) -> bool {
        FlowSampling::new(HeadSampling::OneIn(FlowRate::one_in(n))).keeps(trace(low), None)
    }

    #[test]
    fn the_bound_is_the_contracts() {
        // round(2^64 / 5) and round(2^64 / 3), worked out by hand.
        assert!(keeps(5, 3_689_348_814_741_910_322) && !keeps(5, 3_689_348_814_741_910_323));
        assert!(keeps(3, 6_148_914_691_236_517_204) && !keeps(3, 6_148_914_691_236_517_205));
    }

    #[test]
    fn one_keeps_all_and_zero_none() {
        assert!(keeps(1, u64::MAX) && keeps(1, 0));
        assert!(!keeps(0, 0));
        assert!(keeps(u64::MAX, 0) && !keeps(u64::MAX, 1));
    }

    #[test]
    fn a_ratio_keeps_that_share() {
        let keeps = |ratio, low| {
            FlowSampling::new(HeadSampling::Otel { ratio, obeys_caller: false })
                .keeps(trace(low), Some(false))
        };
        assert!(keeps(1.0, u64::MAX) && !keeps(0.0, 0));
        assert!(keeps(0.25, (1 << 62) - 1) && !keeps(0.25, 1 << 62));
        // As 1 in 5 does, but for the last bits of a double.
        assert!(keeps(0.2, 3_689_348_814_741_909_000) && !keeps(0.2, 3_689_348_814_741_911_000));
    }

    #[test]
    fn a_caller_is_obeyed_by_those_that_are_based_on_it() {
        let keeps = |ratio, caller| {
            FlowSampling::new(HeadSampling::Otel { ratio, obeys_caller: true }).keeps(trace(1), caller)
        };
        assert!(keeps(0.0, Some(true)) && !keeps(1.0, Some(false)));
        assert!(!keeps(0.0, None) && keeps(1.0, None));
    }
}
