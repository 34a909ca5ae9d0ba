//! OpenTelemetry's samplers, and the flag that comes with a request.

use std::path::Path;

use super::{command, stderr, stdout};

/// Returns which flows are kept: that of the sampled request, that of the unsampled one, and the
/// program's own.
fn kept(variables: &[(&str, &str)]) -> [bool; 3] {
    let output = command(Path::new(env!("CARGO_BIN_EXE_called")), variables).output().unwrap();
    assert_eq!(stderr(&output), "", "{variables:?}");
    let printed = stdout(&output);
    let starts = |start: &str| printed.lines().any(|line| line.starts_with(start));
    [starts("0000000000000001ffff"), starts("0000000000000002ffff"), starts("own")]
}

#[test]
fn a_parent_based_sampler_follows_the_parent_or_else_its_root_sampler() {
    for (sampler, expected) in [
        ("always_on", [true, true, true]),
        ("always_off", [false, false, false]),
        ("parentbased_always_on", [true, false, true]),
        ("parentbased_always_off", [true, false, false]),
        ("traceidratio", [true, true, true]),
        ("parentbased_traceidratio", [true, false, true]),
    ] {
        assert_eq!(kept(&[("OTEL_TRACES_SAMPLER", sampler)]), expected, "{sampler}");
    }
    let ratio = |sampler| kept(&[("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", "0")]);
    assert_eq!(ratio("traceidratio"), [false, false, false]);
    assert_eq!(ratio("parentbased_traceidratio"), [true, false, false]);
}

#[test]
fn a_flow_rate_wins_over_a_sampler() {
    assert_eq!(kept(&[("OTEL_TRACES_SAMPLER", "always_off"), ("OMEGI_FLOW_RATE", "1")]), [true, true, true]);
}
