//! Random headers that are the same in each run, and their mutations.

/// A [xorshift*](https://www.jstatsoft.org/article/view/v008i14) generator of random numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Returns a number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.number() >> 16) as usize % bound
    }

    pub(crate) fn pick<'t, T: ?Sized>(&mut self, things: &[&'t T]) -> &'t T {
        things[self.below(things.len())]
    }

    /// Returns a text of 1 to `longest` characters out of `alphabet`.
    pub(crate) fn text(&mut self, alphabet: &str, longest: usize) -> String {
        let letters: Vec<_> = alphabet.chars().collect();
        (0..=self.below(longest)).map(|_| letters[self.below(letters.len())]).collect()
    }

    /// Returns `text` with a few bytes replaced, removed, inserted or doubled.
    pub(crate) fn mutated(&mut self, text: &[u8], spoilers: &[u8]) -> Vec<u8> {
        let mut bytes = text.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len() + 1);
            let spoiler = spoilers[self.below(spoilers.len())];
            match self.below(4) {
                0 => bytes.insert(at, spoiler),
                1 if at < bytes.len() => bytes[at] = spoiler,
                2 if at < bytes.len() => drop(bytes.remove(at)),
                _ => bytes.extend_from_within(at.min(bytes.len())..),
            }
        }
        bytes
    }
}
