//! Starts omegi with a short `OMEGI_FLOW_OPEN`, and reads the flows of one program.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use omegi::{ClockMode, Flow, MemoryExporter, Span, Value};
use omegi_tests::{error_paths, start_for_good};

/// The time after which a span has been open for long.
pub(crate) const OPEN: Duration = Duration::from_millis(50);

/// Waits until every span that is open now has been open for long.
#[omegi::untraced]
pub(crate) fn wait_until_long() {
    thread::sleep(OPEN + Duration::from_millis(30));
}

/// Returns the exporter of all flows. The first call starts omegi.
pub(crate) fn memory() -> &'static MemoryExporter {
    static MEMORY: OnceLock<MemoryExporter> = OnceLock::new();
    MEMORY.get_or_init(|| {
        let memory = MemoryExporter::bounded(1_000_000);
        let builder =
            omegi::builder().flow_rate(1).flow_open(OPEN).clock(ClockMode::Exact).exporter(memory.clone());
        start_for_good(builder);
        memory
    })
}

/// Returns the flows of threads with this name, as far as they are exported.
pub(crate) fn flows_named(name: &str) -> Vec<Flow> {
    assert!(omegi::flush(Duration::from_secs(60)), "the worker did not answer");
    let is_mine = |flow: &Flow| {
        let name_of = |span: &Span| span.attribute("thread.name") == Some(&Value::from(name.to_owned()));
        flow.spans.iter().any(name_of)
    };
    memory().flows().into_iter().filter(is_mine).collect()
}

/// Returns the flows that `program` makes on a thread with this name.
pub(crate) fn flows_of(name: &str, program: impl FnOnce() + Send + 'static) -> Vec<Flow> {
    // A flush tells the open flows of other tests.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    memory();
    thread::Builder::new().name(name.to_owned()).spawn(program).unwrap().join().unwrap();
    flows_named(name)
}

/// Returns the outlines of flows.
pub(crate) fn outlines(flows: &[Flow]) -> String {
    flows.iter().map(Flow::outline).collect()
}

/// Returns the name of a span without its modules.
pub(crate) fn short(span: &Span) -> &str {
    span.name.rsplit("::").next().unwrap_or_default()
}

/// Returns the spans of each flow, in their order: a failing one with `!`.
pub(crate) fn shapes(flows: &[Flow]) -> Vec<String> {
    let shown = |span: &Span| format!("{}{}", short(span), if span.outcome.is_error() { "!" } else { "" });
    flows.iter().map(|flow| flow.spans.iter().map(shown).collect::<Vec<_>>().join(" ")).collect()
}

/// Returns the names of the functions on the path of each error.
pub(crate) fn paths(flows: &[Flow]) -> Vec<Vec<String>> {
    let names = |path: Vec<(String, Option<u32>)>| path.into_iter().map(|(name, _)| name).collect();
    error_paths(flows).into_iter().map(names).collect()
}

/// Returns the flow whose root has this name, and asserts that there is one.
pub(crate) fn only<'f>(flows: &'f [Flow], root: &str) -> &'f Flow {
    let named: Vec<_> = flows.iter().filter(|flow| flow.root().is_some_and(|it| short(it) == root)).collect();
    let [flow] = named[..] else { panic!("{} flows of {root}: {}", named.len(), outlines(flows)) };
    flow
}

/// Asserts that the root of `child` is linked to the span `opener` of one of the flows.
pub(crate) fn assert_linked(child: &Flow, flows: &[Flow], opener: &str) {
    let mut openers = flows.iter().flat_map(|flow| flow.spans.iter().map(|span| (flow.trace_id, span)));
    let (trace_id, opener) = openers.find(|(_, span)| short(span) == opener).expect("the open span is told");
    let links: Vec<_> =
        child.root().unwrap().links.iter().map(|link| (link.trace_id, link.span_id)).collect();
    assert!(links.contains(&(trace_id, opener.span_id)), "{links:?}");
}

/// Returns the number of `exception` events in flows.
pub(crate) fn exceptions(flows: &[Flow]) -> usize {
    let events = flows.iter().flat_map(|flow| &flow.spans).flat_map(|span| &span.events);
    events.filter(|event| event.name == "exception").count()
}

/// Asserts that no span is told twice, and returns how often each name is told, in order.
pub(crate) fn names(flows: &[Flow]) -> Vec<String> {
    let spans = || flows.iter().flat_map(|flow| flow.spans.iter().map(|span| (flow.trace_id, span.span_id)));
    let mut ids: Vec<_> = spans().collect();
    ids.sort_unstable_by_key(|(trace_id, span_id)| (trace_id.to_string(), span_id.to_string()));
    ids.dedup();
    assert_eq!(ids.len(), spans().count(), "a span is told twice");
    let mut names: Vec<_> =
        flows.iter().flat_map(|flow| &flow.spans).map(|it| short(it).to_owned()).collect();
    names.sort_unstable();
    names
}
