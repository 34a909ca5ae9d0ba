//! The headers that carry traces between services.

use super::choices::Propagator;
use super::parsing::{listed, one_of, set};
use super::problem::Complaint;
use super::reader::Reader;
use super::variables::PROPAGATORS;

/// The propagators that are asked for, each once; none at all where the user said `none`.
pub(super) fn resolve_propagators(reader: &mut Reader<'_>) -> Vec<Propagator> {
    let parse = |text: &str| set(text, "propagators", parse_propagator);
    let reading = reader.read_pieces(&PROPAGATORS, parse);
    let default = || parse(PROPAGATORS.default_text()).0.unwrap_or_default();
    let propagators = reading.value().cloned().unwrap_or_else(default);
    reader.settle(reading, &listed(propagators.iter().map(|it| it.word())));
    propagators
}

/// A propagator, or that there shall be none.
fn parse_propagator(word: &str) -> Result<Option<Propagator>, Complaint> {
    use Propagator::{B3, B3Multi, Baggage, Jaeger, TraceContext};
    let known = |propagator: Propagator| (propagator.word(), Ok(Some(propagator)));
    let words = [
        known(TraceContext),
        known(Baggage),
        known(B3),
        known(B3Multi),
        known(Jaeger),
        ("none", Ok(None)),
        ("xray", Err("this version has no X-Ray propagator")),
        ("ottrace", Err("this version has no OT Trace propagator")),
    ];
    one_of(&words, word)
}
