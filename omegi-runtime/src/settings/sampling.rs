//! The sampling of flows without an error.
//!
//! omegi's own rule is *1 in N*. Without it, OpenTelemetry's samplers decide by [its
//! specification], with one difference: they decide only about flows without an error. A flow with
//! an error is kept even by `always_off`.
//!
//! [its specification]: https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampling

use super::choices::Sampler;
use super::code::CodeSettable;
use super::parsed::Reason;
use super::parsing::whole_number;
use super::program::Program;
use super::reader::Reader;
use super::variable::Fallback::{Rule, Text};
use super::variable::Parser::Whole;
use super::variable::Variable;
use super::words::{Word, one_of};
use super::woven::WeaveCommand;

pub(crate) static FLOW_RATE: Variable<FlowRate> = Variable::new(
    "OMEGI_FLOW_RATE",
    Text("5"),
    Whole(|text| whole_number(text, 0..=u64::MAX).map(FlowRate)),
    "keep 1 in N flows that had no error; `1` keeps all, `0` keeps only flows with an error",
);

pub(crate) static SAMPLER: Variable<SamplerRule> = Variable::new(
    "OTEL_TRACES_SAMPLER",
    Rule("1 in N, by `OMEGI_FLOW_RATE`"),
    Whole(parse_sampler),
    "sampler of flows without an error if `OMEGI_FLOW_RATE` is unset: `always_on`, `always_off` (none: only \
     flows with an error), `traceidratio`; with `parentbased_` before it: the decision of the calling \
     service, and the sampler's own only if the flow began here",
);

pub(crate) static SAMPLER_ARG: Variable<f64> =
    Variable::new(
        "OTEL_TRACES_SAMPLER_ARG",
        Text("1"),
        Whole(|text| text.parse().map_err(|_| NOT_A_RATIO.into())),
        "the share that `traceidratio` keeps, from `0` to `1`",
    )
    .checked(|ratio, _| {
        if (0.0..=1.0).contains(&ratio) { Ok(ratio).into() } else { Err(Reason::from(NOT_A_RATIO)).into() }
    });

const NOT_A_RATIO: &str = "is not a number from 0 to 1";

/// The N of *keep 1 in N flows that had no error*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FlowRate(u64);

impl FlowRate {
    /// Returns 1 in `n`; `1` keeps all, `0` only flows with an error.
    pub(crate) const fn one_in(n: u64) -> Self {
        Self(n)
    }

    /// Returns the N.
    pub(crate) const fn get(self) -> u64 {
        self.0
    }
}

impl CodeSettable for FlowRate {
    fn to_text(&self) -> String {
        self.0.to_string()
    }
}

/// A sampler's name, in its parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SamplerRule {
    root: RootSampler,
    obeys_caller: bool,
}

/// The sampler of flows that begin here.
#[derive(Clone, Copy, Debug, PartialEq)]
enum RootSampler {
    AlwaysOn,
    AlwaysOff,
    Ratio,
}

impl SamplerRule {
    const fn of_root(root: RootSampler) -> Self {
        Self { root, obeys_caller: false }
    }

    const fn of_caller_or(root: RootSampler) -> Self {
        Self { root, obeys_caller: true }
    }
}

impl From<Sampler> for SamplerRule {
    fn from(sampler: Sampler) -> Self {
        match sampler {
            Sampler::AlwaysOn => Self::of_root(RootSampler::AlwaysOn),
            Sampler::AlwaysOff => Self::of_root(RootSampler::AlwaysOff),
            Sampler::TraceIdRatio(_) => Self::of_root(RootSampler::Ratio),
            Sampler::ParentBasedAlwaysOn => Self::of_caller_or(RootSampler::AlwaysOn),
            Sampler::ParentBasedAlwaysOff => Self::of_caller_or(RootSampler::AlwaysOff),
            Sampler::ParentBasedTraceIdRatio(_) => Self::of_caller_or(RootSampler::Ratio),
        }
    }
}

impl Sampler {
    /// Returns the share that it keeps by trace id, if it does.
    pub(crate) const fn ratio(self) -> Option<f64> {
        match self {
            Self::TraceIdRatio(ratio) | Self::ParentBasedTraceIdRatio(ratio) => Some(ratio),
            _ => None,
        }
    }
}

