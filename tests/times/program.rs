//! Programs as trees of operations.

/// A function of [`traced`](crate::traced).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Quick,
    Small,
    Slow,
    Task,
    SlowTask,
    /// A span of `tracing`.
    Scope,
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// A call. `fails`: it returns an error, which its caller ignores.
    Call {
        function: Function,
        body: Vec<Op>,
        fails: bool,
    },
    /// Calls that are polled together.
    Join(Vec<Op>),
    /// An event of `tracing`.
    Event,
    /// Code that is not woven sleeps or spins, in microseconds.
    Sleep(u64),
    Spin(u64),
    /// A future that is not woven, in milliseconds.
    Await(u64),
}

/// A check of microseconds after a query of 50 ms.
pub(crate) fn check_after_query() -> Vec<Op> {
    let call = |body, fails| Op::Call { function: Function::Quick, body, fails };
    vec![call(vec![], false), Op::Await(50), call(vec![call(vec![], false)], true)]
}

/// A task that waits for 40 ms. The flow fails after it.
pub(crate) fn task_that_waits() -> Vec<Op> {
    let task = Op::Call { function: Function::Task, body: vec![Op::Await(40)], fails: false };
    vec![task, Op::Call { function: Function::Quick, body: vec![], fails: true }]
}

/// Calls beyond a number of spans, waits among them, and a call that fails after a wait.
pub(crate) fn more_calls_than(spans: u64) -> Vec<Op> {
    let call = |function, fails| Op::Call { function, body: vec![], fails };
    let mut ops: Vec<Op> = (0..spans).map(|_| call(Function::Quick, false)).collect();
    ops.extend((0..5).flat_map(|_| {
        let calls = [Function::Quick, Function::Slow, Function::Quick].map(|function| call(function, false));
        calls.into_iter().chain([Op::Sleep(5_000)])
    }));
    ops.push(call(Function::Quick, true));
    ops
}

/// Numbers from a seed (xorshift).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 8) % limit
    }

    /// Returns a program whose last call fails, if none has failed before.
    pub(crate) fn program(&mut self) -> Vec<Op> {
        let mut ops = self.ops(true, 4);
        ops.push(Op::Call { function: Function::Quick, body: self.ops(false, 1), fails: true });
        if self.below(2) == 0 {
            ops.extend(self.ops(true, 2));
        }
        ops
    }

    fn ops(&mut self, is_async: bool, depth: u64) -> Vec<Op> {
        let number = if depth == 0 { 0 } else { self.below(5) };
        (0..number).map(|_| self.op(is_async, depth - 1)).collect()
    }

    fn op(&mut self, is_async: bool, depth: u64) -> Op {
        match self.below(if is_async { 15 } else { 11 }) {
            2 => Op::Event,
            0 => Op::Sleep(self.below(300)),
            1 => Op::Spin(self.below(300)),
            11 => Op::Await(self.below(3)),
            12 => Op::Join((0..2 + self.below(2)).map(|_| self.call(true, depth)).collect()),
            _ => self.call(is_async, depth),
        }
    }

    fn call(&mut self, is_async: bool, depth: u64) -> Op {
        let function = match self.below(if is_async { 9 } else { 6 }) {
            0 | 1 => Function::Quick,
            2 | 3 => Function::Small,
            4 => Function::Slow,
            5 => Function::Scope,
            6 | 7 => Function::Task,
            _ => Function::SlowTask,
        };
        let is_task = matches!(function, Function::Task | Function::SlowTask);
        Op::Call { function, body: self.ops(is_task, depth), fails: self.below(40) == 0 }
    }
}
