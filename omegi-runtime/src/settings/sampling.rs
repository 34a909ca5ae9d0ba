//! Which flows are kept although nothing failed in them.
//!
//! omegi's own way is *1 in N*. Where nobody asks for that, OpenTelemetry's samplers do, as [its specification] says, but
//! for one thing: they decide about flows without an error only. A flow in which something fails is kept even by
//! `always_off`, for that is what omegi is there for.
//!
//! [its specification]: https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampling

use super::modes::FlowRate;
use super::parsing::one_of;
use super::problem::Complaint;
use super::reader::Reader;
use super::variables::{FLOW_RATE, SAMPLER, SAMPLER_ARG};

/// Which flows are kept although nothing failed in them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum HeadSampling {
    /// 1 in N.
    OneIn(FlowRate),
    /// As a sampler of OpenTelemetry's says.
    Otel {
        /// Of flows that begin here, this share: from 0 to 1.
        ratio: f64,
        /// Whether the calling service decides about the others.
        obeys_caller: bool,
    },
}

/// A sampler's name, taken apart.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sampler {
    root: Root,
    obeys_caller: bool,
}

/// What is done with flows that begin here.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Root {
    AlwaysOn,
    AlwaysOff,
    Ratio,
}

impl HeadSampling {
    pub(super) fn resolve(reader: &mut Reader<'_>) -> Self {
        let rate = reader.read(&FLOW_RATE, FlowRate::parse);
        let sampler = reader.read(&SAMPLER, parse_sampler);
        if sampler.overrules(&rate) {
            reader.settle(rate, SAMPLER.name);
            reader.overrule(&FLOW_RATE);
            match reader.settle(sampler, "") {
                Some(sampler) => sampler.with_argument(reader),
                None => Self::default(),
            }
        } else {
            let instead = format!("OMEGI_FLOW_RATE={}", rate.value().copied().unwrap_or_default());
            let takes_ratio = sampler.value().is_none_or(|sampler| sampler.root == Root::Ratio);
            reader.settle(sampler, &instead);
            reader.overrule(&SAMPLER);
            check_idle_argument(reader, takes_ratio, &instead);
            let default = FlowRate::default();
            Self::OneIn(reader.settle(rate, &default.to_string()).unwrap_or(default))
        }
    }
}

impl Default for HeadSampling {
    fn default() -> Self {
        Self::OneIn(FlowRate::default())
    }
}

impl Sampler {
    fn with_argument(self, reader: &mut Reader<'_>) -> HeadSampling {
        let Self { root, obeys_caller } = self;
        let ratio = match root {
            Root::Ratio => reader.value(&SAMPLER_ARG, parse_ratio),
            Root::AlwaysOn | Root::AlwaysOff => {
                let complaint =
                    "has no effect: only the samplers traceidratio and parentbased_traceidratio take it";
                reader.disregard(&SAMPLER_ARG, complaint, "nothing of it");
                if root == Root::AlwaysOn { 1.0 } else { 0.0 }
            }
        };
        HeadSampling::Otel { ratio, obeys_caller }
    }
}

/// The argument of a sampler that does not decide: a wrong one is told all the same, for whoever wants to hear of all that is wrong.
fn check_idle_argument(reader: &mut Reader<'_>, takes_ratio: bool, instead: &str) {
    if !reader.is_set(&SAMPLER) {
        reader.disregard(&SAMPLER_ARG, "has no effect: OTEL_TRACES_SAMPLER is not set", "nothing of it");
    } else if takes_ratio {
        let argument = reader.read(&SAMPLER_ARG, parse_ratio);
        reader.settle(argument, instead);
    }
    reader.overrule(&SAMPLER_ARG);
}

fn parse_sampler(text: &str) -> Result<Sampler, Complaint> {
    let known = |root, obeys_caller| Ok(Sampler { root, obeys_caller });
    const NO_JAEGER: &str = "this version asks no Jaeger which flows to keep";
    let words = [
        ("always_on", known(Root::AlwaysOn, false)),
        ("always_off", known(Root::AlwaysOff, false)),
        ("traceidratio", known(Root::Ratio, false)),
        ("parentbased_always_on", known(Root::AlwaysOn, true)),
        ("parentbased_always_off", known(Root::AlwaysOff, true)),
        ("parentbased_traceidratio", known(Root::Ratio, true)),
        ("jaeger_remote", Err(NO_JAEGER)),
        ("parentbased_jaeger_remote", Err(NO_JAEGER)),
        ("xray", Err("this version asks no X-Ray which flows to keep")),
    ];
    one_of(&words, text)
}

fn parse_ratio(text: &str) -> Result<f64, Complaint> {
    let ratio = text.parse::<f64>().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| "is not a number from 0 to 1".into())
}
