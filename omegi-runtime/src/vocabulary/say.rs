//! How omegi talks to who runs the program: one line on stderr, once.

use std::fmt;
use std::io::Write as _;
use std::sync::atomic::{AtomicU8, Ordering};

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Nothing.
    Silent,
    /// What is lost.
    Loss,
    /// Also what is wrong with settings and with how omegi is used.
    Warning,
    /// Also what omegi does.
    Debug,
}

static LEVEL: AtomicU8 = AtomicU8::new(Level::Warning as u8);

/// From now on says so much.
pub(crate) fn set_level(level: Level) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// Says one line on stderr: that something is set or used in a way that has not the wanted effect.
pub(crate) fn say(line: impl fmt::Display) {
    say_at(Level::Warning, line);
}

/// Says one line on stderr: that something is lost.
pub(crate) fn say_lost(line: impl fmt::Display) {
    say_at(Level::Loss, line);
}

/// A stderr that is closed or full must not hurt the program, so nothing is said then.
fn say_at(level: Level, line: impl fmt::Display) {
    if level as u8 <= LEVEL.load(Ordering::Relaxed) {
        let text = format!("omegi: {line}\n");
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

/// Says one line on stderr the first time that it is reached: as [`say`] does, or with `lost:` before it as [`say_lost`].
macro_rules! say_once {
    (lost: $($line:tt)*) => {
        $crate::vocabulary::say::say_once!(@by $crate::vocabulary::say::say_lost, $($line)*)
    };
    (@by $say:path, $($line:tt)*) => {{
        static SAID: std::sync::Once = std::sync::Once::new();
        SAID.call_once(|| $say(format_args!($($line)*)));
    }};
    ($($line:tt)*) => {
        $crate::vocabulary::say::say_once!(@by $crate::vocabulary::say::say, $($line)*)
    };
}

pub(crate) use say_once;
