//! Messages to the user: one line each on stderr, or in a file of notes.

use std::fmt;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use once_cell::race::OnceBox;

use super::per_process::generation;
use super::{private_files, unlocked};

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

/// The size from which on a file of notes takes no more.
const MAX_NOTES: u64 = 1 << 20;

/// The file for messages, if they are not for stderr.
static NOTES: OnceBox<PathBuf> = OnceBox::new();

static LEVEL: AtomicU8 = AtomicU8::new(Level::Warning as u8);

/// Sets the level.
pub(crate) fn set_level(level: Level) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// Has all messages of this process, and of those forked off it, written to this file instead of
/// stderr. The first call holds.
pub(crate) fn write_to(notes: PathBuf) {
    let _ = NOTES.set(Box::new(notes));
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
    let printed = LEVEL.load(Ordering::Relaxed);
    if level as u8 <= printed {
        // A user who asks for all messages looks for them on stderr.
        if let Some(notes) = NOTES.get().filter(|_| printed < Level::Debug as u8) {
            let _ = note(notes, &format!("omegi[{}]: {line}\n", std::process::id()));
            return;
        }
        let text = format!("omegi: {line}\n");
        let _ = match unlocked::stderr() {
            Ok(mut stderr) => stderr.write_all(text.as_bytes()),
            // A thread that does not exist in a forked child may hold the lock.
            Err(_) if generation() > 0 => Ok(()),
            Err(_) => std::io::stderr().lock().write_all(text.as_bytes()),
        };
    }
}

/// Appends a line to a file of notes, in one piece.
fn note(notes: &Path, line: &str) -> io::Result<()> {
    let mut file = private_files::options().append(true).create(true).open(notes)?;
    if file.metadata()?.len() < MAX_NOTES { file.write_all(line.as_bytes()) } else { Ok(()) }
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
