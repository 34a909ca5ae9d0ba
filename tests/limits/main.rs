//! Flows over the limits: nothing grows without bound, and every loss is counted.
//!
//! It is a process of its own, because the limits are set once for all flows: 100 records a flow,
//! and 25 for errors.

use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use omegi::{ClockMode, Flow, MemoryExporter, Value};

#[omegi::instrument_crate]
mod shop {
    #[omegi::traced]
    pub(crate) fn import(rows: u32, bad: impl Fn(u32) -> bool) -> u32 {
        (0..rows).filter(|row| parse(*row, bad(*row)).is_ok()).count() as u32
    }

    fn parse(row: u32, bad: bool) -> Result<u32, u32> {
        checked(row, bad)
    }

    fn checked(row: u32, bad: bool) -> Result<u32, u32> {
        if bad { Err(row) } else { Ok(row.min(7)) }
    }

    pub(crate) fn descend(depth: u32) -> u32 {
        if depth == 0 { 0 } else { descend(depth - 1) + 1 }
    }

    pub(crate) fn fail_at(depth: u32) -> Result<u32, String> {
        if depth == 0 { Err("at the bottom".to_owned()) } else { fail_at(depth - 1) }
    }
}

/// Returns the one flow that `program` makes.
fn flow_of<R>(program: impl FnOnce() -> R + Send + 'static) -> Flow {
    static OMEGI: OnceLock<MemoryExporter> = OnceLock::new();
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let memory = OMEGI.get_or_init(|| {
        let memory = MemoryExporter::new();
        let builder = omegi::builder().flow_rate(1).clock(ClockMode::Exact).spans_per_flow(100);
        // A slow machine takes longer for a flow of many calls than a span may stay open.
        let builder = builder.flow_open(Duration::ZERO);
        omegi_tests::start_for_good(builder.exporter(memory.clone()));
        memory
    });
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    // The stack has room for deep recursion without optimisation.
    std::thread::Builder::new().stack_size(1 << 30).spawn(|| drop(program())).unwrap().join().unwrap();
    assert!(omegi::flush(Duration::from_secs(60)));
    let mut flows = memory.take();
    assert_eq!(flows.len(), 1);
    flows.remove(0)
}

fn number(value: Option<&Value>) -> i64 {
    match value {
        Some(Value::I64(number)) => *number,
        other => panic!("{other:?} is not a number"),
    }
}

/// Returns the summaries of a flow: host, function, calls, errors.
fn summaries(flow: &Flow) -> Vec<(usize, String, i64, i64)> {
    let mut found = Vec::new();
    for (host, span) in flow.spans.iter().enumerate() {
        for event in span.events.iter().filter(|event| event.name == "omegi.calls") {
            let value = |key: &str| event.attributes.iter().find(|it| it.key == key).map(|it| &it.value);
            let function = value("code.function.name").unwrap().to_string();
            assert!(number(value("omegi.calls.total_ns")) >= number(value("omegi.calls.longest_ns")));
            let name = function.rsplit("::").next().unwrap().to_owned();
            found.push((host, name, number(value("omegi.calls.count")), number(value("omegi.calls.errors"))));
        }
    }
    found
}

fn dropped(flow: &Flow) -> i64 {
    number(flow.root().unwrap().attribute("omegi.flow.dropped_spans"))
}

#[test]
fn a_loop_of_ten_million_calls_keeps_its_first_spans_and_a_summary_of_the_rest() {
    const ROWS: u32 = 5_000_000;
    let flow = flow_of(|| assert_eq!(shop::import(ROWS, |_| false), ROWS));
    assert_eq!(flow.spans.len(), 100);
    // The flow keeps the root, 49 whole rows, and one more `parse`, under which `checked` had no
    // room.
    let calls = i64::from(ROWS) * 2 + 1;
    assert_eq!(dropped(&flow), calls - 100);
    assert_eq!(
        summaries(&flow),
        [
            (0, "checked".to_owned(), i64::from(ROWS) - 50, 0),
            (0, "parse".to_owned(), i64::from(ROWS) - 50, 0),
            (99, "checked".to_owned(), 1, 0),
        ]
    );
}

#[test]
fn errors_beyond_the_limit_keep_their_spans_and_their_path() {
    let flow = flow_of(|| assert_eq!(shop::import(1000, |row| row % 400 == 399), 998));
    assert_eq!(flow.errors.len(), 2);
    for (error, row) in flow.errors.iter().zip(["399", "799"]) {
        assert_eq!(error.message, row);
        let names: Vec<_> = error.path.iter().map(|step| &*flow.spans[step.span].name).collect();
        assert_eq!(
            names,
            ["shop::checked", "shop::parse"].map(|name| format!("limits::{name}").replace("limits::", ""))
        );
        let origin = &flow.spans[error.path[0].span];
        assert_eq!(origin.parent, Some(error.path[1].span));
        assert_eq!(flow.spans[error.path[1].span].parent, Some(0));
    }
    assert_eq!(flow.spans.len(), 104);
    let counted: i64 = summaries(&flow).iter().map(|(_, _, count, _)| count).sum();
    assert_eq!(counted, dropped(&flow));
    assert_eq!(flow.spans.len() as i64 + dropped(&flow), 2001);
}

#[test]
fn more_errors_than_there_is_room_for_are_counted() {
    let flow = flow_of(|| assert_eq!(shop::import(1000, |row| row >= 500), 500));
    assert_eq!(flow.spans.len(), 125);
    let failed: i64 = summaries(&flow).iter().map(|(_, _, _, errors)| errors).sum();
    let recorded = flow.errors.iter().map(|error| error.path.len()).sum::<usize>() as i64;
    assert_eq!(failed + recorded, 1000);
    assert!(number(flow.root().unwrap().attribute("omegi.flow.dropped_errors")) > 0);
    assert_eq!(flow.spans.len() as i64 + dropped(&flow), 2001);
}

#[test]
fn recursion_beyond_the_limit_is_summarised_on_its_deepest_span() {
    let flow = flow_of(|| assert_eq!(shop::descend(2000), 2000));
    assert_eq!(flow.spans.len(), 100);
    assert_eq!(summaries(&flow), [(99, "descend".to_owned(), 1901, 0)]);
    assert_eq!(dropped(&flow), 1901);
}

#[test]
fn an_error_far_below_the_limit_keeps_the_part_of_its_path_that_fits() {
    let flow = flow_of(|| assert!(shop::fail_at(110).is_err()));
    assert_eq!(flow.errors[0].path.len(), 111);
    assert_eq!(flow.spans.len(), 111);
    assert!(flow.root().unwrap().attribute("omegi.flow.dropped_spans").is_none());
    let parents: Vec<_> = flow.spans.iter().map(|span| span.parent).collect();
    assert!(parents.iter().enumerate().all(|(span, parent)| *parent == span.checked_sub(1)));
}

#[test]
fn an_error_with_more_callers_than_fit_keeps_its_origin_and_the_calls_next_to_it() {
    let flow = flow_of(|| assert!(shop::fail_at(100_000).is_err()));
    assert_eq!(flow.errors.len(), 1, "it is one error, however few of its callers are recorded");
    let error = &flow.errors[0];
    assert_eq!((error.message.as_str(), error.path.len()), ("at the bottom", 125));
    assert_eq!(flow.spans.len(), 125);
    assert_eq!(flow.spans.len() as i64 + dropped(&flow), 100_001);
}
