//! The bounds of omegi's cost, and the check of each.

use crate::report::{MIB, Report, Spread};

/// Prints each bound, its measured value, and whether it is met. Returns whether all measured
/// bounds are met.
pub(crate) fn tell(report: &Report) -> bool {
    println!("\nBounds");
    let mut results = Vec::new();
    results.extend(spans(report));
    results.extend(idle_peer(report));
    results.extend(peers(report));
    results.extend(tracing(report));
    results.extend(memory(report));
    for result in &results {
        println!(
            "  {:<8} {:<62} {}",
            if result.met { "met" } else { "NOT MET" },
            result.bound,
            result.measure
        );
    }
    results.iter().all(|result| result.met)
}

struct BoundResult {
    bound: String,
    measure: String,
    met: bool,
}

fn result(bound: impl Into<String>, measure: String, met: bool) -> BoundResult {
    BoundResult { bound: bound.into(), measure, met }
}

fn spans(report: &Report) -> Vec<BoundResult> {
    let mut results = Vec::new();
    let mut at_most = |bound: &str, measured: Option<Spread>, limit: f64, unit: &str| {
        results.extend(measured.map(|x| result(bound, format!("{x} {unit}"), x.median <= limit)));
    };
    at_most("kept: at most 1.3 x floor", report.ratio("kept", "omegi kept", "floor"), 1.3, "x floor");
    at_most(
        "dropped: at most 1.2 x floor",
        report.ratio("dropped", "omegi dropped", "floor"),
        1.2,
        "x floor",
    );
    let off = report.above("off", "omegi off", "not instrumented");
    at_most("off: at most 1 ns above not instrumented", off, 1.0, "ns above");
    let polled = report.above("dropped", "omegi dropped, polled", "not instrumented, polled");
    at_most("a poll of an open span: at most 10 ns above plain", polled, 10.0, "ns above");
    for (bound, subject) in [
        ("kept: no allocation for a span", "omegi kept"),
        ("kept, async: no allocation for a span", "omegi kept, async yielding"),
    ] {
        results.extend(report.allocations("kept", subject).map(|(span, flow)| {
            let measure = format!("{span:.2} for a span, {flow:.1} for a flow");
            result(bound, measure, span == 0.0)
        }));
    }
    let awaited = report.ratio_to_sum("kept", "omegi kept, async", ["floor", "not instrumented, async"]);
    results.extend(awaited.map(|ratio| {
        result(
            "kept, async: at most 1.4 x (floor + the plain await)",
            format!("{ratio} x"),
            ratio.median <= 1.4,
        )
    }));
    results
}

/// Compares omegi switched off with a peer that nobody listens to. Both take a nanosecond or two,
/// and the noise of a shared machine some tenths of one: a ratio would say nothing.
fn idle_peer(report: &Report) -> Vec<BoundResult> {
    let of_form = |form: &str| {
        let (own, peer) = (format!("omegi off{form}"), format!("tracing, no subscriber{form}"));
        let above = report.above("off", &own, &peer)?;
        let bound = format!("{own}: at most 0.5 ns above {peer}");
        Some(result(bound, format!("{above} ns above"), above.median <= 0.5))
    };
    ["", ", async"].into_iter().filter_map(of_form).collect()
}

/// Compares recorded flows with recorded ones, and unsampled flows with unsampled ones.
fn peers(report: &Report) -> Vec<BoundResult> {
    const PAIRS: &[(&str, &str, &[&str])] = &[
        (
            "dropped",
            "omegi dropped",
            &[
                "fastrace no parent",
                "fastrace unsampled",
                "OpenTelemetry in_span unsampled",
                "tracing + OpenTelemetry unsampled",
            ],
        ),
        ("kept", "omegi kept", &["fastrace", "OpenTelemetry in_span", "tracing + OpenTelemetry"]),
    ];
    let mut results = Vec::new();
    for (group, omegi, peers) in PAIRS {
        for form in ["", ", async", ", async yielding", ", arguments"] {
            let own = format!("{omegi}{form}");
            for peer in *peers {
                // The other forms do not call `in_span`.
                let peer =
                    if form.is_empty() { (*peer).to_owned() } else { peer.replace(" in_span", "") + form };
                results.extend(report.ratio(group, &own, &peer).map(|ratio| {
                    result(
                        format!("{own}: ahead of {peer}"),
                        format!("{ratio} x its time"),
                        ratio.median < 1.0,
                    )
                }));
            }
        }
    }
    results
}

/// The cost of omegi's layer, including that of `tracing` itself.
fn tracing(report: &Report) -> Vec<BoundResult> {
    let of_form = |form: &str| {
        let (own, peer) = (format!("tracing + omegi, {form}"), format!("tracing + OpenTelemetry, {form}"));
        let ratio = report.ratio("tracing", &own, &peer)?;
        let measure = format!("{ratio} x its time");
        Some(result(format!("{own}: at most half of {peer}"), measure, ratio.median <= 0.5))
    };
    ["fields", "events"].into_iter().filter_map(of_form).collect()
}

/// A million records take 30.5 MiB. If all wait at once, as behind an exporter that pauses, their
/// 10,000 flows take 368 bytes each besides.
fn memory(report: &Report) -> Vec<BoundResult> {
    let mut results = Vec::new();
    for (group, limit, total) in
        [("burst", 32.0, 1e6), ("burst-slow", 36.0, 1e6), ("loop", 64.0, 10_000_001.0)]
    {
        let Some(peak) = report.memory(group, "peak") else { continue };
        let counts: Vec<_> = report
            .memories(group, "exported")
            .zip(report.memories(group, "dropped"))
            .map(|(exported, dropped)| exported + dropped)
            .collect();
        let peak = peak / MIB;
        results.push(result(
            format!("{group}: at most {limit} MiB above idle"),
            format!("{peak:.1} MiB"),
            peak <= limit,
        ));
        let all = counts.iter().all(|&count| count == total);
        results.push(result(
            format!("{group}: exported + dropped = {total}"),
            format!("{}", counts.first().copied().unwrap_or_default()),
            all,
        ));
    }
    results
}
