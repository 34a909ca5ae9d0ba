//! Values that are never printed.

use std::fmt;

/// A value that `Debug` prints as `****`.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::Secret;
///
/// let password = Secret::new("hunter2");
/// assert_eq!(format!("{password:?}"), "****");
/// assert_eq!(*password.expose(), "hunter2");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Keeps `value` from being printed.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// #[derive(Debug)]
    /// struct Login {
    ///     user: &'static str,
    ///     password: omegi::Secret<&'static str>,
    /// }
    ///
    /// let login = Login { user: "alice", password: omegi::Secret::new("hunter2") };
    /// assert_eq!(format!("{login:?}"), r#"Login { user: "alice", password: **** }"#);
    /// ```
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value, without its protection.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}
