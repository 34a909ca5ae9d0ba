//! Time: a number that is read twice for every call, and cheap enough for that.
//!
//! A *tick* is the unit of the fastest counter of this machine. That is the time stamp counter
//! where CPU and kernel call it invariant, and nanoseconds of [`Instant`] elsewhere. On a virtual
//! machine a reading costs 11 ns against 27 ns, most of the cost of a span. Ticks become wall clock
//! time only when a flow is resolved ([`Calibration`]).

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::per_process::PerProcess;

/// True if [`ticks`] reads the time stamp counter. Set once, before the first span is recorded.
static COUNTER: AtomicBool = AtomicBool::new(false);

/// The start of ticks where there is no counter, and of the time over which [`Calibration`]
/// measures the counter's rate.
static START: PerProcess<OnceLock<ClockReading>> = PerProcess::new(OnceLock::new());

/// The shortest time over which the counter's rate is measured.
///
/// Reading two clocks in a row is off by at most a microsecond, unless the thread is interrupted: 1
/// in 20,000 here. The rate is always taken over the whole time since the start, and so becomes
/// more exact with every later batch.
const BASELINE: Duration = Duration::from_millis(20);

/// Chooses the counter. `init` calls it; a second call does nothing.
pub(crate) fn start() {
    first_reading();
}

/// Returns the reading at the start; in a forked child that of its parent.
fn first_reading() -> ClockReading {
    *START.get().get_or_init(|| {
        START.inherited(OnceLock::get).copied().unwrap_or_else(|| {
            COUNTER.store(counter::is_invariant(), Ordering::Relaxed);
            ClockReading::now()
        })
    })
}

/// The time now, in ticks.
#[inline]
pub(crate) fn ticks() -> u64 {
    if COUNTER.load(Ordering::Relaxed) { counter::read() } else { elapsed_ns() }
}

/// Returns whether ticks come from the machine's counter.
pub(crate) fn is_counter() -> bool {
    COUNTER.load(Ordering::Relaxed)
}

/// The time now, in ticks, if [`is_counter`] is true.
#[inline]
pub(crate) fn counter() -> u64 {
    counter::read()
}

/// Returns how many ticks take this time, as far as the counter's rate is known now.
pub(crate) fn ticks_in(time: Duration) -> u64 {
    let first = START.get().get().filter(|_| is_counter());
    let Some(first) = first else { return nanoseconds(time) };
    let elapsed = first.instant.elapsed().as_nanos().max(1);
    let ticks = u128::from(ticks().saturating_sub(first.ticks));
    u64::try_from(ticks.saturating_mul(time.as_nanos()) / elapsed).unwrap_or(u64::MAX)
}

/// Nanoseconds since the first call: the ticks where there is no counter.
fn elapsed_ns() -> u64 {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    nanoseconds(EPOCH.get_or_init(Instant::now).elapsed())
}

/// One moment on all three clocks.
#[derive(Clone, Copy, Debug)]
struct ClockReading {
    ticks: u64,
    instant: Instant,
    unix_ns: u64,
}

impl ClockReading {
    fn now() -> Self {
        let ticks = ticks();
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { ticks, instant: Instant::now(), unix_ns: nanoseconds(unix) }
    }
}

/// Turns ticks into nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calibration {
    now: ClockReading,
    ns_per_tick: f64,
}

impl Calibration {
    /// Measures the counter against the system's clocks.
    ///
    /// Sleeps until the program has run for [`BASELINE`]: only omegi's own threads call it.
    pub(crate) fn measure() -> Self {
        let first = first_reading();
        if let Some(rest) = BASELINE.checked_sub(first.instant.elapsed()) {
            std::thread::sleep(rest);
        }
        let now = ClockReading::now();
        let ticks = now.ticks.saturating_sub(first.ticks).max(1);
        let elapsed = nanoseconds(now.instant.duration_since(first.instant));
        #[expect(clippy::cast_precision_loss, reason = "a ratio: 53 bits are 1 part in 10^16")]
        let ns_per_tick = if COUNTER.load(Ordering::Relaxed) { elapsed as f64 / ticks as f64 } else { 1.0 };
        Self { now, ns_per_tick }
    }

