//! Random programs of loops that serve. The number of flows, of errors, and each tree are those of
//! the program: a flow for each turn, whatever its work is and however it ends.
//!
//! Errors of different turns have equal texts; those of one turn do not.
//!
//! For a longer run: `ROUNDS=10000 cargo test -p omegi-tests --test random_loops --release`.
//! `SEED=7` begins with other programs.

use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures::FutureExt as _;
use omegi::{ClockMode, Flow, MemoryExporter};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};

use served::Served;

/// A call, with the calls that it makes.
#[derive(Debug)]
struct Work {
    id: u32,
    calls: Vec<Arc<Work>>,
    /// True if the caller returns its error.
    passes: bool,
    fails: bool,
    /// True if it waits first.
    waits: bool,
    /// True if it is spawned and joined.
    is_spawned: bool,
}

impl Work {
    fn may_fail(&self) -> bool {
        self.fails || self.calls.iter().any(|call| call.may_fail())
    }
}

/// The work of one turn.
#[derive(Debug)]
struct Job {
    work: Option<Arc<Work>>,
    end: TurnEnd,
}

/// The end of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TurnEnd {
    /// An error is ignored.
    GoOn,
    Continue,
    /// An error leaves the loop by `?`.
    Leave,
    /// An error leaves the loop by `return`.
    Return,
    Break,
    Panic,
    /// The task is cancelled.
    Hang,
}

#[omegi::instrument_crate]
mod served {
    use std::future::Future;
    use std::pin::Pin;

    use super::{Arc, Job, TurnEnd, Work, mpsc, oneshot};

    /// The jobs of a loop, and a sender that is told that the last turn hangs.
    #[omegi::untraced]
    pub(crate) struct Served {
        pub(crate) jobs: mpsc::Receiver<Arc<Job>>,
        pub(crate) hangs: Option<oneshot::Sender<()>>,
    }

    pub(crate) fn call(work: &Work) -> Result<(), String> {
        for inner in &work.calls {
            let done = call(inner);
            if inner.passes {
                done?;
            }
        }
        if work.fails { Err(format!("{} failed", work.id)) } else { Ok(()) }
    }

    pub(crate) fn task(work: Arc<Work>) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> {
        Box::pin(async move {
            if work.waits {
                tokio::task::yield_now().await;
            }
            for inner in &work.calls {
                let done = if inner.is_spawned {
                    tokio::spawn(task(Arc::clone(inner))).await.unwrap()
                } else {
                    task(Arc::clone(inner)).await
                };
                if inner.passes {
                    done?;
                }
            }
            if work.fails { Err(format!("{} failed", work.id)) } else { Ok(()) }
        })
    }

    pub(crate) fn blocking(mut served: Served) -> Result<(), String> {
        let rx = std::iter::from_fn(|| served.jobs.blocking_recv());
        for job in rx {
            let done = job.work.as_ref().map_or(Ok(()), |work| call(work));
            match job.end {
                TurnEnd::Continue => continue,
                TurnEnd::Leave => done?,
                TurnEnd::Return => {
                    if let Err(error) = done {
                        return Err(error);
                    }
                }
                TurnEnd::Break => break,
                TurnEnd::Panic if done.is_ok() => panic!("planned"),
                TurnEnd::GoOn | TurnEnd::Panic | TurnEnd::Hang => {}
            }
        }
        Ok(())
    }

    pub(crate) async fn waiting(mut served: Served) -> Result<(), String> {
        while let Some(job) = served.jobs.recv().await {
            let done = match &job.work {
                Some(work) => task(Arc::clone(work)).await,
                None => Ok(()),
            };
            match job.end {
                TurnEnd::Continue => continue,
                TurnEnd::Leave => done?,
                TurnEnd::Return => {
                    if let Err(error) = done {
                        return Err(error);
                    }
                }
                TurnEnd::Break => break,
                TurnEnd::Panic if done.is_ok() => panic!("planned"),
                TurnEnd::Hang => {
                    served.hangs.take().unwrap().send(()).unwrap();
                    std::future::pending::<()>().await;
                }
                TurnEnd::GoOn | TurnEnd::Panic => {}
            }
        }
        Ok(())
    }

