//! Flow sampling: the same decision in every process that a trace goes through, and in Omegi's other agents.

use crate::settings::FlowRate;
use crate::vocabulary::TraceId;

/// Keeps 1 in N flows by their trace id alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlowSampling {
    /// Trace ids whose low 64 bits are below this are kept.
    bound: u128,
}

impl FlowSampling {
    /// `(trace_id mod 2^64) < round(2^64 / N)`; nothing is kept where N is 0.
    pub(crate) const fn new(rate: FlowRate) -> Self {
        let n = rate.get() as u128;
        match ((1_u128 << 64) + n / 2).checked_div(n) {
            Some(bound) => Self { bound },
            None => Self { bound: 0 },
        }
    }

    /// Whether a flow with this id is kept even if nothing fails in it.
    pub(crate) const fn keeps(self, trace: TraceId) -> bool {
        (trace.low_bits() as u128) < self.bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeps(n: u64, low: u64) -> bool {
        FlowSampling::new(FlowRate::one_in(n)).keeps(TraceId::from_u128((7 << 64) | u128::from(low)))
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
}
