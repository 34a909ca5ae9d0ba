//! The stock.

mod shelf;

/// Counts.
#[must_use]
pub fn count(items: &[u32]) -> usize {
    self::shelf::all(items).len()
}