    pub(crate) async fn selecting(mut served: Served) -> Result<(), String> {
        'serving: loop {
            tokio::select! {
                job = served.jobs.recv() => {
                    let Some(job) = job else { break 'serving };
                    let done = match &job.work {
                        Some(work) => task(Arc::clone(work)).await,
                        None => Ok(()),
                    };
                    match job.end {
                        TurnEnd::Continue => continue 'serving,
                        TurnEnd::Leave => done?,
                        TurnEnd::Return => if let Err(error) = done {
                            return Err(error);
                        },
                        TurnEnd::Break => break 'serving,
                        TurnEnd::Panic if done.is_ok() => panic!("planned"),
                        TurnEnd::Hang => {
                            served.hangs.take().unwrap().send(()).unwrap();
                            std::future::pending::<()>().await;
                        }
                        TurnEnd::GoOn | TurnEnd::Panic => {}
                    }
                }
            }
        }
        Ok(())
    }
}

/// A source of random numbers: splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    fn work(&mut self, depth: u64, next: &mut u32) -> Arc<Work> {
        let id = *next;
        *next += 1;
        let count = if depth == 0 { 0 } else { self.below(3) };
        let calls: Vec<_> = (0..count).map(|_| self.work(depth - 1, next)).collect();
        // An error behind a handled one may be taken for that one, also if it comes from a task:
        // only the innermost fail, and no spawned ones.
        let fails = calls.is_empty() && self.one_in(3);
        let is_spawned = self.one_in(4) && !fails && !calls.iter().any(|call| call.may_fail());
        let (passes, waits) = (self.one_in(2), self.one_in(2));
        Arc::new(Work { id, calls, passes, fails, waits, is_spawned })
    }

    fn jobs(&mut self) -> Vec<Arc<Job>> {
        let count = 1 + self.below(6);
        let job = |_| {
            let work = (!self.one_in(6)).then(|| self.work(2, &mut 0));
            let end = match self.below(20) {
                0 => TurnEnd::Break,
                1 => TurnEnd::Panic,
                2 => TurnEnd::Hang,
                3..6 => TurnEnd::Leave,
                6..9 => TurnEnd::Return,
                9..12 => TurnEnd::Continue,
                _ => TurnEnd::GoOn,
            };
            Arc::new(Job { work, end })
        };
        (0..count).map(job).collect()
    }
}

/// The flows that a program is expected to have.
#[derive(Debug, Default)]
struct Expected {
    outlines: Vec<String>,
    errors: usize,
}

impl Expected {
    /// Runs the jobs of the function `name`. `can_wait`: work waits, spawns and hangs.
    fn of(name: &str, jobs: &[Arc<Job>], can_wait: bool) -> Self {
        let mut expected = Self::default();
        let (mut error, mut link) = (String::new(), "");
        for job in jobs {
            let mut calls = String::new();
            let failed = job.work.as_ref().and_then(|work| expected.call(work, 1, can_wait, &mut calls));
            let mut left = String::new();
            match (job.end, failed) {
                (TurnEnd::Leave | TurnEnd::Return, Some(id)) => {
                    left = format!(" ! alloc::string::String: {id} failed");
                }
                (TurnEnd::Panic, None) => {
                    expected.errors += 1;
                    left = " ! panic: planned".to_owned();
                }
                _ => {}
            }
            let hangs = can_wait && job.end == TurnEnd::Hang;
            let end = if hangs { " ~ cancelled" } else { "" };
            let begins_here = if left.contains("panic") { " (origin)" } else { "" };
            if !calls.is_empty() || !left.is_empty() {
                expected.outlines.push(format!("served::{name}{left}{begins_here}{end}\n  & link\n{calls}"));
            }
            if !left.is_empty() {
                (error, link) = (format!("{left} (origin)"), "  & link\n");
            }
            if !left.is_empty() || job.end == TurnEnd::Break || hangs {
                error.push_str(end);
                break;
            }
        }
        expected.outlines.push(format!("served::{name}{error}\n{link}"));
        expected
    }

