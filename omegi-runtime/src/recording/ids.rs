//! Ids: trace ids are drawn, span ids are derived on demand.

use std::time::SystemTime;

use crate::vocabulary::{SpanId, TraceId};

use crate::recording::data::record::FRAMES;

/// Returns the id of the span at `index` in the segment with this seed.
///
/// `mix` is a bijection of 64 bits, so the ids of one segment never collide. Across segments the
/// random seed makes them as good as drawn. Only the index that would map to zero is moved aside.
pub(crate) const fn span_id(seed: u64, index: u32) -> SpanId {
    match mix(seed.wrapping_add(GOLDEN_GAMMA.wrapping_mul(index as u64 + 1))) {
        0 => SpanId::from_u64(seed | 1),
        id => SpanId::from_u64(id),
    }
}

/// Returns the index of the span with this id in the segment with this seed: the inverse of
/// [`span_id`]. Returns `None` beyond the first 2^31. A foreign id gets an index with a chance of 1
/// in 2^33.
pub(crate) fn index(seed: u64, id: SpanId) -> Option<u32> {
    let place = unmix(id.to_u64()).wrapping_sub(seed).wrapping_mul(inverse(GOLDEN_GAMMA));
    place.checked_sub(1).and_then(|index| u32::try_from(index).ok()).filter(|index| *index < FRAMES)
}

/// The odd constant closest to 2^64 divided by the golden ratio: successive multiples of it spread
/// evenly.
const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Returns the output function of SplitMix64 (Steele, Lea, Flood: *Fast splittable pseudorandom
/// number generators*, 2014).
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Returns the inverse of [`mix`].
const fn unmix(mut z: u64) -> u64 {
    z ^= (z >> 31) ^ (z >> 62);
    z = z.wrapping_mul(const { inverse(0x94d0_49bb_1331_11eb) });
    z ^= (z >> 27) ^ (z >> 54);
    z = z.wrapping_mul(const { inverse(0xbf58_476d_1ce4_e5b9) });
    z ^ (z >> 30) ^ (z >> 60)
}

/// Returns the inverse of an odd number modulo 2^64, by Newton's method, which doubles the right
/// bits each time.
const fn inverse(odd: u64) -> u64 {
    let mut inverse = odd;
    let mut right_bits = 3;
    while right_bits < u64::BITS {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        right_bits *= 2;
    }
    inverse
}

/// Draws the random parts of ids for one thread, from two independent SplitMix64 streams: 128 bits
/// of seed stand behind a trace id.
///
/// Does not use a shared generator (`fastrand`, `rand::thread_rng`): the user's program may seed
/// one, and drawing would change the numbers that it sees.
#[derive(Debug)]
pub(crate) struct IdSource {
    high: u64,
    low: u64,
}

impl IdSource {
    /// Returns a source seeded by the operating system, through the keys that std draws for its
    /// hash maps.
    pub(crate) fn from_os() -> Self {
        use std::hash::{BuildHasher, RandomState};
        // A process that was forked off has the same keys.
        let here = (std::process::id(), SystemTime::now());
        Self::seeded(RandomState::new().hash_one((0x6f6d, here)), RandomState::new().hash_one((0x6567, here)))
    }

    /// Returns a source that always draws the same ids: for reproducible flows.
    pub(crate) const fn seeded(high: u64, low: u64) -> Self {
        Self { high, low }
    }

    /// Draws the next trace id; never zero in its low half.
    pub(crate) fn trace_id(&mut self) -> TraceId {
        let high = step(&mut self.high);
        let low = step(&mut self.low).max(1);
        TraceId::from_u128((u128::from(high) << 64) | u128::from(low))
    }

    /// Draws the next seed for the span ids of a segment.
    pub(crate) fn segment_seed(&mut self) -> u64 {
        step(&mut self.high)
    }
}

fn step(state: &mut u64) -> u64 {
    *state = state.wrapping_add(GOLDEN_GAMMA);
    mix(*state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn span_ids_of_a_segment_are_distinct_and_never_zero() {
        for seed in [0, 1, u64::MAX, GOLDEN_GAMMA.wrapping_neg()] {
            let ids: HashSet<_> = (0..10_000).map(|index| span_id(seed, index)).collect();
            assert_eq!(ids.len(), 10_000);
            assert!(!ids.contains(&SpanId::NONE));
        }
    }

    #[test]
    fn an_id_gives_its_index_for_a_known_seed() {
        for seed in [0, 1, u64::MAX, 0x1234_5678_9abc_def0] {
            for at in [0, 1, 2, 9_999, FRAMES - 1] {
                assert_eq!(index(seed, span_id(seed, at)), Some(at));
                assert_eq!(index(seed ^ 0x55, span_id(seed, at)), None);
            }
            assert_eq!(index(seed, span_id(seed, FRAMES)), None);
        }
    }

    #[test]
    fn a_seeded_source_repeats_itself_and_others_do_not() {
        let draw = |mut source: IdSource| (source.trace_id(), source.segment_seed());
        assert_eq!(draw(IdSource::seeded(1, 2)), draw(IdSource::seeded(1, 2)));
        assert_ne!(draw(IdSource::from_os()), draw(IdSource::from_os()));
    }

    #[test]
    fn mix_is_splitmix64() {
        // The first outputs of the reference implementation for seed 1234567.
        let mut state = 1_234_567;
        assert_eq!(
            [step(&mut state), step(&mut state)],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
        );
    }
}
