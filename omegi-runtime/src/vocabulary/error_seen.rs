//! An error as a program's own rule sees it.

use super::ErrorText;

/// An error of a flow, as the program's own rule sees it when the flow has ended.
///
/// A rule sees an error as it was where it began. An error that wraps and quotes another is the
/// same error: the other's message is part of its message or of its causes. The rule does not see
/// it. An error that quotes nothing, or a panic, may be another error after the first was handled.
/// The rule sees it too, unless the first counts already. So an error counts if any of its forms
/// counts.
///
/// ```
/// use omegi_runtime::ErrorSeen;
///
/// /// An expected error is no reason to keep a flow.
/// fn counts(error: &ErrorSeen<'_>) -> bool {
///     let is_expected = error.text.message.contains("not found");
///     error.is_panic() || (error.function != "shop::cache::get" && !is_expected)
/// }
/// # assert!(omegi_runtime::builder().error_filter(counts).try_init().is_ok());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ErrorSeen<'a> {
    /// The error's type and message where it began, or where it became another error.
    pub text: &'a ErrorText,
    /// The messages of its causes, outermost first.
    pub causes: &'a [String],
    /// The full path of the function in which the error began, or became another.
    pub function: &'static str,
    /// True if the error left the root of its flow, or of its task or thread: nothing handled it.
    pub escapes: bool,
}

impl ErrorSeen<'_> {
    /// Returns whether it is a panic rather than a returned error.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        self.text.error_type == "panic"
    }
}
