//! The headers that carry traces between services.

use super::choices::Propagator;
use super::lists::{each_once, set};
use super::parsed::Parsed;
use super::variable::Fallback::Text;
use super::variable::Parser::Pieces;
use super::variable::Variable;
use super::words::Word;

pub(crate) static PROPAGATORS: Variable<Vec<Propagator>> = Variable::new(
    "OTEL_PROPAGATORS",
    Text("tracecontext,baggage"),
    Pieces(|text, _| parse(text)),
    "headers that carry traces between services: a comma list of `tracecontext`, `baggage`, `b3`, `b3multi` \
     and `jaeger`, or `none`",
)
.checked(|propagators, _| Ok(each_once(propagators)).into());

impl Word for Propagator {
    fn word(self) -> &'static str {
        match self {
            Self::TraceContext => "tracecontext",
            Self::Baggage => "baggage",
            Self::B3 => "b3",
            Self::B3Multi => "b3multi",
            Self::Jaeger => "jaeger",
        }
    }
}

fn parse(text: &str) -> Parsed<Vec<Propagator>> {
    use Propagator::{B3, B3Multi, Baggage, Jaeger, TraceContext};
    let known = [TraceContext, Baggage, B3, B3Multi, Jaeger].map(|it| (it.word(), Ok(it)));
    let unknown = [
        ("xray", Err("this version has no X-Ray propagator")),
        ("ottrace", Err("this version has no OT Trace propagator")),
    ];
    set(text, "propagators", &[&known[..], &unknown].concat())
}
