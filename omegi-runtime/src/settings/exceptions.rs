//! How an error is told besides the span's status ([OpenTelemetry], exceptions).
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/semconv/exceptions/

use super::problem::Complaint;
use super::reader::Reader;
use super::variables::EXCEPTION_SIGNAL;

/// Answers who asks for errors as logs: omegi exports none, so the span event stays.
pub(super) fn complain_of_logs(reader: &mut Reader<'_>) {
    reader.optional(&EXCEPTION_SIGNAL, EXCEPTION_SIGNAL.default_shown(), parse);
}

/// No word is of any use here, so none is named as one that would be.
fn parse(text: &str) -> Result<(), Complaint> {
    let asks_for_logs = ["logs", "logs/dup"].iter().any(|word| word.eq_ignore_ascii_case(text));
    Err(if asks_for_logs { "cannot be used: omegi exports no logs" } else { "is no signal that is known" }
        .into())
}
