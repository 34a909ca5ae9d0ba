//! Messages to the user: one line each on stderr.

use std::fmt;
use std::io::Write as _;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use super::per_process::generation;
use super::unlocked;

/// The level up to which messages are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Prints nothing.
    Silent,
    /// Prints losses.
    Loss,
    /// Prints problems with settings and with the use of omegi, too.
    Warning,
    /// Prints the actions of omegi, too.
    Debug,
}

static LEVEL: AtomicU8 = AtomicU8::new(Level::Warning as u8);

/// Sets the level.
pub(crate) fn set_level(level: Level) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// Prints one line on stderr: a setting or call has not the wanted effect.
pub(crate) fn say(line: impl fmt::Display) {
    say_at(Level::Warning, line);
}

/// Prints one line on stderr: something is lost.
pub(crate) fn say_lost(line: impl fmt::Display) {
    say_at(Level::Loss, line);
}

/// Prints one line on stderr, if messages of this level are printed. Prints nothing if stderr is
/// closed or full: that must not disturb the program.
pub(crate) fn say_at(level: Level, line: impl fmt::Display) {
    if level as u8 <= LEVEL.load(Ordering::Relaxed) {
        let text = format!("omegi: {line}\n");
        let _ = match unlocked::stderr() {
            Ok(mut stderr) => stderr.write_all(text.as_bytes()),
            // A thread that does not exist in a forked child may hold the lock.
            Err(_) if generation() > 0 => Ok(()),
            Err(_) => std::io::stderr().lock().write_all(text.as_bytes()),
        };
    }
}

/// Notes the process in which something was reported. No thread waits for another that reports it.
pub(crate) struct Reported(AtomicU32);

impl Reported {
    /// Notes that nothing was reported.
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Notes a report. Returns whether it is the first one in this process.
    pub(crate) fn is_first(&self) -> bool {
        let in_this_process = generation() + 1;
        self.0.swap(in_this_process, Ordering::Relaxed) != in_this_process
    }
}

/// Prints one line on stderr at the first call only: as [`say`] does, or as [`say_lost`] with
/// `lost:` before it.
macro_rules! say_once {
    (lost: $($line:tt)*) => {
        $crate::vocabulary::say::say_once!(@by $crate::vocabulary::say::say_lost, $($line)*)
    };
    (@by $say:path, $($line:tt)*) => {{
        static REPORTED: $crate::vocabulary::say::Reported = $crate::vocabulary::say::Reported::new();
        if REPORTED.is_first() {
            $say(format_args!($($line)*));
        }
    }};
    ($($line:tt)*) => {
        $crate::vocabulary::say::say_once!(@by $crate::vocabulary::say::say, $($line)*)
    };
}

pub(crate) use say_once;
