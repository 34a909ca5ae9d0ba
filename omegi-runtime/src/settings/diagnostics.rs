//! How much omegi says of itself on stderr.

use crate::vocabulary::say::Level;

use super::parsing::{boolean, one_of};
use super::problem::Complaint;
use super::reader::Reader;
use super::variables::{DEBUG, LOG_LEVEL};

/// How much omegi says: `OMEGI_DEBUG` where it is set, else `OTEL_LOG_LEVEL`.
pub(super) fn resolve_level(reader: &mut Reader<'_>) -> Level {
    let level = reader.value(&LOG_LEVEL, parse_level);
    let debug = reader.read(&DEBUG, boolean);
    let instead = if level == Level::Debug { "OTEL_LOG_LEVEL=debug" } else { "false" };
    match reader.settle(debug, instead) {
        None => level,
        Some(true) => Level::Debug,
        Some(false) => level.min(Level::Warning),
    }
}

/// The specification names no levels; these are the ones that its SDKs know.
fn parse_level(text: &str) -> Result<Level, Complaint> {
    let words = [
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
    one_of(&words, text)
}
