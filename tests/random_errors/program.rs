//! Programs to run, drawn at random.

use std::sync::Arc;

/// A function of a program: its steps in order, and its end.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) steps: Vec<Step>,
    pub(crate) end: End,
}

impl Node {
    /// Returns whether it may end with a panic.
    pub(crate) fn may_panic(&self) -> bool {
        self.end == End::Panic
            || self.steps.iter().any(|step| step.calls().iter().any(|inner| inner.may_panic()))
    }
}

/// A step of a function.
#[derive(Debug)]
pub(crate) enum Step {
    /// Calls.
    Call(Arc<Node>, After),
    /// Calls a synchronous function; the same as a call in one.
    CallSync(Arc<Node>, After),
    /// Calls until it succeeds, at most so often. The last error is the result.
    Retry(u32, Arc<Node>, After),
    /// Calls the first, keeps its result, calls the others, and uses the result then.
    Keep(Arc<Node>, Arc<Node>, After),
    /// Calls all, in one task.
    Together(Vec<Arc<Node>>, After),
    /// Begins a call, and drops it after its first poll unless it is ready.
    Dropped(Arc<Node>),
    /// Starts branches, and waits for all of them. The latest error is the result.
    Branches(Vec<Arc<Node>>, Order, After),
    /// Starts a branch, calls another function in the meantime, and waits for the branch.
    Beside(Arc<Node>, Arc<Node>, After),
    /// Lets a function start a branch and return its handle. Waits for the branch.
    Started(Arc<Node>, After),
}

impl Step {
    fn calls(&self) -> Vec<&Node> {
        match self {
            Self::Call(inner, _) | Self::CallSync(inner, _) | Self::Retry(_, inner, _) => vec![inner],
            Self::Dropped(inner) | Self::Started(inner, _) => vec![inner],
            Self::Keep(inner, other, _) | Self::Beside(inner, other, _) => vec![inner, other],
            Self::Together(all, _) | Self::Branches(all, ..) => all.iter().map(|inner| &**inner).collect(),
        }
    }
}

/// The order in which the branches of a step end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Each begins when the one before has ended.
    Serial,
    /// Each ends after the one before has ended.
    Gated,
    /// Any. The result is an error only if no other branch has failed with its text.
    Free,
}

/// The use that a function makes of an error that it got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Pass,
    Handle,
    /// Reports it, and goes on.
    Report,
    ReportAndPass,
}

/// The end of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Return,
    Error(&'static str),
    Panic,
}

/// The texts of all errors.
const TEXTS: [&str; 2] = ["x", "it failed"];

/// SplitMix64.
#[derive(Debug)]
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

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Draws programs.
#[derive(Debug)]
pub(crate) struct Generator {
    random: Random,
    /// The number of functions that are left.
    nodes: u32,
    /// The number of texts that errors have.
    texts: u64,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let texts = 1 + random.below(2);
        Self { random, nodes: 30, texts }
    }

    /// Returns the root of a program.
    pub(crate) fn program(&mut self, is_sync: bool) -> Node {
        self.node(0, is_sync)
    }

    fn node(&mut self, depth: u32, is_sync: bool) -> Node {
        self.nodes = self.nodes.saturating_sub(1);
        let count = if depth > 4 { 0 } else { self.random.below(4) };
        let mut steps = Vec::new();
        for _ in 0..count {
            if self.nodes > 0 {
                steps.push(self.step(depth + 1, is_sync));
            }
        }
        let end = match self.random.below(8) {
            0..=2 => End::Error(TEXTS[self.random.below(self.texts) as usize]),
            3 => End::Panic,
            _ => End::Return,
        };
        Node { steps, end }
    }

    fn step(&mut self, depth: u32, is_sync: bool) -> Step {
        let after = match self.random.below(8) {
            0..=3 => After::Pass,
            4 | 5 => After::Handle,
            6 => After::Report,
            _ => After::ReportAndPass,
        };
        match self.random.below(if is_sync { 9 } else { 13 }) {
            0 => Step::Call(self.one(depth, is_sync), after),
            1 => Step::Retry(2 + self.random.below(3) as u32, self.one(depth, is_sync), after),
            2 => Step::Keep(self.one(depth, is_sync), self.one(depth, is_sync), after),
            3 => Step::Beside(self.one(depth, is_sync), self.one(depth, is_sync), after),
            4 => Step::Started(self.one(depth, is_sync), after),
            5..=8 => {
                let order = [Order::Serial, Order::Gated, Order::Free][self.random.below(3) as usize];
                Step::Branches(self.some(depth, is_sync), order, after)
            }
            9 => Step::CallSync(self.one(depth, true), after),
            10 | 11 => Step::Together(self.some(depth, false), after),
            _ => Step::Dropped(self.one(depth, false)),
        }
    }

    fn one(&mut self, depth: u32, is_sync: bool) -> Arc<Node> {
        Arc::new(self.node(depth, is_sync))
    }

    fn some(&mut self, depth: u32, is_sync: bool) -> Vec<Arc<Node>> {
        (0..=self.random.below(3)).map(|_| self.one(depth, is_sync)).collect()
    }
}
