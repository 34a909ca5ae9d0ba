//! Has work that does not end, on a thread or in a task, with errors that it handles. The argument
//! says how the program goes on.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::mpsc::{self, Receiver, Sender};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

#[omegi::instrument_crate]
mod shop {
    use super::{Receiver, Sender, Stalled, thread};

    fn find(number: u32) -> Result<u32, String> {
        if number.is_multiple_of(10) { Ok(number) } else { Err(format!("no job {number}")) }
    }

    pub(super) fn job(number: u32) -> Result<u32, String> {
        let found = find(number)?;
        Ok(found + 1)
    }

    /// Handles an error, and then sleeps until `go` ends.
    pub(super) fn worker(failed: Sender<()>, go: Receiver<()>) {
        let _ = job(1);
        failed.send(()).unwrap();
        wait(&go);
    }

    #[omegi::untraced]
    fn wait(go: &Receiver<()>) {
        while go.try_recv() != Err(super::mpsc::TryRecvError::Disconnected) {
            thread::sleep(super::Duration::from_millis(1));
        }
    }

    /// Handles an error, and is then never polled again.
    pub(super) async fn task() {
        let _ = job(1);
        Stalled.await;
    }

    /// Handles an error now and then, for ever.
    pub(super) fn serve(jobs: u32) {
        for number in 0..jobs {
            let _ = job(number);
        }
    }
}

/// Never ready.
struct Stalled;

impl Future for Stalled {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

fn main() {
    let guard = omegi::init();
    let how = std::env::args().nth(1).unwrap_or_default();
    if how == "serves" {
        serves();
        return;
    }
    let (failed, has_failed) = mpsc::channel();
    let (go, goes) = mpsc::channel();
    let worker = if how.starts_with("task") {
        thread::spawn(move || {
            let mut task = pin!(shop::task());
            assert!(task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            failed.send(()).unwrap();
            let _ = goes.recv();
        })
    } else {
        thread::spawn(move || shop::worker(failed, goes))
    };
    has_failed.recv().unwrap();
    println!("failed");
    match how.as_str() {
        "exits" | "task exits" => std::process::exit(3),
        "returns" => drop(guard),
        "flushes" => {
            assert!(omegi::flush(Duration::from_secs(60)));
            assert!(omegi::flush(Duration::from_secs(60)));
            println!("flushed {}", omegi::health().exported_flows);
            drop(go);
            worker.join().unwrap();
        }
        "panics" => panics_twice(),
        _ => loop {
            thread::park();
        },
    }
}

/// Serves until every span is exported, and prints the counts.
fn serves() {
    let jobs = 20_000;
    let done = thread::spawn(move || shop::serve(jobs));
    done.join().unwrap();
    assert!(omegi::flush(Duration::from_secs(60)));
    let health = omegi::health();
    println!("{} spans, {} dropped, {} failed", health.spans, health.dropped_spans, health.failed_flows);
}

/// Panics while it unwinds, which aborts the program.
fn panics_twice() {
    struct PanicsToo;
    impl Drop for PanicsToo {
        fn drop(&mut self) {
            panic!("in a drop");
        }
    }
    let _too = PanicsToo;
    panic!("first");
}
