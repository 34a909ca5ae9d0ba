//! Woven functions that run a program, and code around them that is not woven and measures them.

use std::pin::Pin;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use futures::future::join_all;

use crate::program::{Function, Op};

/// The measure of a call, from outside.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) ns: u64,
}

/// The measures of all calls, in the order in which they began.
#[derive(Debug, Default)]
pub(crate) struct Clock(Mutex<Vec<Measured>>);

impl Clock {
    fn begin(&self, name: &'static str) -> (usize, Instant) {
        let mut measured = self.0.lock().unwrap();
        measured.push(Measured { name, ns: 0 });
        (measured.len() - 1, Instant::now())
    }

    fn end(&self, (index, begun): (usize, Instant)) {
        let ns = u64::try_from(begun.elapsed().as_nanos()).unwrap();
        self.0.lock().unwrap()[index].ns = ns;
    }

    pub(crate) fn into_measured(self) -> Vec<Measured> {
        self.0.into_inner().unwrap()
    }
}

type Done = Result<(), &'static str>;

type Call = fn(&[Op], bool, &Clock) -> Done;

#[omegi::traced]
fn quick(body: &[Op], fails: bool, clock: &Clock) -> Done {
    run(body, clock);
    done(fails)
}

#[omegi::traced]
fn small(body: &[Op], fails: bool, clock: &Clock) -> Done {
    run(body, clock);
    done(fails)
}

#[omegi::traced]
fn slow(body: &[Op], fails: bool, clock: &Clock) -> Done {
    spin(20);
    run(body, clock);
    done(fails)
}

fn scope(body: &[Op], _fails: bool, clock: &Clock) -> Done {
    tracing::info_span!("scope").in_scope(|| run(body, clock));
    Ok(())
}

#[omegi::traced]
async fn task(body: &[Op], fails: bool, clock: &Clock) -> Done {
    run_async(body, clock).await;
    done(fails)
}

#[omegi::traced]
async fn slow_task(body: &[Op], fails: bool, clock: &Clock) -> Done {
    spin(20);
    run_async(body, clock).await;
    done(fails)
}

#[omegi::traced]
async fn root(ops: &[Op], clock: &Clock) {
    run_async(ops, clock).await;
}

/// Runs a program in a flow.
pub(crate) async fn flow(ops: &[Op], clock: &Clock) {
    let begun = clock.begin("traced::root");
    root(ops, clock).await;
    clock.end(begun);
}

/// Makes the fast functions known as fast, in a flow that is dropped.
pub(crate) fn warm_up() {
    let clock = Clock::default();
    warm_up_root(&clock);
}

#[omegi::traced]
fn warm_up_root(clock: &Clock) {
    for _ in 0..100 {
        let _ = quick(&[], false, clock);
        let _ = small(&[], false, clock);
        let _ = scope(&[], false, clock);
        let _ = futures::FutureExt::now_or_never(task(&[], false, clock));
    }
}

fn done(fails: bool) -> Done {
    if fails { Err("planned") } else { Ok(()) }
}

fn run(ops: &[Op], clock: &Clock) {
    ops.iter().for_each(|op| run_one(op, clock));
}

fn run_one(op: &Op, clock: &Clock) {
    match op {
        Op::Call { function, body, fails } => {
            let (name, call): (_, Call) = match function {
                Function::Small => ("traced::small", small),
                Function::Slow => ("traced::slow", slow),
                Function::Scope => ("scope", scope),
                _ => ("traced::quick", quick),
            };
            let begun = clock.begin(name);
            let _ = call(body, *fails, clock);
            clock.end(begun);
        }
        Op::Event => tracing::info!("planned"),
        Op::Sleep(us) => thread::sleep(Duration::from_micros(*us)),
        Op::Spin(us) => spin(*us),
        Op::Join(_) | Op::Await(_) => {}
    }
}

fn run_async<'a>(ops: &'a [Op], clock: &'a Clock) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
    Box::pin(async move {
        for op in ops {
            match op {
                Op::Call { function: Function::Task, body, fails } => {
                    let begun = clock.begin("traced::task");
                    let _ = task(body, *fails, clock).await;
                    clock.end(begun);
                }
                Op::Call { function: Function::SlowTask, body, fails } => {
                    let begun = clock.begin("traced::slow_task");
                    let _ = slow_task(body, *fails, clock).await;
                    clock.end(begun);
                }
                Op::Join(calls) => {
                    let calls = calls.iter().map(|call| run_async(std::slice::from_ref(call), clock));
                    join_all(calls).await;
                }
                Op::Await(ms) => tokio::time::sleep(Duration::from_millis(*ms)).await,
                other => run_one(other, clock),
            }
        }
    })
}

fn spin(us: u64) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_micros(us) {
        std::hint::spin_loop();
    }
}
