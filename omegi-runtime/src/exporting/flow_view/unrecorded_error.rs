//! Errors that began in a call without a span.

use crate::vocabulary::Event;

use super::summary::{text, without_crate};

/// The content of an event `exception` of an error that began in a call without a span, inside of
/// the event's span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::exporting) struct UnrecordedError<'e> {
    /// The function's path without its crate, like a span's name.
    pub(in crate::exporting) name: &'e str,
    pub(in crate::exporting) error_type: &'e str,
    pub(in crate::exporting) message: &'e str,
}

impl<'e> UnrecordedError<'e> {
    /// Reads the error, if the event is one of such a call.
    pub(in crate::exporting) fn of(event: &'e Event) -> Option<Self> {
        let function = text(event, "code.function.name");
        (event.name == "exception" && !function.is_empty()).then(|| Self {
            name: without_crate(function),
            error_type: text(event, "exception.type"),
            message: text(event, "exception.message"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{event, unrecorded_error};

    #[test]
    fn the_exception_of_a_span_is_none() {
        let expected =
            UnrecordedError { name: "parser::number", error_type: "shop::Empty", message: "no digit" };
        assert_eq!(UnrecordedError::of(&unrecorded_error()), Some(expected));
        assert_eq!(UnrecordedError::of(&event("exception", [("exception.type", "E".into())])), None);
    }
}
