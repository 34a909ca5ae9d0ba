//! Locations in the source.

/// A location in the source.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::Location;
///
/// #[track_caller]
/// fn charge() -> Location {
///     Location::caller()
/// }
/// assert_eq!(charge(), Location::caller()); // the line of this call, not that of `charge`
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Location {
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

impl Location {
    /// The location of the caller of the calling function.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::Location;
    ///
    /// assert_eq!(Location::caller().line, line!());
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn caller() -> Self {
        Self::of(std::panic::Location::caller())
    }

    /// Converts a location of the standard library.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::panic;
    ///
    /// use omegi::Location;
    ///
    /// let here = panic::Location::caller();
    /// assert_eq!(Location::of(here).file, here.file());
    /// ```
    #[must_use]
    pub const fn of(location: &'static std::panic::Location<'static>) -> Self {
        Self { file: location.file(), line: location.line() }
    }
}
