//! The error of `try_init`. Compiled without the cargo feature `enable` too, so that a program's
//! handling of it compiles both ways.

use std::error::Error;
use std::fmt;

use super::problem::SettingsError;

/// The reason why omegi was not started.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::InitError;
///
/// match omegi::builder().service_name("shop").try_init() {
///     Ok(_guard) => println!("omegi is started"),
///     Err(InitError::Settings(error)) => eprintln!("wrong settings:\n{error}"),
///     Err(InitError::Again) => eprintln!("a library has started omegi"),
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InitError {
    /// Settings hold values that cannot be used.
    Settings(SettingsError),
    /// omegi was started before.
    Again,
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(error) => error.fmt(f),
            Self::Again => f.write_str("cannot start omegi: it was started before; call init once, in main"),
        }
    }
}

impl Error for InitError {}
