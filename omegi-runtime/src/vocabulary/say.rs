//! Messages to the user: one line each on stderr.

use std::fmt;
use std::io::Write as _;
use std::sync::atomic::{AtomicU8, Ordering};

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
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

/// Prints one line on stderr at the first call only: as [`say`] does, or as [`say_lost`] with
/// `lost:` before it.
macro_rules! say_once {
    (lost: $($line:tt)*) => {
        $crate::vocabulary::say::say_once!(@by $crate::vocabulary::say::say_lost, $($line)*)
    };
    (@by $say:path, $($line:tt)*) => {{
        static REPORTED: std::sync::Once = std::sync::Once::new();
        REPORTED.call_once(|| $say(format_args!($($line)*)));
    }};
    ($($line:tt)*) => {
        $crate::vocabulary::say::say_once!(@by $crate::vocabulary::say::say, $($line)*)
    };
}

pub(crate) use say_once;