    /// Adds the lines of a call. Returns the origin of the error that it returns.
    fn call(&mut self, work: &Work, depth: usize, can_wait: bool, lines: &mut String) -> Option<u32> {
        let indent = "  ".repeat(depth);
        let (mut calls, mut failed) = (String::new(), None);
        for inner in &work.calls {
            let is_spawned = can_wait && inner.is_spawned;
            let mut of_inner = String::new();
            let inner_depth = depth + 1 + usize::from(is_spawned);
            let inner_failed = self.call(inner, inner_depth, can_wait, &mut of_inner);
            if is_spawned {
                writeln!(calls, "{indent}  served::task::{{task}}").unwrap();
            }
            calls.push_str(&of_inner);
            failed = inner_failed.filter(|_| inner.passes);
            if failed.is_some() {
                break;
            }
        }
        let begins = failed.is_none() && work.fails;
        if begins {
            self.errors += 1;
            failed = Some(work.id);
        }
        let name = if can_wait { "task" } else { "call" };
        let origin = if begins { " (origin)" } else { "" };
        writeln!(lines, "{indent}served::{name}{}{origin}", error_of(failed)).unwrap();
        lines.push_str(&calls);
        failed
    }
}

fn error_of(failed: Option<u32>) -> String {
    failed.map(|id| format!(" ! alloc::string::String: {id} failed")).unwrap_or_default()
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn served(jobs: &[Arc<Job>]) -> (Served, oneshot::Receiver<()>) {
    let (sender, receiver) = mpsc::channel(jobs.len());
    jobs.iter().for_each(|job| sender.try_send(Arc::clone(job)).unwrap());
    let (hangs, hung) = oneshot::channel();
    (Served { jobs: receiver, hangs: Some(hangs) }, hung)
}

/// Runs the loop as a task. Cancels it when it hangs.
fn run<F>(runtime: &Runtime, jobs: &[Arc<Job>], function: impl FnOnce(Served) -> F)
where
    F: Future<Output = Result<(), String>>,
{
    let (served, hung) = served(jobs);
    runtime.block_on(async {
        tokio::select! {
            biased;
            _ = AssertUnwindSafe(function(served)).catch_unwind() => {}
            Ok(()) = hung => {}
        }
    });
}

fn exceptions(flows: &[Flow]) -> usize {
    let events = flows.iter().flat_map(|flow| &flow.spans).flat_map(|span| &span.events);
    events.filter(|event| event.name == "exception").count()
}

fn check(memory: &MemoryExporter, jobs: &[Arc<Job>], name: &str, can_wait: bool) -> usize {
    assert!(omegi::flush(Duration::from_secs(60)));
    let flows = memory.take();
    let expected = Expected::of(name, jobs, can_wait);
    let outlines: Vec<_> = flows.iter().map(Flow::outline).collect();
    assert!(outlines == expected.outlines, "{name}: {jobs:#?}\n{outlines:#?}\n{:#?}", expected.outlines);
    assert_eq!(exceptions(&flows), expected.errors, "{name}: {outlines:#?}\n{jobs:#?}");
    let function = flows.last().unwrap();
    for turn in &flows[..flows.len() - 1] {
        let link = &turn.spans[0].links[0];
        assert_eq!((link.trace_id, link.span_id), (function.trace_id, function.spans[0].span_id));
    }
    flows.len()
}

#[test]
fn random_loops_have_a_flow_for_each_turn() {
    let (rounds, seed) = (number("ROUNDS", 300), number("SEED", 1));
    // A panic of the program prints nothing. omegi calls the hook that it finds.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref::<&str>() != Some(&"planned") {
            hook(info);
        }
    }));
    let memory = MemoryExporter::bounded(100_000);
    let _omegi = omegi::builder()
        .flow_rate(1)
        .clock(ClockMode::Exact)
        .flow_wait(Duration::from_secs(600))
        .exporter(memory.clone())
        .init();
    let multi = |threads| Builder::new_multi_thread().worker_threads(threads).enable_time().build().unwrap();
    let runtimes = [Builder::new_current_thread().enable_time().build().unwrap(), multi(1), multi(4)];
    let mut flows = 0;
    for round in seed..seed + rounds {
        let jobs = Random(round).jobs();
        let checks = || {
            let mut flows = 0;
            let _ = std::panic::catch_unwind(AssertUnwindSafe(|| served::blocking(served(&jobs).0)));
            flows += check(&memory, &jobs, "blocking", false);
            for runtime in &runtimes {
                run(runtime, &jobs, served::waiting);
                flows += check(&memory, &jobs, "waiting", true);
                run(runtime, &jobs, served::selecting);
                flows += check(&memory, &jobs, "selecting", true);
            }
            flows
        };
        let result = thread::scope(|scope| scope.spawn(checks).join());
        flows += result.unwrap_or_else(|_| panic!("SEED={round} ROUNDS=1 repeats it"));
    }
    assert!(flows as u64 > rounds, "the programs are too small: {flows} flows");
}
