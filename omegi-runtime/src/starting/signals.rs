//! SIGTERM and SIGINT, on request: decided flows are exported before the program dies of a signal.
//!
//! A handler can do next to nothing: it wakes a thread of ours. That thread flushes, and then does
//! the default action of the signal. A handler that the program had before is called as well; then
//! the program decides when to end, and the thread only flushes.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use once_cell::race::OnceBox;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::vocabulary::say::say;
use crate::vocabulary::signal_handler::{self, bit};

use super::exit;

const SIGNALS: [i32; 2] = [SIGTERM, SIGINT];

/// Flushes on these signals from now on. A signal that the program ignores, as under `nohup`, stays
/// ignored. One that it blocks is its own, to wait for.
///
/// # Errors
///
/// The system gives no more threads or pipes.
pub(super) fn watch() -> io::Result<()> {
    static BEFORE: OnceBox<Dispositions> = OnceBox::new();
    // A process that was forked off has omegi's handlers already.
    let is_forked = BEFORE.get().is_some();
    let before = *BEFORE.get_or_init(|| Box::new(Dispositions::now()));
    let watched: Vec<i32> = SIGNALS.into_iter().filter(|signal| before.can_watch(*signal)).collect();
    if !is_forked {
        SIGNALS.into_iter().filter(|signal| before.blocks(*signal)).for_each(say_blocked);
    }
    if watched.is_empty() {
        return Ok(());
    }
    let came_before = Arc::new(AtomicBool::new(false));
    for signal in watched.iter().filter(|signal| !is_forked && !before.handles(**signal)) {
        end_at_once_the_second_time(*signal, &came_before)?;
    }
    let mut signals = Signals::new(&watched)?;
    for signal in watched.into_iter().filter(|signal| !before.handles(*signal)) {
        signal_handler::note_own(signal);
    }
    let serve = move || {
        for signal in signals.forever() {
            exit::flush_before_abort();
            if !before.handles(signal) {
                let _ = emulate_default_handler(signal);
            }
        }
    };
    thread::Builder::new().name("omegi-signals".into()).spawn(serve).map(drop)
}

fn say_blocked(signal: i32) {
    let name = if signal == SIGTERM { "SIGTERM" } else { "SIGINT" };
    say(format_args!(
        "cannot watch {name}: the program blocks it; call omegi::flush where the program waits for it, or \
         unblock it before omegi starts"
    ));
}

/// Ends the program at once on a second signal: a user who presses Ctrl-C again does not want to
/// wait.
fn end_at_once_the_second_time(signal: i32, came_before: &Arc<AtomicBool>) -> io::Result<()> {
    // In this order: otherwise the first signal would find the mark that it leaves.
    flag::register_conditional_default(signal, Arc::clone(came_before))?;
    flag::register(signal, Arc::clone(came_before)).map(drop)
}

/// The dispositions of a process's signals: a bit for each, by its number minus one.
#[derive(Clone, Copy, Debug, Default)]
struct Dispositions {
    ignored: u64,
    handled: u64,
    /// Those that the thread blocks.
    blocked: u64,
}

impl Dispositions {
    /// Returns the current ones. Known on Linux alone: elsewhere no signal counts as ignored or
    /// handled.
    fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self { blocked: signal_handler::blocked(), ..Self::of(&status) }
    }

    fn of(status: &str) -> Self {
        let mask = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
        };
        Self { ignored: mask("SigIgn:"), handled: mask("SigCgt:"), blocked: 0 }
    }

    const fn can_watch(self, signal: i32) -> bool {
        !self.ignores(signal) && !self.blocks(signal)
    }

    const fn ignores(self, signal: i32) -> bool {
        self.ignored & bit(signal) != 0
    }

    const fn handles(self, signal: i32) -> bool {
        self.handled & bit(signal) != 0
    }

    const fn blocks(self, signal: i32) -> bool {
        self.blocked & bit(signal) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dispositions_are_read_bit_by_bit() {
        let before = Dispositions::of("Name:\tshop\nSigIgn:\t0000000000000002\nSigCgt:\t0000000180004000\n");
        assert!(before.ignores(SIGINT) && !before.ignores(SIGTERM));
        assert!(before.handles(SIGTERM) && !before.handles(SIGINT));
        assert!(!Dispositions::of("").handles(SIGTERM));
    }
}
