//! Work on other threads.

use std::thread;

use super::helpers::{assert_linked, exceptions, flows_of, names, only, outlines, paths, wait_until_long};

#[omegi::instrument_crate]
mod shop {
    use super::{thread, wait_until_long};

    fn find(item: u32) -> Result<u32, String> {
        if item.is_multiple_of(2) { Ok(item) } else { Err(format!("no item {item}")) }
    }

    pub(super) fn handle(item: u32) -> Result<u32, String> {
        find(item)
    }

    fn fan_out(items: std::ops::Range<u32>) -> usize {
        let name = thread::current().name().unwrap_or_default().to_owned();
        let spawn = |item| {
            let work = omegi::in_flow(move || handle(item));
            thread::Builder::new().name(name.clone()).spawn(work).unwrap()
        };
        let workers: Vec<_> = items.map(spawn).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).filter(Result::is_err).count()
    }

    pub(super) fn serve() -> usize {
        let before = fan_out(0..4);
        wait_until_long();
        before + fan_out(4..8)
    }
}

#[test]
fn parts_on_other_threads_are_told_once() {
    let flows = flows_of("forked", || assert_eq!(shop::serve(), 4));
    let names = names(&flows);
    let count = |name: &str| names.iter().filter(|it| *it == name).count();
    assert_eq!((count("handle"), count("find"), count("fan_out")), (8, 8, 2), "{}", outlines(&flows));
    assert_eq!(count("serve"), 1);
    assert_eq!(exceptions(&flows), 4);
    assert!(paths(&flows).iter().all(|path| path.starts_with(&["find".to_owned(), "handle".to_owned()])));
    let later = flows.iter().filter(|flow| flow.trace_id != only(&flows, "serve").trace_id);
    later.for_each(|flow| assert_linked(flow, &flows, "serve"));
}
