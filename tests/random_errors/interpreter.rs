//! Runs a program, and keeps the truth about its errors.

use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread;

use futures::future::{FutureExt as _, join_all};
use tokio::sync::oneshot;

use crate::program::{After, End, Node, Order, Step};
use crate::truth::{Fault, Truth};

type Outcome = Result<(), Fault>;
type Boxed = std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// The end of a branch: its result, or its panic.
type Joined = Result<Outcome, Box<dyn std::any::Any + Send>>;

#[omegi::traced]
pub(crate) fn node_sync(node: Arc<Node>, truth: Truth) -> Outcome {
    let truth = truth.of_call();
    let _watch = truth.watch();
    for step in &node.steps {
        let (result, after) = match step {
            Step::Call(inner, after) | Step::CallSync(inner, after) => {
                (node_sync(Arc::clone(inner), truth.clone()), *after)
            }
            Step::Retry(times, inner, after) => {
                let mut result = node_sync(Arc::clone(inner), truth.clone());
                for _ in 1..*times {
                    if result.is_err() {
                        result = node_sync(Arc::clone(inner), truth.clone());
                    }
                }
                (result, *after)
            }
            Step::Keep(inner, later, after) => {
                let kept = node_sync(Arc::clone(inner), truth.clone());
                let _ = node_sync(Arc::clone(later), truth.clone());
                (kept, *after)
            }
            Step::Beside(inner, own, after) => {
                let (branch, (begin, end)) = (truth.of_another(), gate(Order::Gated.of(inner)));
                let (inner, under) = (Arc::clone(inner), branch.clone());
                let handle = thread::spawn(move || gated_sync(inner, under, begin));
                let _ = node_sync(Arc::clone(own), truth.clone());
                drop(end);
                (joined(&truth, &branch, handle.join()), *after)
            }
            Step::Started(inner, after) => {
                let (branch, (begin, end)) = (truth.of_another(), gate(Order::Gated.of(inner)));
                let handle = start_sync(Arc::clone(inner), branch.clone(), begin);
                drop(end);
                (joined(&truth, &branch, handle.join()), *after)
            }
            Step::Branches(inners, order, after) => {
                let mut handles = Vec::new();
                for inner in inners {
                    let (branch, (begin, end)) = (truth.of_another(), gate(order.of(inner)));
                    let (inner, under) = (Arc::clone(inner), branch.clone());
                    let handle = thread::spawn(move || gated_sync(inner, under, begin));
                    handles.push((branch, handle, end));
                }
                let mut ends = Vec::new();
                for (branch, handle, end) in handles {
                    drop(end);
                    let end = handle.join();
                    ends.push((branch.clone(), end));
                }
                (all_joined(&truth, ends, *order), *after)
            }
            step => unreachable!("not synchronous: {step:?}"),
        };
        use_of(result, after, &truth)?;
    }
    end_sync(&node, &truth)
}

