//! Programs to interpret, drawn at random.

use std::sync::Arc;

/// A function of a program: what it does when it is called, in this order, and how it ends.
#[derive(Debug)]
pub(crate) struct Node {
    /// Names it, and what it returns.
    pub(crate) id: u32,
    pub(crate) steps: Vec<Step>,
    pub(crate) end: End,
}

/// One thing that a function does.
#[derive(Debug)]
pub(crate) enum Step {
    /// Lets others go first: the task may go on with another thread.
    Yield,
    /// Calls, and passes an error on.
    Call(Arc<Node>),
    /// Calls, and does not care how it ends.
    Try(Arc<Node>),
    /// Calls something that is not asynchronous.
    CallSync(Arc<Node>),
    /// Awaits all together.
    Join(Vec<Arc<Node>>),
    /// Awaits all together as they come.
    Unordered(Vec<Arc<Node>>),
    /// Awaits the first, and drops what never ends beside it.
    Select(Arc<Node>),
    /// Spawns, does something else, and awaits the task.
    Spawn(Arc<Node>, Arc<Node>),
    /// Spawns a set of tasks, and awaits all of them.
    Set(Vec<Arc<Node>>),
    /// Has a thread call something, and waits for it.
    Thread(Arc<Node>),
    /// Has a pool call something, and waits for it.
    Blocking(Arc<Node>),
    /// Begins a call, and drops it after its first poll if it is not ready then.
    Drop(Arc<Node>),
}

/// The end of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Return,
    Error,
    Panic,
}

impl Node {
    /// Whether chance decides how it ends: how far something has come that is dropped, which waits
    /// for others.
    pub(crate) fn depends_on_chance(&self) -> bool {
        self.any(|step| matches!(step, Step::Drop(inner) if inner.any(Step::waits_for_others)))
    }

    /// Whether `is_so` holds for one of its steps, or one of what it calls.
    fn any(&self, is_so: fn(&Step) -> bool) -> bool {
        self.steps.iter().any(|step| is_so(step) || step.calls().iter().any(|inner| inner.any(is_so)))
    }
}

impl Step {
    fn waits_for_others(&self) -> bool {
        matches!(self, Self::Spawn(..) | Self::Set(_) | Self::Blocking(_))
    }

    fn calls(&self) -> Vec<&Node> {
        match self {
            Self::Yield => Vec::new(),
            Self::Call(inner) | Self::Try(inner) | Self::CallSync(inner) | Self::Select(inner) => vec![inner],
            Self::Thread(inner) | Self::Blocking(inner) | Self::Drop(inner) => vec![inner],
            Self::Join(all) | Self::Unordered(all) | Self::Set(all) => {
                all.iter().map(|inner| &**inner).collect()
            }
            Self::Spawn(theirs, own) => vec![theirs, own],
        }
    }
}

/// SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// The budget of random steps that is left.
struct Budget {
    nodes: u32,
    next_id: u32,
}

pub(crate) fn random(random: &mut Random) -> Node {
    let mut budget = Budget { nodes: 40, next_id: 0 };
    node(random, &mut budget, 0, false)
}

fn node(random: &mut Random, budget: &mut Budget, depth: u32, is_sync: bool) -> Node {
    let id = budget.next_id;
    budget.next_id += 1;
    budget.nodes = budget.nodes.saturating_sub(1);
    let count = if depth > 5 { 0 } else { random.below(4) };
    let mut steps = Vec::new();
    for _ in 0..count {
        if budget.nodes > 0 {
            steps.push(step(random, budget, depth + 1, is_sync));
        }
    }
    let end = match random.below(12) {
        0 | 1 => End::Error,
        2 => End::Panic,
        _ => End::Return,
    };
    Node { id, steps, end: if depth == 0 && end == End::Panic { End::Error } else { end } }
}

fn step(random: &mut Random, budget: &mut Budget, depth: u32, is_sync: bool) -> Step {
    let mut one = |random: &mut Random, is_sync| Arc::new(node(random, budget, depth, is_sync));
    if is_sync {
        return match random.below(3) {
            0 => Step::Thread(one(random, true)),
            _ => Step::CallSync(one(random, true)),
        };
    }
    match random.below(14) {
        0 | 1 => Step::Yield,
        2 | 3 => Step::Call(one(random, false)),
        4 => Step::Try(one(random, false)),
        5 => Step::CallSync(one(random, true)),
        6 => Step::Join((0..=random.below(3)).map(|_| one(random, false)).collect()),
        7 => Step::Unordered((0..=random.below(3)).map(|_| one(random, false)).collect()),
        8 => Step::Select(one(random, false)),
        9 => Step::Spawn(one(random, false), one(random, false)),
        10 => Step::Set((0..=random.below(3)).map(|_| one(random, false)).collect()),
        11 => Step::Thread(one(random, true)),
        12 => Step::Blocking(one(random, true)),
        _ => Step::Drop(one(random, false)),
    }
}
