//! Why omegi was not started. There also where the cargo feature `enable` is off, where nothing fails: what a program does about
//! it compiles both ways.

use std::error::Error;
use std::fmt;

use super::problem::SettingsError;

/// Why omegi was not started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InitError {
    /// Values that cannot be used.
    Settings(SettingsError),
    /// omegi was started before.
    Again,
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(error) => error.fmt(f),
            Self::Again => f.write_str("omegi was started before: call init once, in main"),
        }
    }
}

impl Error for InitError {}
