//! Flows that do not end for a long time: their memory is bounded and given back, and an error
//! comes out of each of them.
//!
//! It is a process of its own, because it counts all memory and has a small `OMEGI_MEMORY`.

#![expect(unsafe_code, reason = "an allocator that counts has to be one")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use omegi::{Flow, MemoryExporter};

static LIVE: AtomicIsize = AtomicIsize::new(0);

/// The system's allocator, which counts the bytes of the process.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call goes to the system's allocator unchanged; counting neither allocates nor
// panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The bound on omegi's memory, in bytes.
const MEMORY: usize = 1 << 20;

/// Memory that is no matter of the bound: threads, the exporter's flows, spare segments.
const BESIDES: isize = 512 * 1024;

const OPEN: usize = 100_000;

#[omegi::instrument_crate]
mod shop {
    use super::Gate;

    pub(super) async fn job(number: usize, gate: Gate) -> Result<usize, String> {
        size(number);
        gate.await;
        let checked = check(number)?;
        if number % 10 == 5 {
            let _ = check(1);
            size(number);
            return Err(format!("job {number} fails after a handled error"));
        }
        if number % 10 == 2 { Err(format!("job {number} is cancelled")) } else { Ok(checked) }
    }

    pub(super) async fn outer(number: usize, gate: Gate) -> Result<usize, String> {
        let done = job(number, gate).await?;
        assert!(number % 10 != 3, "job {number} is impossible");
        Ok(done)
    }

    pub(super) fn hand_over(mut spawn: impl FnMut(usize)) {
        (0..super::OPEN).for_each(&mut spawn);
    }

    fn size(number: usize) -> usize {
        number.to_string().len()
    }

    pub(super) fn check(number: usize) -> Result<usize, String> {
        if number % 10 == 1 { Err(format!("job {number} is wrong")) } else { Ok(size(number)) }
    }
}

/// Is ready at the second poll.
#[derive(Default)]
struct Gate(bool);

impl Future for Gate {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

type Job = Pin<Box<dyn Future<Output = Result<usize, String>> + Send>>;

fn memory() -> &'static MemoryExporter {
    static OMEGI: OnceLock<MemoryExporter> = OnceLock::new();
    OMEGI.get_or_init(|| {
        let memory = MemoryExporter::new();
        let builder = omegi::builder().flow_rate(0).error_limit(0).memory(MEMORY);
        omegi_tests::start_for_good(builder.exporter(memory.clone()));
        memory
    })
}

/// Returns many jobs that wait, and the bytes that omegi took for them.
fn open_jobs() -> (Vec<Job>, isize) {
    let mut jobs: Vec<Job> = Vec::with_capacity(OPEN);
    jobs.extend((0..OPEN).map(|number| Box::pin(shop::outer(number, Gate::default())) as Job));
    let before = LIVE.load(Ordering::Relaxed);
    for job in &mut jobs {
        assert!(poll(job).is_pending());
    }
    let taken = LIVE.load(Ordering::Relaxed) - before;
    (jobs, taken)
}

fn poll(job: &mut Job) -> Poll<Result<usize, String>> {
    job.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// Returns the description, origin and number of errors of each flow with an error since the last
/// call.
fn errors() -> Vec<(String, String, usize)> {
    assert!(omegi::flush(Duration::from_secs(60)));
    let error = |flow: Flow| {
        let first = &flow.errors[0];
        (first.message.clone(), first.path[0].function.to_string(), flow.errors.len())
    };
    memory().take().into_iter().map(error).collect()
}

/// Waits until little more than `idle` bytes are allocated: the worker frees a batch after it has
/// answered a flush.
fn assert_given_back(idle: isize) {
    let kept = || LIVE.load(Ordering::Relaxed) - idle;
    let deadline = Instant::now() + Duration::from_secs(60);
    while kept() >= BESIDES {
        assert!(Instant::now() < deadline, "{} bytes stay after the end of all flows", kept());
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn named(message: &str, function: &str) -> (String, String, usize) {
    (message.to_owned(), format!("open_flows::shop::{function}"), 1)
}

/// All in one test: it counts the memory of the process.
#[test]
fn open_flows_stay_within_the_memory_and_lose_no_error() {
    // Without a backtrace, which would keep the program's symbols in memory.
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    memory();
    drop(open_jobs());
    let idle = LIVE.load(Ordering::Relaxed);

    let (mut jobs, taken) = open_jobs();
    assert!(taken < MEMORY.cast_signed() + BESIDES, "{OPEN} open flows take {taken} bytes");
    let unrecorded = omegi::health().unrecorded_flows;
    assert!(unrecorded > 0, "{unrecorded}");

    // The first ones are recorded, the last ones are not.
    for number in [1, OPEN - 9] {
        assert!(poll(&mut jobs[number]).is_ready());
        assert_eq!(errors(), [named(&format!("job {number} is wrong"), "check")]);
    }
    for number in [2, OPEN - 8] {
        assert!(poll(&mut jobs[number]).is_ready());
        assert_eq!(errors(), [named(&format!("job {number} is cancelled"), "job")]);
    }
    // An error that is handled hides no other.
    for number in [5, OPEN - 5] {
        assert!(poll(&mut jobs[number]).is_ready());
        assert!(omegi::flush(Duration::from_secs(60)));
        let flows = memory().take();
        let mut messages = flows.iter().flat_map(|flow| &flow.errors).map(|error| &error.message);
        let own = format!("job {number} fails after a handled error");
        assert_eq!(messages.clone().filter(|message| **message == own).count(), 1);
        assert!(messages.any(|message| message == "job 1 is wrong"));
    }
    for number in [3, OPEN - 7] {
        let panics = std::panic::AssertUnwindSafe(|| poll(&mut jobs[number]));
        assert!(std::panic::catch_unwind(panics).is_err());
        assert_eq!(errors(), [named(&format!("job {number} is impossible"), "outer")]);
    }
    assert!(shop::check(11).is_err(), "a synchronous flow");
    assert_eq!(errors(), [named("job 11 is wrong", "check")]);

    drop(jobs);
    assert_given_back(idle);
    assert!(errors().is_empty());

    branches_stay_within_the_memory();

    // All that was given back can be used again.
    let unrecorded = omegi::health().unrecorded_flows;
    let mut job: Job = Box::pin(shop::outer(4, Gate::default()));
    assert!(poll(&mut job).is_pending());
    assert_eq!(omegi::health().unrecorded_flows, unrecorded);
}

/// One flow with many open branches.
fn branches_stay_within_the_memory() {
    let idle = LIVE.load(Ordering::Relaxed);
    let mut jobs: Vec<Job> = Vec::with_capacity(OPEN);
    shop::hand_over(|number| {
        jobs.push(Box::pin(omegi::in_flow(shop::outer(number, Gate::default()))));
    });
    let before = LIVE.load(Ordering::Relaxed);
    jobs.iter_mut().for_each(|job| assert!(poll(job).is_pending()));
    let taken = LIVE.load(Ordering::Relaxed) - before;
    assert!(taken < MEMORY.cast_signed() + BESIDES, "{OPEN} open branches take {taken} bytes");
    for number in [1, OPEN - 9] {
        assert!(poll(&mut jobs[number]).is_ready());
    }
    drop(jobs);
    let mut messages: Vec<_> = errors().into_iter().map(|(message, ..)| message).collect();
    messages.sort();
    assert_eq!(messages, ["job 1 is wrong".to_owned(), format!("job {} is wrong", OPEN - 9)]);
    assert_given_back(idle);
}
