//! The groups: the ways to start omegi and its peers, each in a process of its own.

use omegi::{Builder, ClockMode};

use crate::backend::{Backend, Nowhere};
use crate::flows::{floor, omegi as traced, plain};
use crate::measure::{self, Subject};
use crate::memory;
use crate::peers::{self, fastrace, otel, tracing, tracing_layers as layers};

/// The names of the groups. `burst`, `burst-slow` and `loop` belong to [`memory`].
pub(crate) const NAMES: &[&str] =
    &["off", "dropped", "dropped-exact", "kept", "tracing", "burst", "burst-slow", "loop"];

/// Runs one group in this process.
pub(crate) fn run(group: &str, quick: bool) {
    match group {
        "off" => measure::in_turns(&off(), quick),
        "dropped" => measure::in_turns(&dropped(), quick),
        "dropped-exact" => measure::in_turns(&dropped_exact(), quick),
        "kept" => measure::in_turns(&kept(), quick),
        "tracing" => measure::in_turns(&tracing_layers(), quick),
        "burst" => memory::burst(None),
        "burst-slow" => memory::burst(Some(std::time::Duration::from_millis(4))),
        "loop" => memory::endless_loop(),
        _ => unreachable!("the names are checked"),
    }
}

fn of(name: &'static str, flow: fn(u32), backend: Backend) -> Subject {
    Subject { name, flow, backend }
}

/// The subjects with which all others are compared, in every process.
fn yardsticks() -> [Subject; 7] {
    [
        of("not instrumented", plain::sync, Backend::None),
        of("floor", floor::sync, Backend::None),
        of("not instrumented, Result", plain::result, Backend::None),
        of("not instrumented, arguments", plain::args, Backend::None),
        of("not instrumented, async", plain::ready, Backend::None),
        of("not instrumented, async yielding", plain::yielding, Backend::None),
        of("not instrumented, polled", plain::polled, Backend::None),
    ]
}

fn omegi(builder: Builder) {
    // The default limit would stop the flows of `omegi erring` after the first thousand.
    let guard = builder.error_limit(0).counted_errors(omegi::CountedErrors::Any).exporter(Nowhere).init();
    // `flush` does the work of the guard.
    std::mem::forget(guard);
}

/// All recorders switched off: nothing is recorded.
fn off() -> Vec<Subject> {
    omegi(omegi::builder()); // with OMEGI_SWITCH_OFF=true
    let mut subjects = yardsticks().to_vec();
    subjects.extend([
        of("omegi off", traced::sync, Backend::None),
        of("omegi off, Result", traced::result, Backend::None),
        of("omegi off, arguments", traced::args, Backend::None),
        of("omegi off, async", traced::ready, Backend::None),
        of("omegi off, async yielding", traced::yielding, Backend::None),
        of("tracing, no subscriber", tracing::sync, Backend::None),
        of("tracing, no subscriber, async", tracing::ready, Backend::None),
    ]);
    subjects
}

/// All recorders in unsampled traces.
fn dropped() -> Vec<Subject> {
    omegi(omegi::builder().flow_rate(0));
    fastrace::start();
    peers::start_otel(false);
    peers::start_tracing_otel(true);
    let mut subjects = yardsticks().to_vec();
    subjects.extend([
        of("omegi dropped", traced::sync, Backend::None),
        of("omegi dropped, Result", traced::result, Backend::None),
        of("omegi dropped, arguments", traced::args, Backend::None),
        of("omegi dropped, async", traced::ready, Backend::None),
        of("omegi dropped, async yielding", traced::yielding, Backend::None),
        of("omegi dropped, polled", traced::polled, Backend::None),
        of("omegi erring", traced::erring, Backend::Omegi),
        of("fastrace no parent", fastrace::orphan::sync, Backend::None),
        of("fastrace no parent, async", fastrace::orphan::ready, Backend::None),
        of("fastrace unsampled", fastrace::unsampled::sync, Backend::Fastrace),
        of("fastrace unsampled, async", fastrace::unsampled::ready, Backend::Fastrace),
        of("OpenTelemetry in_span unsampled", otel::sync, Backend::None),
        of("OpenTelemetry unsampled, async", otel::ready, Backend::None),
        of("tracing + OpenTelemetry unsampled", tracing::sync, Backend::None),
        of("tracing + OpenTelemetry unsampled, async", tracing::ready, Backend::None),
    ]);
    subjects
}

/// The same with every time read from the clock, and tracing with a filter that rejects all spans.
fn dropped_exact() -> Vec<Subject> {
    omegi(omegi::builder().flow_rate(0).clock(ClockMode::Exact));
    peers::start_otel(true);
    peers::start_tracing_otel(false);
    let mut subjects = yardsticks().to_vec();
    subjects.extend([
        of("omegi dropped, exact times", traced::sync, Backend::None),
        of("omegi dropped, exact times, async", traced::ready, Backend::None),
        of("omegi dropped, exact times, polled", traced::polled, Backend::None),
        of("tracing filtered out", tracing::sync, Backend::None),
        of("tracing filtered out, async", tracing::ready, Backend::None),
    ]);
    subjects
}

/// All recorders keep everything.
fn kept() -> Vec<Subject> {
    omegi(omegi::builder().flow_rate(1));
    fastrace::start();
    peers::start_otel(true);
    peers::start_tracing_otel(true);
    let mut subjects = yardsticks().to_vec();
    subjects.extend([
        of("omegi kept", traced::sync, Backend::Omegi),
        of("omegi kept, Result", traced::result, Backend::Omegi),
        of("omegi kept, arguments", traced::args, Backend::Omegi),
        of("omegi kept, async", traced::ready, Backend::Omegi),
        of("omegi kept, async yielding", traced::yielding, Backend::Omegi),
        of("omegi kept, erring", traced::erring, Backend::Omegi),
        of("fastrace", fastrace::sync, Backend::Fastrace),
        of("fastrace, arguments", fastrace::properties, Backend::Fastrace),
        of("fastrace, async", fastrace::ready, Backend::Fastrace),
        of("fastrace, async yielding", fastrace::yielding, Backend::Fastrace),
        of("OpenTelemetry in_span", otel::sync, Backend::Otel),
        of("OpenTelemetry, async", otel::ready, Backend::Otel),
        of("OpenTelemetry, async yielding", otel::yielding, Backend::Otel),
        of("tracing + OpenTelemetry", tracing::sync, Backend::Otel),
        of("tracing + OpenTelemetry, arguments", tracing::args, Backend::Otel),
        of("tracing + OpenTelemetry, async", tracing::ready, Backend::Otel),
        of("tracing + OpenTelemetry, async yielding", tracing::yielding, Backend::Otel),
        of("tracing + OpenTelemetry, erring", tracing::erring, Backend::Otel),
    ]);
    subjects
}

/// The layers for `tracing`, each of which keeps everything: spans with two fields, and events with
/// two.
fn tracing_layers() -> Vec<Subject> {
    omegi(omegi::builder().flow_rate(1));
    peers::start_otel(true);
    let mut subjects = yardsticks().to_vec();
    subjects.extend([
        of("tracing, no layer, fields", layers::no_layer::fields, Backend::None),
        of("tracing, no layer, events", layers::no_layer::events, Backend::None),
        of("tracing + omegi, fields", layers::omegi::fields, Backend::Omegi),
        of("tracing + omegi, events", layers::omegi::events, Backend::Omegi),
        of("tracing + OpenTelemetry, fields", layers::otel::fields, Backend::Otel),
        of("tracing + OpenTelemetry, events", layers::otel::events, Backend::Otel),
    ]);
    subjects
}