impl Word for SamplerRule {
    fn word(self) -> &'static str {
        match (self.root, self.obeys_caller) {
            (RootSampler::AlwaysOn, false) => "always_on",
            (RootSampler::AlwaysOff, false) => "always_off",
            (RootSampler::Ratio, false) => "traceidratio",
            (RootSampler::AlwaysOn, true) => "parentbased_always_on",
            (RootSampler::AlwaysOff, true) => "parentbased_always_off",
            (RootSampler::Ratio, true) => "parentbased_traceidratio",
        }
    }
}

impl CodeSettable for SamplerRule {
    fn to_text(&self) -> String {
        self.word().to_owned()
    }
}

/// The sampling of flows without an error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum HeadSampling {
    /// Keeps 1 in N.
    OneIn(FlowRate),
    /// Keeps as a sampler of OpenTelemetry does.
    Otel {
        /// The share of flows that begin here, from 0 to 1.
        ratio: f64,
        /// True if the calling service decides about the others.
        obeys_caller: bool,
    },
}

impl HeadSampling {
    pub(super) fn resolve(reader: &mut Reader<'_>) -> Self {
        let rate = reader.read(&FLOW_RATE);
        let sampler = reader.read(&SAMPLER);
        if sampler.overrules(&rate) {
            reader.finish(rate, SAMPLER.entry.name);
            reader.mark_overruled(&FLOW_RATE.entry);
            if let Some(sampler) = reader.finish(sampler, "") {
                return sampler.with_argument(reader);
            }
            return Self::OneIn(default_rate(reader.program()));
        }
        let used = rate.value().copied().unwrap_or_else(|| default_rate(reader.program()));
        let instead = format!("OMEGI_FLOW_RATE={}", used.get());
        let takes_ratio = sampler.value().is_none_or(|sampler| sampler.root == RootSampler::Ratio);
        reader.finish(sampler, &instead);
        reader.mark_overruled(&SAMPLER.entry);
        check_unused_argument(reader, takes_ratio, &instead);
        reader.finish(rate, &used.get().to_string());
        Self::OneIn(used)
    }
}

/// Returns the rate of a program without settings. A run shows all flows; of tests, those that fail
/// are of interest.
fn default_rate(program: &Program) -> FlowRate {
    match program.woven.as_ref().map(|woven| woven.command) {
        Some(WeaveCommand::Run) => FlowRate::one_in(1),
        Some(WeaveCommand::Test) => FlowRate::one_in(0),
        Some(WeaveCommand::Build) | None => FLOW_RATE.default(program),
    }
}

impl SamplerRule {
    fn with_argument(self, reader: &mut Reader<'_>) -> HeadSampling {
        let Self { root, obeys_caller } = self;
        let ratio = match root {
            RootSampler::Ratio => reader.value(&SAMPLER_ARG),
            RootSampler::AlwaysOn | RootSampler::AlwaysOff => {
                let reason =
                    "has no effect: only the samplers traceidratio and parentbased_traceidratio take it";
                reader.mark_unused(&SAMPLER_ARG.entry, reason, None);
                if root == RootSampler::AlwaysOn { 1.0 } else { 0.0 }
            }
        };
        HeadSampling::Otel { ratio, obeys_caller }
    }
}

/// Reports a wrong argument of a sampler that does not decide: `try_init` lists everything that is
/// wrong.
fn check_unused_argument(reader: &mut Reader<'_>, takes_ratio: bool, instead: &str) {
    if !reader.is_set(&SAMPLER.entry) {
        let reason = "has no effect: OTEL_TRACES_SAMPLER is not set";
        reader.mark_unused(&SAMPLER_ARG.entry, reason, None);
    } else if takes_ratio {
        reader.optional(&SAMPLER_ARG, instead);
    }
    reader.mark_overruled(&SAMPLER_ARG.entry);
}

fn parse_sampler(text: &str) -> Result<SamplerRule, Reason> {
    use RootSampler::{AlwaysOff, AlwaysOn, Ratio};
    const NO_JAEGER: &str = "this version asks no Jaeger which flows to keep";
    let own = [AlwaysOn, AlwaysOff, Ratio].map(SamplerRule::of_root);
    let callers = [AlwaysOn, AlwaysOff, Ratio].map(SamplerRule::of_caller_or);
    let known = own.into_iter().chain(callers).map(|sampler| (sampler.word(), Ok(sampler)));
    let unknown = [
        ("jaeger_remote", Err(NO_JAEGER)),
        ("parentbased_jaeger_remote", Err(NO_JAEGER)),
        ("xray", Err("this version asks no X-Ray which flows to keep")),
    ];
    one_of(&known.chain(unknown).collect::<Vec<_>>(), text)
}
