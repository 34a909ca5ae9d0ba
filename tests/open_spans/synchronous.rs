//! Synchronous calls.

use super::helpers::{
    assert_linked, exceptions, flows_of, names, only, outlines, paths, shapes, short, wait_until_long,
};

#[omegi::instrument_crate]
mod shop {
    use super::wait_until_long;

    fn find(item: u32) -> Result<u32, String> {
        if item.is_multiple_of(2) { Ok(item) } else { Err(format!("no item {item}")) }
    }

    fn handle(item: u32) -> Result<u32, String> {
        let found = find(item)?;
        Ok(found + 1)
    }

    pub(super) fn serve(before: u32, after: u32) -> u32 {
        let mut handled = 0;
        for item in 0..before {
            handled += handle(item).unwrap_or(0);
        }
        wait_until_long();
        for item in 0..after {
            handled += handle(item).unwrap_or(0);
        }
        handled
    }

    pub(super) fn main() -> u32 {
        serve(1, 2)
    }

    pub(super) fn fails_late() -> Result<u32, String> {
        wait_until_long();
        let handled = handle(2)?;
        Ok(handled + handle(1)?)
    }

    fn batch() -> Result<u32, String> {
        let first = handle(1);
        wait_until_long();
        let second = handle(2);
        first.and(second)
    }

    pub(super) fn fails_by_itself() -> Result<u32, String> {
        wait_until_long();
        let _ = handle(1);
        let _ = handle(2);
        Err("closed".to_owned())
    }

    #[omegi::traced(args, ret)]
    fn noted(number: i64) -> i64 {
        omegi::current().attribute("said", number);
        omegi::current().event("noted", [omegi::Attribute::new("number", number)]);
        number
    }

    pub(super) fn with_data(times: i64) -> i64 {
        let before: i64 = (0..times).map(noted).sum();
        omegi::current().attribute("all", times);
        wait_until_long();
        before + (0..times).map(noted).sum::<i64>()
    }

    fn explode() {
        panic!("exploded");
    }

    pub(super) fn panics() {
        wait_until_long();
        let _ = handle(2);
        explode();
    }

    pub(super) fn over_the_seam() -> Result<u32, String> {
        wait_until_long();
        batch()
    }
}

#[test]
fn each_later_child_is_a_flow_of_its_own() {
    let flows = flows_of("sync-later", || _ = shop::serve(0, 4));
    assert_eq!(
        shapes(&flows),
        ["handle find", "handle! find!", "handle find", "handle! find!", "serve"],
        "{}",
        outlines(&flows)
    );
    flows[..4].iter().for_each(|flow| assert_linked(flow, &flows, "serve"));
    let mut traces: Vec<_> = flows.iter().map(|flow| flow.trace_id.to_string()).collect();
    traces.sort_unstable();
    traces.dedup();
    assert_eq!(traces.len(), 5);
    let serve = only(&flows, "serve").root().unwrap();
    assert!(serve.duration_ns() >= 80_000_000, "its own time");
}

#[test]
fn what_came_before_comes_out_too_and_nothing_twice() {
    let flows = flows_of("sync-seam", || _ = shop::serve(200, 200));
    let names = names(&flows);
    let count = |name: &str| names.iter().filter(|it| *it == name).count();
    assert_eq!((count("handle"), count("find"), count("serve")), (400, 400, 1));
    assert_eq!(exceptions(&flows), 200);
    assert!(paths(&flows).iter().all(|path| path == &["find", "handle"]));
}

#[test]
fn the_innermost_open_span_has_the_children() {
    let flows = flows_of("sync-nested", || _ = shop::main());
    assert_eq!(names(&flows).len(), 8, "{}", outlines(&flows));
    let later: Vec<_> =
        flows.iter().filter(|flow| flow.root().is_some_and(|it| short(it) == "handle")).collect();
    assert!(!later.is_empty(), "{}", outlines(&flows));
    later.into_iter().for_each(|flow| assert_linked(flow, &flows, "serve"));
}

#[test]
fn an_error_that_the_open_span_passes_on_keeps_its_path_and_is_told_once() {
    let flows = flows_of("sync-path", || _ = shop::fails_late());
    let open = only(&flows, "fails_late");
    assert_eq!(paths(std::slice::from_ref(open)), [["find", "handle", "fails_late"]]);
    assert_eq!(exceptions(&flows), 1, "{}", outlines(&flows));
    assert_eq!(open.root().unwrap().links.len(), 1, "linked to the error's origin");
}

#[test]
fn an_error_of_an_earlier_child_keeps_its_path_too() {
    let flows = flows_of("sync-path-seam", || _ = shop::over_the_seam());
    assert!(
        paths(&flows).iter().any(|path| path == &["find", "handle", "batch", "over_the_seam"]),
        "{:?}",
        paths(&flows)
    );
    assert_eq!(exceptions(&flows), 1, "{}", outlines(&flows));
}

#[test]
fn other_errors_of_the_open_span_are_not_those_of_its_children() {
    let flows = flows_of("sync-other", || _ = shop::fails_by_itself());
    let open = only(&flows, "fails_by_itself");
    assert_eq!(paths(std::slice::from_ref(open)), [["fails_by_itself"]]);
    assert_eq!(exceptions(&flows), 2, "{}", outlines(&flows));
}

#[test]
fn attributes_updates_and_returns_go_with_their_span() {
    let flows = flows_of("sync-data", || _ = shop::with_data(100));
    let mut told = 0;
    for span in flows.iter().flat_map(|flow| &flow.spans).filter(|span| short(span) == "noted") {
        let number = span.attribute("omegi.arg.number").cloned().unwrap();
        assert_eq!(span.attribute("omegi.return"), Some(&number));
        assert_eq!(span.attribute("said"), Some(&number));
        assert_eq!(span.events.len(), 1);
        told += 1;
    }
    assert_eq!(told, 200);
    let open = only(&flows, "with_data").root().unwrap();
    assert_eq!(open.attribute("all"), Some(&omegi::Value::from(100)));
}

#[test]
fn a_panic_keeps_its_path() {
    let flows = flows_of("sync-panic", || _ = std::panic::catch_unwind(shop::panics));
    let open = only(&flows, "panics");
    assert_eq!(paths(std::slice::from_ref(open)), [["explode", "panics"]]);
    assert_eq!(exceptions(&flows), 1, "{}", outlines(&flows));
}
