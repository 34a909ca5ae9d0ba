//! Locations in the source.

/// A location in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Location {
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

impl Location {
    /// The location of the caller of the calling function.
    #[must_use]
    #[track_caller]
    pub const fn caller() -> Self {
        Self::of(std::panic::Location::caller())
    }

    /// Converts a location of the standard library.
    #[must_use]
    pub const fn of(location: &'static std::panic::Location<'static>) -> Self {
        Self { file: location.file(), line: location.line() }
    }
}
