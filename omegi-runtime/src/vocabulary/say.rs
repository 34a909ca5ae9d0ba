//! How omegi talks to who runs the program: one line on stderr, once.

use std::fmt;
use std::io::Write as _;

/// Says one line on stderr. A stderr that is closed or full must not hurt the program, so nothing is said then.
pub(crate) fn say(line: impl fmt::Display) {
    let text = format!("omegi: {line}\n");
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Says one line on stderr the first time that it is reached.
macro_rules! say_once {
    ($($line:tt)*) => {{
        static SAID: std::sync::Once = std::sync::Once::new();
        SAID.call_once(|| $crate::vocabulary::say::say(format_args!($($line)*)));
    }};
}

pub(crate) use say_once;
