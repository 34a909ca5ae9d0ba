//! Measures the overhead of profiling a call.

use std::hint::black_box;

use crate::vocabulary::{CallSite, SpanKind, clock};

use crate::recording::muting::aloud;
use crate::recording::profiling::call::ProfiledCall;
use crate::recording::profiling::overhead::{self, Overhead};
use crate::recording::profiling::site::ProfiledSite;
use crate::recording::profiling::thread_table;

/// Rounds of which the fastest counts: others were interrupted.
const ROUNDS: usize = 20;

/// Calls in a round.
const CALLS: u32 = 500;

/// The call that is measured.
static EMPTY: ProfiledSite = ProfiledSite::new({
    static SITE: CallSite = CallSite::foreign(SpanKind::Internal);
    &SITE
});

/// Measures the overhead on this thread, which has a table: a millisecond.
pub(crate) fn measure() {
    let rounds = aloud(|| (0..ROUNDS).filter_map(|_| round()).min_by_key(|(_, all)| *all));
    if let Some((inner, all)) = rounds {
        overhead::set(Overhead { inner, outer: (all - inner).max(0) });
    }
}

/// Returns the ticks of a call between its readings of the clock, and all its ticks.
fn round() -> Option<(i64, i64)> {
    let began = clock::ticks();
    for _ in 0..CALLS {
        let _call = black_box(ProfiledCall::begin(&EMPTY, || {}));
    }
    let all = clock::ticks().wrapping_sub(began).cast_signed();
    let row = thread_table::get()?.row(EMPTY.number())?;
    let inner = row.sums().self_ticks.cast_signed();
    row.clear();
    Some((inner / i64::from(CALLS), all / i64::from(CALLS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    static OUTER: ProfiledSite = ProfiledSite::new({
        static SITE: CallSite = CallSite::foreign(SpanKind::Internal);
        &SITE
    });

    #[test]
    fn empty_calls_take_next_to_no_time() {
        std::thread::spawn(|| {
            clock::start();
            drop(ProfiledCall::begin(&EMPTY, || {}));
            measure();
            let sums = (0..20).map(|_| {
                let outer = ProfiledCall::begin(&OUTER, || {});
                for _ in 0..1000 {
                    let _call = black_box(ProfiledCall::begin(&EMPTY, || {}));
                }
                drop(outer);
                let table = thread_table::get().unwrap();
                let [outer, inner] = [&OUTER, &EMPTY].map(|site| table.row(site.number()).unwrap());
                let sums = [outer.sums(), inner.sums()];
                [outer, inner].iter().for_each(|row| row.clear());
                sums
            });
            let [outer, inner] = sums.min_by_key(|[outer, _]| outer.self_ticks).unwrap();
            let Overhead { inner: one, outer: rest } = overhead::get();
            let whole = u64::try_from((one + rest) * 1000).unwrap();
            assert_eq!((outer.calls, inner.calls), (1, 1000));
            assert!(inner.self_ticks < whole / 5, "{inner:?} of {whole}");
            assert!(outer.self_ticks < whole / 2, "{outer:?} of {whole}");
            assert!(outer.inclusive_ticks < whole / 2, "{outer:?} of {whole}");
        })
        .join()
        .unwrap();
    }
}