#[omegi::traced]
pub(crate) async fn node(node: Arc<Node>, truth: Truth) -> Outcome {
    let truth = truth.of_call();
    let _watch = truth.watch();
    for step in &node.steps {
        let (result, after) = match step {
            Step::Call(inner, after) => (boxed(inner, &truth).await, *after),
            Step::CallSync(inner, after) => (node_sync(Arc::clone(inner), truth.clone()), *after),
            Step::Retry(times, inner, after) => {
                let mut result = boxed(inner, &truth).await;
                for _ in 1..*times {
                    if result.is_err() {
                        result = boxed(inner, &truth).await;
                    }
                }
                (result, *after)
            }
            Step::Keep(inner, later, after) => {
                let kept = boxed(inner, &truth).await;
                let _ = boxed(later, &truth).await;
                (kept, *after)
            }
            Step::Together(inners, after) => {
                let results = join_all(inners.iter().map(|inner| boxed(inner, &truth))).await;
                let faults = results.into_iter().filter_map(Result::err).collect();
                (truth.latest(faults).map_or(Ok(()), Err), *after)
            }
            Step::Dropped(inner) => {
                let mut inner = boxed(inner, &truth);
                let poll_once = |context: &mut Context<'_>| Poll::Ready(inner.poll_unpin(context));
                let _ = std::future::poll_fn(poll_once).await;
                (Ok(()), After::Handle)
            }
            Step::Beside(inner, own, after) => {
                let (branch, (begin, end)) = (truth.of_another(), gate_of_task(Order::Gated.of(inner)));
                let handle = tokio::spawn(gated(Arc::clone(inner), branch.clone(), begin));
                let _ = boxed(own, &truth).await;
                drop(end);
                let end = handle.await;
                (joined_task(&truth, &branch, end), *after)
            }
            Step::Started(inner, after) => {
                let (branch, (begin, end)) = (truth.of_another(), gate_of_task(Order::Gated.of(inner)));
                let handle = start(Arc::clone(inner), branch.clone(), begin).await;
                drop(end);
                let end = handle.await;
                (joined_task(&truth, &branch, end), *after)
            }
            Step::Branches(inners, order, after) => {
                let mut handles = Vec::new();
                for inner in inners {
                    let (branch, (begin, end)) = (truth.of_another(), gate_of_task(order.of(inner)));
                    let handle = tokio::spawn(gated(Arc::clone(inner), branch.clone(), begin));
                    handles.push((branch, handle, end));
                }
                let mut ends = Vec::new();
                for (branch, handle, end) in handles {
                    drop(end);
                    ends.push((branch, handle.await));
                }
                (all_joined_tasks(&truth, ends, *order), *after)
            }
        };
        use_of(result, after, &truth)?;
    }
    end_sync(&node, &truth)
}

fn boxed(inner: &Arc<Node>, truth: &Truth) -> Boxed {
    Box::pin(node(Arc::clone(inner), truth.clone()))
}

/// Returns the handle of a branch.
#[omegi::traced]
fn start_sync(inner: Arc<Node>, branch: Truth, gate: Gate) -> thread::JoinHandle<Outcome> {
    thread::spawn(move || gated_sync(inner, branch, gate))
}

/// Returns the handle of a branch.
#[omegi::traced]
async fn start(inner: Arc<Node>, branch: Truth, gate: TaskGate) -> tokio::task::JoinHandle<Outcome> {
    tokio::spawn(gated(inner, branch, gate))
}

/// A call that cannot fail.
#[omegi::traced]
fn pause() {}

/// The turn of a thread.
struct Gate {
    begin: Option<mpsc::Receiver<()>>,
    end: Option<mpsc::Receiver<()>>,
}

/// Returns the gate of a branch, which opens when the other value is dropped.
fn gate(order: Order) -> (Gate, mpsc::Sender<()>) {
    let (opens, gate) = mpsc::channel();
    let gate = match order {
        Order::Serial => Gate { begin: Some(gate), end: None },
        Order::Gated => Gate { begin: None, end: Some(gate) },
        Order::Free => Gate { begin: None, end: None },
    };
    (gate, opens)
}

// This is no function of the program: it makes no span.
fn gated_sync(inner: Arc<Node>, branch: Truth, gate: Gate) -> Outcome {
    let _ = gate.begin.map(|gate| gate.recv());
    let result = node_sync(inner, branch);
    let _ = gate.end.map(|gate| gate.recv());
    result
}

/// The turn of a task.
struct TaskGate {
    begin: Option<oneshot::Receiver<()>>,
    end: Option<oneshot::Receiver<()>>,
}

fn gate_of_task(order: Order) -> (TaskGate, oneshot::Sender<()>) {
    let (opens, gate) = oneshot::channel();
    let gate = match order {
        Order::Serial => TaskGate { begin: Some(gate), end: None },
        Order::Gated => TaskGate { begin: None, end: Some(gate) },
        Order::Free => TaskGate { begin: None, end: None },
    };
    (gate, opens)
}

