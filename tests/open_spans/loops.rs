//! Loops that serve: a turn is a flow of its own already, and may itself stay open for long.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::mpsc::{self, Receiver, Sender};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use omegi::{Flow, Value};

use super::helpers::{exceptions, flows_of, names, outlines, paths, short, wait_until_long};

#[omegi::instrument_crate]
mod shop {
    use super::{Receiver, Sender, wait_until_long};

    fn find(item: u32) -> Result<u32, String> {
        if item.is_multiple_of(2) { Ok(item) } else { Err(format!("no item {item}")) }
    }

    fn handle(item: u32) -> Result<u32, String> {
        let found = find(item)?;
        Ok(found + 1)
    }

    /// Its span is long from the second turn on.
    pub(super) fn stays_open(items: &Receiver<u32>) {
        while let Ok(item) = items.recv() {
            let _ = handle(item);
            let _ = handle(item + 1);
        }
    }

    /// Each turn is long itself.
    pub(super) fn slow_turns(items: &Receiver<u32>) {
        while let Ok(count) = items.recv() {
            for item in 0..count {
                let _ = handle(item);
            }
            wait_until_long();
            for item in 0..count {
                let _ = handle(item);
            }
        }
    }

    pub(super) async fn waits_in_a_turn(mut items: tokio::sync::mpsc::Receiver<u32>) {
        while let Some(item) = items.recv().await {
            let _ = handle(item);
            tokio::task::yield_now().await;
            let _ = handle(item + 1);
        }
    }

    pub(super) fn blocks_in_a_turn(items: &Receiver<u32>, failed: &Sender<()>, go: &Receiver<()>) {
        while let Ok(item) = items.recv() {
            let _ = handle(item);
            failed.send(()).unwrap();
            super::wait(go);
            let _ = handle(item + 1);
        }
    }
}

#[omegi::untraced]
fn wait(go: &Receiver<()>) {
    let _ = go.recv();
}

fn sent(items: &[u32]) -> Receiver<u32> {
    let (sender, receiver) = mpsc::channel();
    items.iter().for_each(|item| sender.send(*item).unwrap());
    receiver
}

/// Returns a channel that gets these items, each after a wait.
fn sent_slowly(items: &'static [u32]) -> Receiver<u32> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for item in items {
            wait_until_long();
            sender.send(*item).unwrap();
        }
    });
    receiver
}

/// Returns how often each of these spans is told.
fn counts<const N: usize>(flows: &[Flow], spans: [&str; N]) -> [usize; N] {
    let names = names(flows);
    spans.map(|span| names.iter().filter(|name| *name == span).count())
}

fn is_open(flow: &Flow) -> Option<&Value> {
    flow.root()?.attribute("omegi.flow.open")
}

/// Asserts that a turn with the errors of two calls was told while it was open, after the first,
/// and again at its end.
#[track_caller]
fn assert_told_twice(flows: &[Flow], function: &str) {
    let turns: Vec<_> = flows.iter().filter(|flow| is_open(flow).is_some()).collect();
    let [open, ended] = turns[..] else { panic!("{}", outlines(flows)) };
    assert_eq!((is_open(open), is_open(ended)), (Some(&Value::from(true)), Some(&Value::from(false))));
    assert_eq!(open.root().unwrap().span_id, ended.root().unwrap().span_id);
    assert_eq!(open.trace_id, ended.trace_id);
    for turn in turns {
        let spans: Vec<_> = turn.spans.iter().map(short).collect();
        assert_eq!(spans, [function, "handle", "find"], "{}", outlines(flows));
        let link = &turn.root().unwrap().links[0];
        let function = flows.last().unwrap();
        let root = function.root().unwrap().span_id;
        assert_eq!((link.trace_id, link.span_id), (function.trace_id, root), "{}", outlines(flows));
    }
    assert_eq!(exceptions(flows), 1, "{}", outlines(flows));
    assert_eq!(flows.len(), 3, "{}", outlines(flows));
}

#[test]
fn turns_of_a_function_that_stays_open_are_told_once() {
    let flows = flows_of("turns", || shop::stays_open(&sent_slowly(&[0, 1, 2, 3])));
    assert_eq!(counts(&flows, ["stays_open", "handle", "find"]), [5, 8, 8], "{}", outlines(&flows));
    assert_eq!(exceptions(&flows), 4);
    assert!(paths(&flows).iter().all(|path| path == &["find", "handle"]));
    assert_eq!(flows.len(), 5, "{}", outlines(&flows));
}

#[test]
fn the_children_of_a_turn_that_stays_open_are_flows_of_their_own() {
    let flows = flows_of("slow-turns", || shop::slow_turns(&sent(&[40, 20])));
    assert_eq!(counts(&flows, ["slow_turns", "handle", "find"]), [3, 120, 120], "{}", outlines(&flows));
    assert_eq!(exceptions(&flows), 60);
    let children = flows.iter().filter(|flow| short(flow.root().unwrap()) == "handle");
    assert!(children.clone().count() >= 60, "{}", outlines(&flows));
    let later = children.filter(|flow| flow.root().unwrap().parent_span_id == omegi::SpanId::default());
    let turns: Vec<_> = flows.iter().filter(|flow| short(flow.root().unwrap()) == "slow_turns").collect();
    for child in later {
        let link = &child.root().unwrap().links[0];
        let of =
            |turn: &&&Flow| (turn.trace_id, turn.root().unwrap().span_id) == (link.trace_id, link.span_id);
        assert!(turns.iter().any(|turn| of(&turn)), "{}", outlines(&flows));
    }
}

#[test]
fn a_flush_tells_the_errors_of_a_turn_that_waits() {
    let flows = flows_of("waiting-turn", || {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        sender.try_send(1).unwrap();
        let mut task = pin!(shop::waits_in_a_turn(receiver));
        let poll = |task: Pin<&mut _>| Future::poll(task, &mut Context::from_waker(Waker::noop())).is_ready();
        assert!(!poll(task.as_mut()));
        assert!(omegi::flush(Duration::from_secs(60)));
        drop(sender);
        while !poll(task.as_mut()) {}
    });
    assert_told_twice(&flows, "waits_in_a_turn");
}

#[test]
fn a_flush_tells_the_errors_of_a_turn_that_blocks() {
    let flows = flows_of("blocked-turn", || {
        let (failed, has_failed) = mpsc::channel();
        let (go, goes) = mpsc::channel();
        let work = move || shop::blocks_in_a_turn(&sent(&[1]), &failed, &goes);
        let worker = thread::Builder::new().name("blocked-turn".into()).spawn(work).unwrap();
        has_failed.recv().unwrap();
        assert!(omegi::flush(Duration::from_secs(60)));
        drop(go);
        worker.join().unwrap();
    });
    assert_told_twice(&flows, "blocks_in_a_turn");
}
