//! An error as an exporter sees it, with its path.

use std::borrow::Cow;
#[cfg(feature = "enable")]
use std::fmt;

use super::Location;

/// An error and its path through the flow.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::Flow;
///
/// for error in flow().errors {
///     println!("{}: {}", error.error_type, error.message);
///     for step in &error.path {
///         println!("  {} at {}:{}", step.function, step.location.file, step.location.line);
///     }
/// }
/// # fn flow() -> Flow {
/// #     let trace_id = omegi::TraceId::from_u128(7);
/// #     Flow { trace_id, spans: vec![], errors: vec![], resource: Default::default() }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ErrorReport {
    /// The error's type (`exception.type`): the full path of a Rust type, or `panic`.
    pub error_type: Cow<'static, str>,
    /// The error's message (`exception.message`).
    pub message: String,
    /// The messages of its causes, outermost first: its `source()` chain.
    pub causes: Vec<String>,
    /// Every call that it left, from its origin outwards; never empty.
    pub path: Vec<PathStep>,
}

impl ErrorReport {
    /// The index in [`Flow::spans`](crate::Flow::spans) of the span where the error began, also of
    /// one that it did not leave: it began in a call without a span there. `None` if it began in
    /// another flow.
    #[must_use]
    pub fn origin(&self) -> Option<usize> {
        self.path.first().map(|step| step.span).filter(|span| *span != PathStep::ELSEWHERE)
    }

    /// The index of the first span of this flow that the error left.
    #[cfg(all(feature = "enable", feature = "kafka"))]
    pub(crate) fn first_span(&self) -> Option<usize> {
        self.path.iter().map(|step| step.span).find(|span| *span != PathStep::ELSEWHERE)
    }

    /// The steps of the path, each with the error's type and message when it left that span.
    #[cfg(feature = "enable")]
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&PathStep, ErrorTextRef<'_>)> {
        self.path.iter().scan(self.text(), |text, step| {
            if let Some(ErrorText { error_type, message }) = &step.became {
                *text = ErrorTextRef { error_type, message };
            }
            Some((step, *text))
        })
    }

    /// The error's type and message where it began.
    #[cfg(feature = "enable")]
    pub(crate) fn text(&self) -> ErrorTextRef<'_> {
        ErrorTextRef { error_type: &self.error_type, message: &self.message }
    }
}

/// One step of an error's path.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{ErrorReport, PathStep};
///
/// /// Returns the steps whose line is known, from the origin outwards.
/// fn lines(error: &ErrorReport) -> Vec<u32> {
///     let exact = |step: &&PathStep| step.exact && step.span != PathStep::ELSEWHERE;
///     error.path.iter().filter(exact).map(|step| step.location.line).collect()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct PathStep {
    /// The index in [`Flow::spans`](crate::Flow::spans) of the call's span, or of the span in which
    /// the call was made; [`ELSEWHERE`](Self::ELSEWHERE) if it is a span of another flow.
    pub span: usize,
    /// True if `span` is the call's own. The calls of a function with the detail `errors` have no
    /// span.
    pub recorded: bool,
    /// The full path of the function (`code.function.name`).
    pub function: Cow<'static, str>,
    /// The file and line of the `?` or of the panic; those of the function where neither is known.
    pub location: Location,
    /// True if `location` is that of a `?` or of the panic, not merely of the function.
    pub exact: bool,
    /// The error's text when it left this span, if that differs from the step before.
    pub became: Option<ErrorText>,
}

impl PathStep {
    /// Stands for a span of another flow: an error passed from a flow to the span that is linked to
    /// it.
    pub const ELSEWHERE: usize = usize::MAX;
}

/// The text of an error when it left a span.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::ErrorReport;
///
/// /// Returns the message as the outermost function returned it.
/// fn last_message(error: &ErrorReport) -> &str {
///     let conversions = error.path.iter().filter_map(|step| step.became.as_ref());
///     conversions.last().map_or(&error.message, |text| &text.message)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorText {
    /// The error's type there.
    pub error_type: Cow<'static, str>,
    /// The error's message there.
    pub message: String,
}

/// A borrowed [`ErrorText`]. Displays as `type: message`.
#[cfg(feature = "enable")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ErrorTextRef<'a> {
    pub(crate) error_type: &'a Cow<'static, str>,
    pub(crate) message: &'a str,
}

#[cfg(feature = "enable")]
impl fmt::Display for ErrorTextRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error_type, self.message)
    }
}