async fn gated(inner: Arc<Node>, branch: Truth, gate: TaskGate) -> Outcome {
    if let Some(gate) = gate.begin {
        let _ = gate.await;
    }
    let result = boxed(&inner, &branch).await;
    if let Some(gate) = gate.end {
        let _ = gate.await;
    }
    result
}

/// Returns the error of a thread that ended. Its panic goes on.
fn joined(truth: &Truth, branch: &Truth, end: Joined) -> Outcome {
    all_joined(truth, vec![(branch.clone(), end)], Order::Gated)
}

/// Returns the latest error of threads that ended. The panic of the last one may go on.
fn all_joined(truth: &Truth, ends: Vec<(Truth, Joined)>, order: Order) -> Outcome {
    let (mut faults, mut panics, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for (branch, end) in ends {
        match end {
            Ok(result) => faults.extend(result.err()),
            Err(payload) => panics.push((truth.panic_of(&branch), payload)),
        }
        texts.extend(truth.join(&branch));
    }
    if let Some((panic, payload)) = panics.pop()
        && panic.number % 2 == 0
        && is_known(&panic, &texts, order)
        && truth.is_latest(&panic)
    {
        Truth::resume(&panic, payload);
    }
    faults.retain(|fault| is_known(fault, &texts, order));
    truth.latest(faults).map_or(Ok(()), Err)
}

/// Returns the error of a task that ended. A panic becomes an error.
fn joined_task(truth: &Truth, branch: &Truth, end: Result<Outcome, tokio::task::JoinError>) -> Outcome {
    all_joined_tasks(truth, vec![(branch.clone(), end)], Order::Gated)
}

/// Returns the latest error of tasks that ended. The panic of the last one becomes an error.
fn all_joined_tasks(
    truth: &Truth,
    ends: Vec<(Truth, Result<Outcome, tokio::task::JoinError>)>,
    order: Order,
) -> Outcome {
    let (mut faults, mut panics, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for (branch, end) in ends {
        match end {
            Ok(result) => faults.extend(result.err()),
            Err(error) => panics.push((truth.panic_of(&branch), error.to_string())),
        }
        texts.extend(truth.join(&branch));
    }
    faults.retain(|fault| is_known(fault, &texts, order));
    if let Some((panic, text)) = panics.pop()
        && is_known(&panic, &texts, order)
        && truth.is_latest(&panic)
    {
        faults.push(truth.became(&panic, text));
    }
    truth.latest(faults).map_or(Ok(()), Err)
}

/// Returns whether the order of the branches tells which of their errors this is. `texts` has the
/// texts of each branch.
fn is_known(fault: &Fault, texts: &[String], order: Order) -> bool {
    order != Order::Free || texts.iter().filter(|text| **text == fault.text).count() == 1
}

/// Uses the result of a step.
fn use_of(result: Outcome, after: After, truth: &Truth) -> Outcome {
    let Err(fault) = result else { return Ok(()) };
    if after == After::Handle || !truth.is_latest(&fault) {
        return Ok(());
    }
    if matches!(after, After::Report | After::ReportAndPass) {
        omegi::current().fail(&fault);
        truth.pass(fault.clone());
    }
    if matches!(after, After::Pass | After::ReportAndPass) { Err(truth.pass(fault)) } else { Ok(()) }
}

/// Ends a function as its node says.
fn end_sync(node: &Node, truth: &Truth) -> Outcome {
    // Without a call in between, the new error would be taken for an earlier one in other words.
    pause();
    match node.end {
        End::Return => Ok(()),
        End::Error(text) => truth.fail(text),
        End::Panic => truth.panic(),
    }
}

impl Order {
    /// Returns the order for this branch: one that may panic cannot wait at its end.
    fn of(self, inner: &Node) -> Self {
        if self == Self::Gated && inner.may_panic() { Self::Serial } else { self }
    }
}
