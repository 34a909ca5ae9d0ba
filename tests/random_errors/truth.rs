//! The errors of a run and their ways, as the program itself knows them.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

/// An error of a program. Its number is no part of its text.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) number: u32,
    pub(crate) text: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Fault {}

/// The message of every panic of a program.
pub(crate) const PANIC: &str = "planned panic";

thread_local! {
    /// The panic that unwinds this thread.
    static PANICKING: Cell<u32> = const { Cell::new(0) };
}

/// The errors of a run, as seen by one call.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    run: Arc<Mutex<Run>>,
    /// The number of the call. It is also an attribute of the call's span.
    pub(crate) call: u32,
    caller: u32,
}

#[derive(Debug, Default)]
struct Run {
    last_call: u32,
    last_error: u32,
    /// The caller of each call, and of each branch.
    callers: BTreeMap<u32, u32>,
    /// The calls that each error left.
    ways: BTreeMap<u32, Vec<u32>>,
    /// The errors that arrived in each call or branch, in order.
    arrived: BTreeMap<u32, Vec<Fault>>,
}

impl Truth {
    pub(crate) fn new() -> Self {
        Self { run: Arc::default(), call: 0, caller: 0 }
    }

    /// Returns the truth of a new call by this one, or of a branch that it starts.
    pub(crate) fn of_another(&self) -> Self {
        let mut run = self.run();
        run.last_call += 1;
        let call = run.last_call;
        run.callers.insert(call, self.call);
        Self { run: Arc::clone(&self.run), call, caller: self.call }
    }

    /// Returns the truth of a new call by this one, whose span is active.
    pub(crate) fn of_call(&self) -> Self {
        let callee = self.of_another();
        omegi::current().attribute("id", i64::from(callee.call));
        callee
    }

    /// Returns a new error that leaves the call, unless it could be taken for one that arrived.
    pub(crate) fn fail(&self, text: &str) -> Result<(), Fault> {
        let arrived = self.run().arrived.get(&self.call).into_iter().flatten().any(|it| it.text == text);
        if arrived { Ok(()) } else { Err(self.pass(self.begin(text))) }
    }

    fn begin(&self, text: &str) -> Fault {
        let mut run = self.run();
        run.last_error += 1;
        Fault { number: run.last_error, text: text.to_owned() }
    }

    /// Begins a panic of this call.
    pub(crate) fn panic(&self) -> ! {
        PANICKING.set(self.begin(PANIC).number);
        panic!("{PANIC}");
    }

    /// Notes that an error leaves the call.
    pub(crate) fn pass(&self, fault: Fault) -> Fault {
        let mut run = self.run();
        let way = run.ways.entry(fault.number).or_default();
        if way.last() != Some(&self.call) {
            way.push(self.call);
        }
        run.arrived.entry(self.caller).or_default().push(fault.clone());
        fault
    }

    /// Returns whether the error is the latest one with its text that arrived in the call.
    pub(crate) fn is_latest(&self, fault: &Fault) -> bool {
        let run = self.run();
        let mut arrived = run.arrived.get(&self.call).into_iter().flatten();
        arrived.rfind(|it| it.text == fault.text).is_some_and(|it| it.number == fault.number)
    }

    /// Returns the latest of these errors.
    pub(crate) fn latest(&self, faults: Vec<Fault>) -> Option<Fault> {
        let place = |fault: &Fault| {
            let run = self.run();
            run.arrived.get(&self.call)?.iter().rposition(|it| it.number == fault.number)
        };
        faults.into_iter().max_by_key(place)
    }

    /// Notes that a branch has ended: all its errors arrive in the call that waited for it. Returns
    /// their texts.
    pub(crate) fn join(&self, branch: &Self) -> BTreeSet<String> {
        let mut run = self.run();
        let arrived = run.arrived.remove(&branch.call).unwrap_or_default();
        let texts = arrived.iter().map(|fault| fault.text.clone()).collect();
        run.arrived.entry(self.call).or_default().extend(arrived);
        texts
    }

    /// Returns the panic that ended a branch of one call.
    pub(crate) fn panic_of(&self, branch: &Self) -> Fault {
        let run = self.run();
        let mut arrived = run.arrived.get(&branch.call).into_iter().flatten();
        arrived.rfind(|it| it.text == PANIC).expect("it panicked").clone()
    }

    /// Returns the error that this panic of a task becomes.
    pub(crate) fn became(&self, panic: &Fault, text: String) -> Fault {
        let fault = Fault { number: panic.number, text };
        self.run().arrived.entry(self.call).or_default().push(fault.clone());
        fault
    }

    /// Goes on with a panic that ended a branch.
    pub(crate) fn resume(panic: &Fault, payload: Box<dyn std::any::Any + Send>) -> ! {
        PANICKING.set(panic.number);
        std::panic::resume_unwind(payload)
    }

    /// Returns the ways of all errors, sorted.
    pub(crate) fn ways(&self) -> Vec<Vec<u32>> {
        let mut ways: Vec<_> = self.run().ways.values().cloned().collect();
        ways.sort();
        ways
    }

    /// Returns whether the panic of this thread unwinds the call. It may also drop the call:
    /// another call that its caller waits for panicked.
    fn is_unwound(&self) -> bool {
        let run = self.run();
        let Some(last) = run.ways.get(&PANICKING.get()).and_then(|way| way.last()) else { return true };
        let caller = run.callers.get(last);
        caller == Some(&self.call) || caller.and_then(|branch| run.callers.get(branch)) == Some(&self.call)
    }

    /// Returns a value that notes a panic which leaves the call.
    pub(crate) fn watch(&self) -> Watch {
        Watch(self.clone())
    }

    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap()
    }
}

/// Notes a panic that leaves a call.
#[derive(Debug)]
pub(crate) struct Watch(Truth);

impl Drop for Watch {
    fn drop(&mut self) {
        if thread::panicking() && self.0.is_unwound() {
            self.0.pass(Fault { number: PANICKING.get(), text: PANIC.to_owned() });
        }
    }
}
