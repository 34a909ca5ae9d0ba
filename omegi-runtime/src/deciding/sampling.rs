//! Flow sampling: the same decision in every process of a trace, and in Omegi's other agents.

use crate::settings::HeadSampling;
use crate::vocabulary::TraceId;

/// Keeps a share of the flows, by their trace id or by the caller's decision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlowSampling {
    /// Flows whose trace id has lower low 64 bits are kept.
    bound: u128,
    /// True if the caller's decision counts, if there is a caller.
    obeys_caller: bool,
}

/// The number of values of 64 bits.
const ALL: u128 = 1 << 64;

impl FlowSampling {
    /// Samples as `head` decides.
    ///
    /// One in N keeps `(trace_id mod 2^64) < round(2^64 / N)`, and nothing for N = 0. A ratio keeps
    /// the same with `round(2^64 · ratio)`, as OpenTelemetry's SDKs do.
    pub(crate) fn new(head: HeadSampling) -> Self {
        match head {
            HeadSampling::OneIn(rate) => {
                let n = u128::from(rate.get());
                Self { bound: (ALL + n / 2).checked_div(n).unwrap_or(0), obeys_caller: false }
            }
            // A double represents every power of two, so a ratio of 1 keeps everything.
            HeadSampling::Otel { ratio, obeys_caller } => {
                Self { bound: (ratio * ALL as f64).round() as u128, obeys_caller }
            }
        }
    }

    /// Returns whether a flow with this id is kept without an error.
    ///
    /// `caller` is the decision of the calling service about its part, if there is one.
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
    fn the_bound_is_that_of_the_contract() {
        // round(2^64 / 5) and round(2^64 / 3), computed by hand.
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
    fn a_ratio_keeps_its_share() {
        let keeps = |ratio, low| {
            FlowSampling::new(HeadSampling::Otel { ratio, obeys_caller: false })
                .keeps(trace(low), Some(false))
        };
        assert!(keeps(1.0, u64::MAX) && !keeps(0.0, 0));
        assert!(keeps(0.25, (1 << 62) - 1) && !keeps(0.25, 1 << 62));
        // As 1 in 5, except for the last bits of a double.
        assert!(keeps(0.2, 3_689_348_814_741_909_000) && !keeps(0.2, 3_689_348_814_741_911_000));
    }

    #[test]
    fn parent_based_sampling_obeys_the_caller() {
        let keeps = |ratio, caller| {
            FlowSampling::new(HeadSampling::Otel { ratio, obeys_caller: true }).keeps(trace(1), caller)
        };
        assert!(keeps(0.0, Some(true)) && !keeps(1.0, Some(false)));
        assert!(!keeps(0.0, None) && keeps(1.0, None));
    }
}
