//! Errors with equal texts in several branches: each is an error of its own, and goes on only
//! through the function that waited for its branch.

use std::panic::resume_unwind;
use std::thread;

use omegi::Flow;
use omegi_tests::{error_paths, flows_of};

#[omegi::instrument_crate]
mod shop {
    use super::{resume_unwind, thread};

    pub(crate) fn check(item: u32) -> Result<u32, String> {
        if item > 0 { Err("x".into()) } else { Ok(item) }
    }

    pub(crate) fn attempt(item: u32) -> Result<u32, String> {
        check(item)?;
        Ok(1)
    }

    pub(crate) fn fan() {
        let branches: Vec<_> = (0..3).map(|_| thread::spawn(|| attempt(1))).collect();
        for branch in branches {
            let _ = branch.join().is_err();
        }
    }

    pub(crate) fn one_by_one() {
        for _ in 0..3 {
            let branch = thread::spawn(|| attempt(1));
            let _ = branch.join().is_err();
        }
    }

    pub(crate) fn here_and_there() {
        let _ = attempt(1);
        let _ = attempt(1);
        let branch = thread::spawn(|| attempt(1));
        let _ = branch.join().is_err();
        let _ = attempt(1);
    }

    pub(crate) fn all() {
        fan();
        one_by_one();
        here_and_there();
    }

    pub(crate) fn first_here_then_there() -> Result<u32, String> {
        let _ = attempt(1);
        let branch = thread::spawn(|| attempt(1));
        branch.join().unwrap()
    }

    pub(crate) fn last_of_several() -> Result<u32, String> {
        let mut last = Ok(0);
        for _ in 0..3 {
            let branch = thread::spawn(|| attempt(1));
            last = branch.join().unwrap();
        }
        last
    }

    pub(crate) fn started() -> thread::JoinHandle<Result<u32, String>> {
        thread::spawn(|| {
            thread::park();
            attempt(1)
        })
    }

    pub(crate) fn waited() -> Result<u32, String> {
        let branch = started();
        branch.thread().unpark();
        branch.join().unwrap()
    }

    pub(crate) fn nested() -> Result<u32, String> {
        let outer = thread::spawn(|| {
            let inner = thread::spawn(|| attempt(1));
            inner.join().unwrap()
        });
        outer.join().unwrap()
    }

    pub(crate) fn reported_each() {
        for _ in 0..2 {
            if let Err(text) = attempt(1) {
                omegi::current().fail(&std::io::Error::other(text));
            }
        }
    }

    pub(crate) fn panics() -> u32 {
        panic!("torn")
    }

    pub(crate) fn many_panics() {
        let branches: Vec<_> = (0..3).map(|_| thread::spawn(panics)).collect();
        branches.into_iter().for_each(|branch| drop(branch.join()));
    }

    pub(crate) fn resumed() -> u32 {
        match thread::spawn(panics).join() {
            Ok(item) => item,
            Err(payload) => resume_unwind(payload),
        }
    }

    pub(crate) fn panicked_too() -> u32 {
        let _ = thread::spawn(panics).join();
        let _ = check(0);
        panic!("torn")
    }
}

/// Returns the names of the steps of every error, sorted: the order of the branches is random.
fn ways(flows: &[Flow]) -> Vec<String> {
    let name = |step: &(String, Option<u32>)| step.0.clone();
    let way = |steps: &Vec<_>| steps.iter().map(name).collect::<Vec<_>>().join(" ");
    let mut ways: Vec<_> = error_paths(flows).iter().map(way).collect();
    ways.sort();
    ways
}

fn events(flows: &[Flow]) -> usize {
    let spans = flows.iter().flat_map(|flow| &flow.spans);
    spans.flat_map(|span| &span.events).filter(|event| event.name == "exception").count()
}

#[test]
fn errors_that_nobody_returns_stay_in_their_branches() {
    let flows = flows_of(shop::all);
    assert_eq!(flows.len(), 1);
    assert_eq!(ways(&flows), ["check attempt"; 10]);
    assert_eq!(events(&flows), 10);
}

#[test]
fn the_error_of_the_branch_that_ended_last_goes_on() {
    let flows = flows_of(|| assert!(shop::first_here_then_there().is_err()));
    assert_eq!(ways(&flows), ["check attempt", "check attempt {thread} first_here_then_there"]);
    let flows = flows_of(|| assert!(shop::last_of_several().is_err()));
    let going_on = &flows[0].errors.iter().find(|error| error.path.len() > 2).unwrap().path;
    assert!(
        flows[0].spans[1..].iter().all(|span| span.start_ns <= flows[0].spans[going_on[0].span].start_ns)
    );
    assert_eq!(ways(&flows), ["check attempt", "check attempt", "check attempt {thread} last_of_several"]);
    assert_eq!(events(&flows), 3);
}

#[test]
fn an_error_goes_on_through_the_caller_that_got_the_handle() {
    let flows = flows_of(|| assert!(shop::waited().is_err()));
    assert_eq!(ways(&flows), ["check attempt {thread} waited"]);
}

#[test]
fn an_error_passes_spawned_blocks_in_spawned_blocks() {
    let flows = flows_of(|| assert!(shop::nested().is_err()));
    assert_eq!(ways(&flows), ["check attempt {thread} {thread} nested"]);
    assert_eq!(events(&flows), 1);
}

#[test]
fn errors_that_are_reported_one_after_the_other_are_several() {
    let flows = flows_of(shop::reported_each);
    assert_eq!(ways(&flows), ["check attempt reported_each"; 2]);
    assert_eq!(events(&flows), 2);
}

#[test]
fn equal_panics_of_several_threads_are_several() {
    let flows = flows_of(shop::many_panics);
    assert_eq!(ways(&flows), ["panics {thread}"; 3]);
    assert_eq!(events(&flows), 3);
}

#[test]
fn a_panic_that_goes_on_is_one_and_a_new_one_is_another() {
    let flows = flows_of(|| assert!(std::panic::catch_unwind(shop::resumed).is_err()));
    assert_eq!(ways(&flows), ["panics {thread} resumed"]);
    assert!(flows[0].outline().starts_with("branches::shop::resumed ! panic: torn\n"));
    let flows = flows_of(|| assert!(std::panic::catch_unwind(shop::panicked_too).is_err()));
    assert_eq!(ways(&flows), ["panicked_too", "panics {thread}"]);
}
