//! Random programs around the moment at which their spans become long: no span is lost or told
//! twice, and each error has its path and one event.
//!
//! `SEED=7 ROUNDS=100` runs others.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use omegi::{Flow, Value};

use super::helpers::{exceptions, flows_of, names, outlines, short};

/// A call: its pause before and after its calls, and what it does with their errors.
#[derive(Clone, Debug)]
struct Node {
    number: i64,
    pause: Duration,
    calls: Vec<Node>,
    /// True if it returns an error of its own after its calls.
    fails: bool,
    /// True if it returns the first error of a call at once.
    passes_on: bool,
    is_task: bool,
}

#[omegi::traced(args(number))]
fn call(number: i64, node: &Node) -> Result<(), String> {
    let _ = number;
    for inner in &node.calls {
        pause(node);
        match run(inner) {
            Err(error) if node.passes_on => return Err(error),
            _ => {}
        }
    }
    pause(node);
    finish();
    if node.fails { Err(format!("error of {number}.")) } else { Ok(()) }
}

#[omegi::traced(args(number))]
async fn task(number: i64, node: &Node) -> Result<(), String> {
    let _ = number;
    for inner in &node.calls {
        pause(node);
        tokio::task::yield_now().await;
        let result = if inner.is_task { Box::pin(task(inner.number, inner)).await } else { run(inner) };
        match result {
            Err(error) if node.passes_on => return Err(error),
            _ => {}
        }
    }
    pause(node);
    finish();
    if node.fails { Err(format!("error of {number}.")) } else { Ok(()) }
}

/// Comes between a handled error and an own one, which would be taken for the same otherwise.
#[omegi::traced]
fn finish() {}

#[omegi::untraced]
fn run(node: &Node) -> Result<(), String> {
    if !node.is_task {
        return call(node.number, node);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(task(node.number, node))
}

#[omegi::untraced]
fn pause(node: &Node) {
    if !node.pause.is_zero() {
        thread::sleep(node.pause);
    }
}

/// The facts of a program: the numbers of its calls, and the length of the path of each error, by
/// the number of its origin.
#[derive(Debug, Default)]
struct Expected {
    calls: Vec<i64>,
    errors: BTreeMap<i64, usize>,
}

impl Expected {
    /// Walks a call. Returns the origin of the error that leaves it.
    fn walk(&mut self, node: &Node) -> Option<i64> {
        self.calls.push(node.number);
        for inner in &node.calls {
            let origin = self.walk(inner);
            if let Some(origin) = origin.filter(|_| node.passes_on) {
                *self.errors.get_mut(&origin).unwrap() += 1;
                return Some(origin);
            }
        }
        node.fails.then(|| {
            self.errors.insert(node.number, 1);
            node.number
        })
    }
}

/// The random numbers of SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn node(&mut self, depth: u64, next: &mut i64, may_be_task: bool) -> Node {
        let number = *next;
        *next += 1;
        let is_task = may_be_task && self.below(3) == 0;
        let count = if depth == 0 { 0 } else { self.below(5) };
        let pauses = [0, 0, 0, 0, 3, 20, 60];
        // One runtime cannot run inside another.
        let may_be_task = is_task || (may_be_task && self.below(2) == 0);
        Node {
            number,
            pause: Duration::from_millis(pauses[self.below(7) as usize]),
            calls: (0..count).map(|_| self.inner(depth - 1, next, is_task, may_be_task)).collect(),
            fails: self.below(3) == 0,
            passes_on: self.below(2) == 0,
            is_task,
        }
    }

    fn inner(&mut self, depth: u64, next: &mut i64, in_task: bool, may_be_task: bool) -> Node {
        let mut node = self.node(depth, next, may_be_task);
        if in_task && !node.is_task {
            // A plain call in a task has plain calls alone.
            node.make_plain();
        }
        node
    }
}

impl Node {
    fn make_plain(&mut self) {
        self.is_task = false;
        self.calls.iter_mut().for_each(Node::make_plain);
    }
}

fn told(flows: &[Flow]) -> Vec<i64> {
    let number = |value: &Value| if let Value::I64(number) = value { *number } else { panic!("{value:?}") };
    let spans = flows.iter().flat_map(|flow| &flow.spans).filter(|span| short(span) != "finish");
    let mut numbers: Vec<i64> =
        spans.map(|span| number(span.attribute("omegi.arg.number").expect("each has one"))).collect();
    numbers.sort_unstable();
    numbers
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn no_span_is_lost_or_told_twice_and_each_error_has_its_path() {
    let (rounds, seed) = (number("ROUNDS", 20), number("SEED", 1));
    for round in seed..seed + rounds {
        let (mut random, mut next) = (Random(round), 0);
        let node = random.node(4, &mut next, true);
        let mut expected = Expected::default();
        expected.walk(&node);
        expected.calls.sort_unstable();
        let flows = flows_of(&format!("random-{round}"), move || _ = run(&node));
        assert_eq!(told(&flows), expected.calls, "SEED={round}: {}", outlines(&flows));
        assert!(names(&flows).len() >= expected.calls.len());
        assert_eq!(exceptions(&flows), expected.errors.len(), "SEED={round}: {}", outlines(&flows));
        let mut longest: BTreeMap<i64, usize> = BTreeMap::new();
        for error in flows.iter().flat_map(|flow| &flow.errors) {
            let origin = error.message.trim_start_matches("error of ").trim_end_matches('.').parse().unwrap();
            let length = longest.entry(origin).or_default();
            *length = error.path.len().max(*length);
        }
        assert_eq!(longest, expected.errors, "SEED={round}: {}", outlines(&flows));
    }
}
