//! How an error is told besides the span's status ([OpenTelemetry], exceptions).
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/semconv/exceptions/

use super::parsing::one_of;
use super::reader::Reader;
use super::variables::EXCEPTION_SIGNAL;

/// Answers who asks for errors as logs: omegi exports none, so the span event stays.
pub(super) fn complain_of_logs(reader: &mut Reader<'_>) {
    const NO_LOGS: &str = "omegi exports no logs";
    let parse = |text: &str| one_of::<()>(&[("logs", Err(NO_LOGS)), ("logs/dup", Err(NO_LOGS))], text);
    reader.optional(&EXCEPTION_SIGNAL, EXCEPTION_SIGNAL.default_shown(), parse);
}
