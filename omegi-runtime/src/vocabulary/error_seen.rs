//! An error as a program's own rule sees it.

use super::ErrorText;

/// An error of a flow, as the program's own rule sees it when the flow has ended.
///
/// The rule sees each error as it was where it began. A caller may wrap it in an error that quotes
/// its message, in the new message or among the causes: that is the same error, and the rule does
/// not see it again. A caller may also return an error that quotes nothing, or panic. That may be
/// the first error in other words, or another one after the first was handled. So the rule sees it
/// too, unless the first counts already. The error counts if one of these forms does.
///
/// A `?` may convert the error where it begins. The rule then sees the error that the function
/// returns, and the operand of the `?`. The form counts if both do.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::ErrorSeen;
///
/// /// An expected error is no reason to keep a flow.
/// fn counts(error: &ErrorSeen<'_>) -> bool {
///     let is_expected = error.text.message.contains("not found");
///     error.is_panic() || (error.function != "shop::cache::get" && !is_expected)
/// }
/// # assert!(omegi::builder().error_filter(counts).try_init().is_ok());
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
