//! The amount of omegi's own messages on stderr.

use crate::vocabulary::say::Level;

use super::reader::Reader;
use super::variable::Fallback::Text;
use super::variable::Parser::Whole;
use super::variable::Variable;
use super::words::{boolean, one_of};

pub(super) static DEBUG: Variable<bool> = Variable::new(
    "OMEGI_DEBUG",
    Text("false"),
    Whole(boolean),
    "`true`: omegi's own diagnostics on stderr: each setting and its origin, and at the end how much was \
     recorded, kept and lost",
);

pub(super) static LOG_LEVEL: Variable<Level> = Variable::new(
    "OTEL_LOG_LEVEL",
    Text("info"),
    Whole(|text| one_of(&LEVELS, text)),
    "omegi's own messages on stderr: `none`; `error`: losses; `warn` and `info`: also settings that cannot \
     be used, and wrong use; `debug`: as with `OMEGI_DEBUG=true`, if that is unset",
);

/// The specification names no levels; these are the ones that its SDKs know.
const LEVELS: [(&str, Result<Level, &str>); 11] = [
    ("none", Ok(Level::Silent)),
    ("error", Ok(Level::Loss)),
    ("warn", Ok(Level::Warning)),
    ("info", Ok(Level::Warning)),
    ("debug", Ok(Level::Debug)),
    ("off", Ok(Level::Silent)),
    ("fatal", Ok(Level::Loss)),
    ("warning", Ok(Level::Warning)),
    ("verbose", Ok(Level::Debug)),
    ("trace", Ok(Level::Debug)),
    ("all", Ok(Level::Debug)),
];

/// Returns the level that `OMEGI_DEBUG` sets, else that of `OTEL_LOG_LEVEL`.
pub(super) fn resolve_level(reader: &mut Reader<'_>) -> Level {
    let level = reader.value(&LOG_LEVEL);
    let instead = if level == Level::Debug { "OTEL_LOG_LEVEL=debug" } else { "false" };
    match reader.optional(&DEBUG, instead) {
        None => level,
        Some(true) => Level::Debug,
        Some(false) => level.min(Level::Warning),
    }
}
