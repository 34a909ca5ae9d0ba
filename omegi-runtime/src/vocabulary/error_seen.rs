//! An error as a program's own rule sees it.

use super::ErrorText;

/// An error that a flow has met, as a rule of the program's own sees it when the flow has ended.
///
/// A rule sees an error as it was where it began. What wraps it and quotes it (its message stands in the wrapper's, or
/// among its causes) is the same error, and not asked about. Where a function returned something else instead, which quotes
/// nothing, or panicked, that may be another error, after the first was handled: the rule is asked about that as well, unless the
/// first counts already. So an error counts if anything does that it was.
///
/// ```
/// use omegi_runtime::ErrorSeen;
///
/// /// What a program may expect is no reason to keep a flow.
/// fn counts(error: &ErrorSeen<'_>) -> bool {
///     error.is_panic() || (error.function != "shop::cache::get" && !error.text.message.contains("not found"))
/// }
/// # assert!(omegi_runtime::builder().error_filter(counts).try_init().is_ok());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ErrorSeen<'a> {
    /// Its type and message where it began, or where it became something else.
    pub text: &'a ErrorText,
    /// The messages of what caused it, outermost first.
    pub causes: &'a [String],
    /// The full path of the function that it began in, or that made something else of it.
    pub function: &'static str,
    /// Whether it left the root of its flow, or of the task or thread that it began in: nobody handled it.
    pub escapes: bool,
}

impl ErrorSeen<'_> {
    /// Whether it is a panic, and not an error that was returned.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        self.text.error_type == "panic"
    }
}
