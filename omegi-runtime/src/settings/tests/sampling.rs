//! The sampling of flows without an error.

use super::{HeadSampling, check, program, resolve_both};
use crate::settings::FlowRate;

const fn otel(ratio: f64, obeys_caller: bool) -> HeadSampling {
    HeadSampling::Otel { ratio, obeys_caller }
}

const fn one_in(n: u64) -> HeadSampling {
    HeadSampling::OneIn(FlowRate::one_in(n))
}

const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const ARG: &str = "OTEL_TRACES_SAMPLER_ARG";

#[test]
fn samplers() {
    check(
        |settings| settings.sampling,
        &[
            (&[(SAMPLER, "always_on")], otel(1.0, false), &[]),
            (&[(SAMPLER, "ALWAYS_OFF")], otel(0.0, false), &[]),
            (&[(SAMPLER, "traceidratio")], otel(1.0, false), &[]),
            (&[(SAMPLER, "traceidratio"), (ARG, "0.25")], otel(0.25, false), &[]),
            (&[(SAMPLER, "parentbased_always_on")], otel(1.0, true), &[]),
            (&[(SAMPLER, "parentbased_always_off")], otel(0.0, true), &[]),
            (&[(SAMPLER, "parentbased_traceidratio"), (ARG, "1e-3")], otel(0.001, true), &[]),
            (&[(SAMPLER, "always_off"), ("OMEGI_FLOW_RATE", "7")], one_in(7), &[]),
        ],
    );
}

#[test]
fn samplers_that_cannot_be_used() {
    check(
        |settings| settings.sampling,
        &[
            (
                &[(SAMPLER, "alwaysoff")],
                one_in(5),
                &["OTEL_TRACES_SAMPLER=\"alwaysoff\" is not one of always_on, always_off, traceidratio, \
                     parentbased_always_on, parentbased_always_off, parentbased_traceidratio (did you mean \
                     always_off?); using OMEGI_FLOW_RATE=5"],
            ),
            (
                &[(SAMPLER, "xray"), ("OMEGI_FLOW_RATE", "3")],
                one_in(3),
                &["OTEL_TRACES_SAMPLER=\"xray\" cannot be used: this version asks no X-Ray which flows to \
                   keep; using OMEGI_FLOW_RATE=3"],
            ),
            (
                &[(SAMPLER, "parentbased_jaeger_remote")],
                one_in(5),
                &["OTEL_TRACES_SAMPLER=\"parentbased_jaeger_remote\" cannot be used: this version asks no \
                   Jaeger which flows to keep; using OMEGI_FLOW_RATE=5"],
            ),
            (
                &[(SAMPLER, "always_off"), ("OMEGI_FLOW_RATE", "often")],
                otel(0.0, false),
                &["OMEGI_FLOW_RATE=\"often\" is not a whole number (0, 1, 2 …); using OTEL_TRACES_SAMPLER"],
            ),
            (
                &[(SAMPLER, "traceidratio"), (ARG, "1.5")],
                otel(1.0, false),
                &["OTEL_TRACES_SAMPLER_ARG=\"1.5\" is not a number from 0 to 1; using 1"],
            ),
            (
                &[(SAMPLER, "traceidratio"), (ARG, "nan")],
                otel(1.0, false),
                &["OTEL_TRACES_SAMPLER_ARG=\"nan\" is not a number from 0 to 1; using 1"],
            ),
            (
                &[(SAMPLER, "always_on"), (ARG, "0.5")],
                otel(1.0, false),
                &["OTEL_TRACES_SAMPLER_ARG=\"0.5\" has no effect: only the samplers traceidratio and \
                   parentbased_traceidratio take it; it is ignored"],
            ),
            (
                &[(SAMPLER, "alwaysoff"), (ARG, "2")],
                one_in(5),
                &[
                    "OTEL_TRACES_SAMPLER=\"alwaysoff\" is not one of always_on, always_off, traceidratio, \
                     parentbased_always_on, parentbased_always_off, parentbased_traceidratio (did you mean \
                     always_off?); using OMEGI_FLOW_RATE=5",
                    "OTEL_TRACES_SAMPLER_ARG=\"2\" is not a number from 0 to 1; using OMEGI_FLOW_RATE=5",
                ],
            ),
            (
                &[(SAMPLER, "traceidratio"), (ARG, "2"), ("OMEGI_FLOW_RATE", "3")],
                one_in(3),
                &["OTEL_TRACES_SAMPLER_ARG=\"2\" is not a number from 0 to 1; using OMEGI_FLOW_RATE=3"],
            ),
            (&[(SAMPLER, "always_on"), (ARG, "2"), ("OMEGI_FLOW_RATE", "3")], one_in(3), &[]),
            (
                &[(ARG, "0.5")],
                one_in(5),
                &["OTEL_TRACES_SAMPLER_ARG=\"0.5\" has no effect: OTEL_TRACES_SAMPLER is not set; it \
                    is ignored"],
            ),
        ],
    );
}

#[test]
fn a_sampler_in_the_environment_wins_over_a_flow_rate_in_code() {
    let (sampler, rate) = ([(SAMPLER, "always_on")], [("OMEGI_FLOW_RATE", "7")]);
    let both = [sampler[0], rate[0]];
    for (environment, code, expected) in [
        (&sampler[..], &rate[..], otel(1.0, false)),
        (&both, &[], one_in(7)),
        (&[], &both, one_in(7)),
        (&rate, &sampler, one_in(7)),
    ] {
        let (settings, _) = resolve_both(&program(true), environment, code);
        assert_eq!(settings.sampling, expected, "{environment:?} {code:?}");
    }
}

#[test]
fn flow_rate() {
    let name = "OMEGI_FLOW_RATE";
    check(
        |settings| match settings.sampling {
            HeadSampling::OneIn(rate) => rate.get(),
            HeadSampling::Otel { .. } => unreachable!("no sampler is named"),
        },
        &[
            (&[], 5, &[]),
            (&[(name, "0")], 0, &[]),
            (&[(name, "18446744073709551615")], u64::MAX, &[]),
            (
                &[(name, "often")],
                5,
                &["OMEGI_FLOW_RATE=\"often\" is not a whole number (0, 1, 2 …); using 5"],
            ),
            (&[(name, "-1")], 5, &["OMEGI_FLOW_RATE=\"-1\" is not a whole number (0, 1, 2 …); using 5"]),
            (
                &[(name, "18446744073709551616")],
                5,
                &["OMEGI_FLOW_RATE=\"18446744073709551616\" is not between 0 and 18446744073709551615; \
                   using 5"],
            ),
        ],
    );
}
