//! Programs to interpret, drawn at random.

use std::sync::Arc;

/// A function of a program: its steps in order, and its end.
#[derive(Debug)]
pub(crate) struct Node {
    /// The name and the result of the function.
    pub(crate) id: u32,
    pub(crate) steps: Vec<Step>,
    pub(crate) end: End,
}

/// A step of a function.
#[derive(Debug)]
pub(crate) enum Step {
    /// Yields: the task may continue on another thread.
    Yield,
    /// Calls, and passes an error on.
    Call(Arc<Node>),
    /// Calls, and ignores the result.
    Try(Arc<Node>),
    /// Calls a synchronous function.
    CallSync(Arc<Node>),
    /// Awaits all together.
    Join(Vec<Arc<Node>>),
    /// Awaits all together as they come.
    Unordered(Vec<Arc<Node>>),
    /// Awaits the first, and drops the others, which never end.
    Select(Arc<Node>),
    /// Spawns, runs another step, and awaits the task.
    Spawn(Arc<Node>, Arc<Node>),
    /// Spawns a set of tasks, and awaits all of them.
    Set(Vec<Arc<Node>>),
    /// Lets a thread call a function, and waits for it.
    Thread(Arc<Node>),
    /// Lets a pool call a function, and waits for it.
    Blocking(Arc<Node>),
    /// Begins a call, and drops it after its first poll unless it is ready.
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
    /// Returns whether its end is random: whether it contains a dropped part that waits for others.
    pub(crate) fn depends_on_chance(&self) -> bool {
        self.any(|step| matches!(step, Step::Drop(inner) if inner.any(Step::waits_for_others)))
    }

    /// Returns whether `is_so` holds for one of its steps, or for a step of a callee.
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
