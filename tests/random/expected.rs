//! The expected tree of a program, derived from its nodes and from the set of begun functions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use omegi::{Flow, Outcome, Value};

use crate::program::{End, Node, Step};

/// The events of a run: the functions that began, and those that ran to their own end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<HashMap<(&'static str, u32), bool>>>);

impl Log {
    /// Notes the begin of the function `name` with the number `id`, which its span also has.
    pub(crate) fn begins(&self, name: &'static str, id: u32) {
        omegi::current().attribute("id", i64::from(id));
        self.0.lock().unwrap().insert((name, id), false);
    }

    /// Notes its own end; there is none where an error passes or the future is dropped.
    pub(crate) fn ends(&self, name: &'static str, id: u32) {
        self.0.lock().unwrap().insert((name, id), true);
    }

    fn has_begun(&self, name: &'static str, id: u32) -> bool {
        self.0.lock().unwrap().contains_key(&(name, id))
    }

    fn has_ended(&self, name: &'static str, id: u32) -> bool {
        self.0.lock().unwrap().get(&(name, id)) == Some(&true)
    }
}

/// The end of a function that does not run to its own end.
const CUT_SHORT: &str = "cut short";

/// A span by its properties that are the same in each run.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tree {
    name: String,
    children: Vec<Tree>,
}

impl Tree {
    fn new(name: String, mut children: Vec<Tree>) -> Self {
        // The order of the branches is random.
        children.sort();
        Self { name, children }
    }

    /// Returns whether this actual tree is an expected one.
    pub(crate) fn is_like(&self, expected: &Self) -> bool {
        let same_name = self.name == expected.name
            || expected.name.strip_suffix(CUT_SHORT).is_some_and(|begin| {
                // An error or a panic may have passed.
                [End::Error, End::Panic].iter().any(|end| self.name == format!("{begin}{end:?}"))
            });
        same_name
            && self.children.len() == expected.children.len()
            && self.children.iter().zip(&expected.children).all(|(there, expected)| there.is_like(expected))
    }
}

/// Returns the expected trees of a program.
pub(crate) fn of_program(root: &Node, log: &Log) -> Tree {
    of_node("node", root, log).expect("the root began")
}

fn of_node(name: &'static str, node: &Node, log: &Log) -> Option<Tree> {
    if !log.has_begun(name, node.id) {
        return None;
    }
    let children = node.steps.iter().flat_map(|step| of_step(name, step, log)).collect();
    let end = if log.has_ended(name, node.id) { format!("{:?}", node.end) } else { CUT_SHORT.to_owned() };
    Some(Tree::new(format!("{name} #{} {end}", node.id), children))
}

fn of_step(caller: &'static str, step: &Step, log: &Log) -> Vec<Tree> {
    let of_all = |all: &[Arc<Node>]| all.iter().filter_map(|inner| of_node("node", inner, log)).collect();
    match step {
        Step::Yield => Vec::new(),
        Step::Call(inner) | Step::Try(inner) | Step::Select(inner) | Step::Drop(inner) => {
            of_node("node", inner, log).into_iter().collect()
        }
        Step::CallSync(inner) => of_node("node_sync", inner, log).into_iter().collect(),
        Step::Join(all) | Step::Unordered(all) => of_all(all),
        Step::Spawn(theirs, own) => {
            let branches = [branch("spawn::{task}", of_node("node", theirs, log)), of_node("node", own, log)];
            starter("spawn", theirs.id, branches.into_iter().flatten().collect(), log)
        }
        Step::Set(all) => {
            let branches = all.iter().filter_map(|inner| branch("set::{task}", of_node("node", inner, log)));
            starter("set", all[0].id, branches.collect(), log)
        }
        Step::Thread(inner) if caller == "node_sync" => {
            branch("node_sync::{thread}", of_node("node_sync", inner, log)).into_iter().collect()
        }
        Step::Thread(inner) => {
            let thread = branch("on_thread::{thread}", of_node("node_sync", inner, log));
            starter("on_thread", inner.id, thread.into_iter().collect(), log)
        }
        Step::Blocking(inner) => {
            let work = branch("blocking::{blocking}", of_node("node_sync", inner, log));
            starter("blocking", inner.id, work.into_iter().collect(), log)
        }
    }
}

/// Returns the part of a function that runs elsewhere, if its callee began: it does nothing else.
fn branch(name: &str, inner: Option<Tree>) -> Option<Tree> {
    inner.map(|inner| Tree::new(name.to_owned(), vec![inner]))
}

/// A function that starts branches.
fn starter(name: &'static str, id: u32, branches: Vec<Tree>, log: &Log) -> Vec<Tree> {
    let begun = log.has_begun(name, id);
    begun.then(|| Tree::new(format!("{name} #{id}"), branches)).into_iter().collect()
}

/// Returns the actual trees of a program.
pub(crate) fn of_flow(flow: &Flow) -> Tree {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); flow.spans.len()];
    for (index, span) in flow.spans.iter().enumerate().skip(1) {
        children[span.parent.expect("a root is the first")].push(index);
    }
    of_span(flow, 0, &children)
}

fn of_span(flow: &Flow, index: usize, children: &[Vec<usize>]) -> Tree {
    let span = &flow.spans[index];
    let name = span.name.trim_start_matches("interpreter::traced::");
    let of_children = children[index].iter().map(|child| of_span(flow, *child, children)).collect();
    let name = match span.attribute("id") {
        Some(Value::I64(id)) if name.starts_with("node") => format!("{name} #{id} {}", end(span.outcome)),
        Some(Value::I64(id)) => format!("{name} #{id}"),
        _ => name.to_owned(),
    };
    Tree::new(name, of_children)
}

/// The visible end of a function of a program. A dropped function may also have passed an error or
/// a panic on. The error's origin distinguishes that from an error of its own.
fn end(outcome: Outcome) -> String {
    match outcome {
        Outcome::Returned => format!("{:?}", End::Return),
        Outcome::Error => format!("{:?}", End::Error),
        Outcome::Panic => format!("{:?}", End::Panic),
        Outcome::Cancelled => CUT_SHORT.to_owned(),
        Outcome::Open => "open".to_owned(),
    }
}
