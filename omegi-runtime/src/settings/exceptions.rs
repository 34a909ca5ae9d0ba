//! The signal that errors are exported as ([OpenTelemetry], exceptions).
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/semconv/exceptions/

use super::parsed::Reason;
use super::reader::Reader;
use super::variable::Fallback::Rule;
use super::variable::Parser::Whole;
use super::variable::Variable;

pub(super) static EXCEPTION_SIGNAL: Variable<()> = Variable::new(
    "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN",
    Rule("a span event"),
    Whole(parse),
    "the signal of an error besides the span's status. `logs` and `logs/dup` are reported, and the span \
     event stays: omegi exports no logs",
);

/// Reports a request for errors as logs: omegi exports none, so the span event stays.
pub(super) fn report_requests_for_logs(reader: &mut Reader<'_>) {
    reader.optional(&EXCEPTION_SIGNAL, EXCEPTION_SIGNAL.entry.default_shown());
}

/// Accepts no word, so the reason suggests none either.
fn parse(text: &str) -> Result<(), Reason> {
    let asks_for_logs = ["logs", "logs/dup"].iter().any(|word| word.eq_ignore_ascii_case(text));
    Err(if asks_for_logs {
        Reason::unusable("omegi exports no logs")
    } else {
        "is not a known signal".into()
    })
}
