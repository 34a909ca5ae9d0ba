//! Recognises code that runs in a signal handler.
//!
//! A handler may interrupt an allocation, and then must not allocate: the allocator's lock is held
//! by its own thread. The recorder's state cannot show this, but the system knows it. While a
//! handler runs, its signal is blocked on its thread (ADR 31).

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The most signals that a thread blocks while an ordinary handler runs. A thread that blocks more
/// than these leaves all signals to other threads, or runs a handler that blocks as many.
const MOST_BLOCKED: u32 = 16;

/// The signals that were blocked when omegi started, a bit for each. The program blocks them on
/// purpose.
static BLOCKED_AT_START: AtomicU64 = AtomicU64::new(0);

/// The signals that omegi handles, a bit for each.
static OWN_SIGNALS: AtomicU64 = AtomicU64::new(0);

/// The address of omegi's own handler; 0 if it has none.
static OWN_HANDLER: AtomicUsize = AtomicUsize::new(0);

/// The number of calls that were not recorded because a handler seemed to run.
static REFUSED_CALLS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The signals that this thread did not block at an earlier check.
    static SEEN_UNBLOCKED: Cell<u64> = const { Cell::new(0) };
}

/// Returns whether this thread blocks a signal that the program handles, as it does in a handler:
/// two or more system calls, which are safe there. Returns `false` on systems other than Linux, and
/// for a handler with `SA_NODEFER`.
///
/// A signal that was blocked when omegi started is no sign of a handler, as long as this thread
/// blocks it at every check.
#[cold]
#[inline(never)]
pub(crate) fn is_active() -> bool {
    let blocked = system::blocked();
    let seen_unblocked = SEEN_UNBLOCKED.get() | !blocked;
    SEEN_UNBLOCKED.set(seen_unblocked);
    let normal = BLOCKED_AT_START.load(Ordering::Relaxed) & !seen_unblocked;
    let telling = blocked & !normal;
    telling != 0 && {
        let many = blocked.count_ones() > MOST_BLOCKED;
        (1..=64).filter(|signal| telling & bit(*signal) != 0).any(|signal| is_sign(signal, many))
    }
}

/// Returns whether a thread that blocks this signal seems to run its handler. `many`: the thread
/// blocks more signals than most handlers do.
fn is_sign(signal: i32, many: bool) -> bool {
    let Some(handler) = system::handler(signal) else { return false };
    let is_own = OWN_SIGNALS.load(Ordering::Relaxed) & bit(signal) != 0
        && OWN_HANDLER.load(Ordering::Relaxed) == handler.address;
    !is_own && (!many || handler.blocked.count_ones() > MOST_BLOCKED)
}

/// Returns the signals that this thread blocks, a bit for each; none on systems other than Linux.
#[cfg(all(unix, feature = "signals"))]
pub(crate) fn blocked() -> u64 {
    system::blocked()
}

/// Returns the bit of a signal.
pub(crate) const fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

/// Notes the signals that this thread blocks while omegi starts in this process.
pub(crate) fn note_start() {
    BLOCKED_AT_START.store(system::blocked(), Ordering::Relaxed);
    // A process that was forked off begins with the number of the other one.
    REFUSED_CALLS.store(0, Ordering::Relaxed);
}

/// Notes that omegi has set the handler of this signal. No traced code runs in it.
#[cfg(all(unix, feature = "signals"))]
pub(crate) fn note_own(signal: i32) {
    if let Some(handler) = system::handler(signal) {
        OWN_HANDLER.store(handler.address, Ordering::Relaxed);
        OWN_SIGNALS.fetch_or(bit(signal), Ordering::Relaxed);
    }
}

/// Counts a call that is not recorded because a handler seems to run. Safe in a handler.
pub(crate) fn refuse_call() {
    REFUSED_CALLS.fetch_add(1, Ordering::Relaxed);
}

/// Returns the number of those calls.
pub(crate) fn refused_calls() -> u64 {
    REFUSED_CALLS.load(Ordering::Relaxed)
}

/// A handler of the program, or of omegi.
struct Handler {
    address: usize,
    /// The signals that it blocks besides its own, a bit for each.
    blocked: u64,
}

#[cfg(all(
    target_os = "linux",
    any(target_env = "gnu", target_env = "musl"),
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"),
    not(miri)
))]
#[expect(unsafe_code, reason = "std knows no signals")]
mod system {
    use std::ffi::c_int;

    use super::Handler;

    /// `sigset_t`: the first word has all signals of Linux.
    #[repr(C)]
    #[derive(Default)]
    struct SignalSet([u64; 16]);

    /// `struct sigaction`. It begins with the handler, `SIG_DFL` or `SIG_IGN`.
    #[repr(C)]
    #[derive(Default)]
    struct Action {
        handler: usize,
        mask: SignalSet,
        flags: c_int,
        restorer: usize,
    }

    const SIG_IGN: usize = 1;

    // SAFETY: POSIX declares them like this. On these targets glibc and musl define the types as
    // above, and `None` is a null pointer. Both may be called in a signal handler.
    unsafe extern "C" {
        safe fn pthread_sigmask(how: c_int, new: Option<&SignalSet>, old: Option<&mut SignalSet>) -> c_int;
        safe fn sigaction(signal: c_int, new: Option<&Action>, old: Option<&mut Action>) -> c_int;
    }

    /// Returns the signals that this thread blocks, a bit for each.
    pub(super) fn blocked() -> u64 {
        let mut blocked = SignalSet::default();
        if pthread_sigmask(0, None, Some(&mut blocked)) == 0 { blocked.0[0] } else { 0 }
    }

    /// Returns the handler of this signal, if it has one.
    pub(super) fn handler(signal: i32) -> Option<Handler> {
        let mut action = Action::default();
        let is_handled = sigaction(signal, None, Some(&mut action)) == 0 && action.handler > SIG_IGN;
        is_handled.then_some(Handler { address: action.handler, blocked: action.mask.0[0] })
    }
}

/// Other systems.
#[cfg(not(all(
    target_os = "linux",
    any(target_env = "gnu", target_env = "musl"),
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"),
    not(miri)
)))]
mod system {
    use super::Handler;

    pub(super) fn blocked() -> u64 {
        0
    }

    pub(super) fn handler(_: i32) -> Option<Handler> {
        None
    }
}
