//! An error as a program's own rule sees it.

use super::ErrorText;

/// An error that a flow has met, as a rule of the program's own sees it when the flow has ended.
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
    /// Its type and message where it began.
    pub text: &'a ErrorText,
    /// The messages of what caused it, outermost first.
    pub causes: &'a [String],
    /// The full path of the function that it began in.
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
