//! The calls and times of each function on one thread.
//!
//! One thread at a time writes to a table. Others read it at any time, so its numbers are atomic;
//! they are loaded and stored, which costs no more than with plain numbers.

use std::sync::atomic::{AtomicU64, Ordering};

use once_cell::race::{OnceBox, OnceRef};

use crate::vocabulary::{CallSite, clock};

use crate::recording::profiling::site::ProfiledSite;

/// The rows that are allocated together.
const CHUNK: usize = 128;

/// The number of chunks: 65,536 functions, and calls of further ones are not counted.
const CHUNKS: usize = 512;

/// The rows of one thread.
#[derive(Debug)]
pub(crate) struct Table {
    chunks: [OnceBox<[Row; CHUNK]>; CHUNKS],
}

/// The calls of one function on one thread.
#[derive(Debug, Default)]
pub(super) struct Row {
    site: OnceRef<'static, CallSite>,
    calls: AtomicU64,
    /// Ticks in the function itself: a signed sum, as a correction may exceed a short call.
    own: AtomicU64,
    /// Ticks in outermost calls.
    inclusive: AtomicU64,
    /// The number of open calls.
    depth: AtomicU64,
    /// The time at which the outermost open call began, in ticks.
    opened: AtomicU64,
}

/// The sums of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallTotals {
    pub(crate) calls: u64,
    pub(crate) inclusive_ticks: u64,
    pub(crate) self_ticks: u64,
}

impl CallTotals {
    /// Adds the sums of another table.
    pub(crate) fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.inclusive_ticks = self.inclusive_ticks.saturating_add(other.inclusive_ticks);
        self.self_ticks = self.self_ticks.saturating_add(other.self_ticks);
    }

    /// Returns what was added since the sums were `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(before.calls),
            inclusive_ticks: self.inclusive_ticks.saturating_sub(before.inclusive_ticks),
            self_ticks: self.self_ticks.saturating_sub(before.self_ticks),
        }
    }
}

impl Table {
    pub(super) fn new() -> Self {
        Self { chunks: [const { OnceBox::new() }; CHUNKS] }
    }

    /// Returns the row of a function, if its chunk is there.
    #[inline]
    pub(super) fn row(&self, number: usize) -> Option<&Row> {
        Some(&self.chunks.get(number / CHUNK)?.get()?[number % CHUNK])
    }

    /// Allocates the chunk of a row, unless it is there.
    #[cold]
    pub(super) fn make_row(&self, number: usize) {
        if let Some(chunk) = self.chunks.get(number / CHUNK) {
            chunk.get_or_init(|| Box::new(std::array::from_fn(|_| Row::default())));
        }
    }

    /// Returns the sums of the functions that were called.
    pub(crate) fn sums(&self) -> impl Iterator<Item = (&'static CallSite, CallTotals)> {
        let rows = self.chunks.iter().filter_map(OnceBox::get).flatten();
        rows.filter_map(|row| Some((row.site.get()?, row.sums())))
    }
}

impl Row {
    /// Notes the begin of a call at `now`, or the begin of a further part of one.
    #[inline]
    pub(super) fn begin(&self, site: &ProfiledSite, is_further_part: bool) {
        if !is_further_part {
            if read(&self.calls) == 0 {
                let _ = self.site.set(site.site);
            }
            write(&self.calls, read(&self.calls) + 1);
        }
        write(&self.depth, read(&self.depth) + 1);
    }

    /// Notes the time at which a call began.
    #[inline]
    pub(super) fn began_at(&self, now: u64) {
        if read(&self.depth) == 1 {
            write(&self.opened, now);
        }
    }

    /// Notes the end of a call that took these ticks.
    #[inline]
    pub(super) fn end(&self, own: i64, inclusive: i64) {
        write(&self.own, read(&self.own).wrapping_add_signed(own));
        let depth = read(&self.depth).saturating_sub(1);
        write(&self.depth, depth);
        if depth == 0 {
            write(&self.opened, 0);
            write(&self.inclusive, read(&self.inclusive).wrapping_add_signed(inclusive));
        }
    }

    /// Forgets the times of calls that measured the overhead.
    pub(super) fn clear(&self) {
        [&self.calls, &self.own, &self.inclusive].into_iter().for_each(|sum| write(sum, 0));
    }

    /// Returns the sums, with the open call's time until now.
    pub(super) fn sums(&self) -> CallTotals {
        let positive = |sum: u64| if sum.cast_signed() < 0 { 0 } else { sum };
        let opened = read(&self.opened);
        let open = if opened == 0 { 0 } else { clock::ticks().saturating_sub(opened) };
        CallTotals {
            calls: read(&self.calls),
            inclusive_ticks: positive(read(&self.inclusive)).saturating_add(open),
            self_ticks: positive(read(&self.own)),
        }
    }
}

#[inline]
fn read(number: &AtomicU64) -> u64 {
    number.load(Ordering::Relaxed)
}

#[inline]
fn write(number: &AtomicU64, value: u64) {
    number.store(value, Ordering::Relaxed);
}