    /// Turns a moment in ticks into nanoseconds since the Unix epoch.
    pub(crate) fn unix_ns(&self, ticks: u64) -> u64 {
        if ticks <= self.now.ticks {
            self.now.unix_ns.saturating_sub(self.duration_ns(self.now.ticks - ticks))
        } else {
            self.now.unix_ns.saturating_add(self.duration_ns(ticks - self.now.ticks))
        }
    }

    /// Turns a duration in ticks into nanoseconds.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a duration that is positive, and exact to the nanosecond for the first 100 days"
    )]
    pub(crate) fn duration_ns(&self, ticks: u64) -> u64 {
        (ticks as f64 * self.ns_per_tick).round() as u64
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The time stamp counter of x86-64.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[expect(unsafe_code, reason = "std::arch offers the counter as an unsafe function only")]
mod counter {
    use std::arch::x86_64::{__cpuid, _rdtsc};

    /// Reads the counter.
    #[inline]
    pub(super) fn read() -> u64 {
        // SAFETY: `rdtsc` has no operand and accesses no memory. Every x86-64 has it. A kernel that
        // forbids it to user space (PR_TSC_SIGV) also removes `tsc` from its clock sources, and
        // then `is_invariant` is false.
        unsafe { _rdtsc() }
    }

    /// Returns whether the counter runs at one rate on all cores, in sleep states too.
    pub(super) fn is_invariant() -> bool {
        cpu_reports_invariant() && kernel_trusts_it()
    }

    #[allow(unused_unsafe, reason = "`__cpuid` is safe to call in newer releases of std")]
    fn cpu_reports_invariant() -> bool {
        const HIGHEST_EXTENDED_LEAF: u32 = 0x8000_0000;
        const POWER_MANAGEMENT_LEAF: u32 = 0x8000_0007;
        const INVARIANT_TSC: u32 = 1 << 8;
        // SAFETY: every x86-64 has `cpuid`, and leaves above the highest one are not read.
        unsafe {
            __cpuid(HIGHEST_EXTENDED_LEAF).eax >= POWER_MANAGEMENT_LEAF
                && __cpuid(POWER_MANAGEMENT_LEAF).edx & INVARIANT_TSC != 0
        }
    }

    /// Linux removes `tsc` from this list when the counters of the cores differ. Other systems do
    /// not report it.
    fn kernel_trusts_it() -> bool {
        const SOURCES: &str = "/sys/devices/system/clocksource/clocksource0/available_clocksource";
        if cfg!(target_os = "linux") {
            std::fs::read_to_string(SOURCES)
                .is_ok_and(|list| list.split_whitespace().any(|name| name == "tsc"))
        } else {
            true
        }
    }
}

/// Machines whose counter is not read, and Miri.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
mod counter {
    /// Never called: `is_invariant` is false.
    pub(super) fn read() -> u64 {
        super::elapsed_ns()
    }

    pub(super) fn is_invariant() -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calibrated_ticks_agree_with_the_system_clock() {
        start();
        let (before, ticks, after) = (unix_now(), ticks(), unix_now());
        let converted = Calibration::measure().unix_ns(ticks);
        // The tolerance covers the error of the rate over the baseline, and an interrupted reading
        // on a busy machine.
        let tolerance = 5_000_000;
        assert!(
            converted + tolerance >= before && converted <= after + tolerance,
            "{before} {converted} {after}"
        );
    }

    #[test]
    fn a_duration_in_ticks_is_that_duration() {
        start();
        let from = ticks();
        std::thread::sleep(Duration::from_millis(30));
        let measured = Calibration::measure().duration_ns(ticks() - from);
        assert!(measured >= 29_000_000, "{measured} ns");
    }

    fn unix_now() -> u64 {
        nanoseconds(SystemTime::now().duration_since(UNIX_EPOCH).unwrap())
    }
}
