//! The count of a synchronous call.

use std::marker::PhantomData;

use crate::vocabulary::{clock, signal_handler};

use crate::recording::muting::{is_muted, quietly};
use crate::recording::profiling::overhead;
use crate::recording::profiling::site::ProfiledSite;
use crate::recording::profiling::table::Row;
use crate::recording::profiling::thread_table::{self, Inside};

/// An open call, which ends when this is dropped.
#[derive(Debug)]
#[must_use = "the call ends when this is dropped"]
pub struct ProfiledCall {
    site: &'static ProfiledSite,
    frame: Frame,
    /// A call belongs to its thread.
    not_send: PhantomData<*const ()>,
}

impl ProfiledCall {
    /// Begins a call. `begin` is called at the first one of a thread.
    #[inline]
    pub(crate) fn begin(site: &'static ProfiledSite, begin: fn()) -> Self {
        Self { site, frame: enter(site, false, begin), not_send: PhantomData }
    }
}

impl Drop for ProfiledCall {
    #[inline]
    fn drop(&mut self) {
        leave(self.site, self.frame);
    }
}

/// The begin of a call, or of a part of one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame {
    /// The time, in ticks; 0 if the call is not counted.
    began: u64,
    caller: Inside,
}

/// Begins a call, or a further part of one.
#[inline(never)]
pub(super) fn enter(site: &'static ProfiledSite, is_further_part: bool, begin: fn()) -> Frame {
    let Some(table) = thread_table::get().or_else(|| thread_table::make(begin)) else {
        return Frame::default();
    };
    let number = site.number();
    let Some(row) = table.row(number).or_else(|| make_row(number)) else { return Frame::default() };
    row.begin(site, is_further_part);
    let caller = thread_table::begin_inside();
    let began = clock::ticks().max(1);
    row.began_at(began);
    Frame { began, caller }
}

#[cold]
#[inline(never)]
fn make_row(number: usize) -> Option<&'static Row> {
    if is_muted() || signal_handler::is_active() {
        return None;
    }
    let table = thread_table::get()?;
    quietly(|| table.make_row(number));
    table.row(number)
}

/// Ends a call, or a part of one.
#[inline(never)]
pub(super) fn leave(site: &'static ProfiledSite, frame: Frame) {
    let now = clock::ticks();
    if frame.began == 0 {
        return;
    }
    let overhead = overhead::get();
    let elapsed = now.wrapping_sub(frame.began).cast_signed();
    let inside = thread_table::end_inside(frame.caller);
    let own = elapsed - overhead.inner - inside.taken;
    let inclusive = own + inside.nested;
    thread_table::add_inside(Inside { taken: elapsed + overhead.outer, nested: inclusive });
    if let Some(row) = thread_table::get().and_then(|table| table.row(site.number())) {
        row.end(own, inclusive);
    }
}
