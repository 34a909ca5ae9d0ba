//! A profiled function, and its number in the tables.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::vocabulary::CallSite;

/// The next number. 0 is that of functions that were not called yet.
static NEXT: AtomicU32 = AtomicU32::new(1);

/// A function whose calls are counted: one `static` each, made by the macro.
#[derive(Debug)]
pub struct ProfiledSite {
    pub(super) site: &'static CallSite,
    number: AtomicU32,
}

impl ProfiledSite {
    /// The function of `site`.
    #[must_use]
    pub const fn new(site: &'static CallSite) -> Self {
        Self { site, number: AtomicU32::new(0) }
    }

    /// Returns the number of the function's row.
    #[inline]
    pub(super) fn number(&self) -> usize {
        let number = match self.number.load(Ordering::Relaxed) {
            0 => self.first_number(),
            number => number,
        };
        number as usize
    }

    #[cold]
    fn first_number(&self) -> u32 {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let set = self.number.compare_exchange(0, number, Ordering::Relaxed, Ordering::Relaxed);
        set.map_or_else(|known| known, |_| number)
    }
}
