//! A program with omegi's feature `autostart`, built as `cargo omegi` builds it, for the test
//! `autostart`.
//!
//! Its argument selects a part of the program. With `--cfg woven_allocator` its allocator calls an
//! instrumented function.

use std::process::ExitCode;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

#[omegi::instrument_crate]
mod shop {
    pub fn place(item: u32) -> Result<u32, String> {
        Ok(find(item)? * 2)
    }

    fn find(item: u32) -> Result<u32, String> {
        if item < 10 { Ok(item.wrapping_add(1)) } else { Err(format!("no item {item}")) }
    }

    pub async fn place_later(item: u32) -> Result<u32, String> {
        place(item)
    }

    pub fn exits() {
        let _ = place(12);
        std::process::exit(3)
    }
}

#[cfg(woven_allocator)]
mod allocator {
    use std::alloc::{GlobalAlloc, Layout, System};

    #[global_allocator]
    static COUNTING: Counting = Counting;

    struct Counting;

    // SAFETY: every call goes to the system's allocator unchanged.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            count(layout);
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
            count(layout);
            unsafe { System.dealloc(pointer, layout) }
        }
    }

    #[omegi::traced]
    fn count(layout: Layout) {
        std::hint::black_box(layout.size());
    }
}

/// Makes a call when it is dropped.
struct CallsInDrop;

impl Drop for CallsInDrop {
    fn drop(&mut self) {
        let _ = shop::place(1);
    }
}

/// Counts the flows that reach it.
struct Mine;

impl omegi::Exporter for Mine {
    fn name(&self) -> &'static str {
        "mine"
    }

    fn export(&mut self, flows: &[omegi::Flow]) -> Result<(), omegi::ExportError> {
        println!("mine: {}", flows.len());
        Ok(())
    }
}

fn main() -> ExitCode {
    match std::env::args().nth(1).unwrap_or_default().as_str() {
        "calls" => println!("{:?} {:?}", shop::place(1), shop::place(12)),
        "calls-later" => {
            let future = std::pin::pin!(shop::place_later(12));
            let poll = future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
            println!("{poll:?}");
        }
        #[cfg(unix)]
        "forks" => return forks(),
        "thread" => drop(thread::spawn(|| shop::place(12)).join()),
        "race" => race(),
        "panics" => {
            let _ = thread::spawn(|| {
                let _calls = CallsInDrop;
                panic!("on purpose");
            })
            .join();
            let _ = shop::place(12);
        }
        "init-and-aborts" => {
            let _ = shop::place(12);
            drop((omegi::init(), omegi::builder().try_init().expect("this is no second call")));
            std::process::abort();
        }
        "init-with-settings" => {
            let _ = shop::place(1);
            let _omegi = omegi::builder().flow_rate(7).seed_ids(1).exporter(Mine).init();
            let _ = shop::place(2);
        }
        "init-first" => {
            let _omegi = omegi::builder().flow_rate(0).exporter(Mine).init();
            let _ = (shop::place(1), shop::place(12));
            let _second = omegi::init();
        }
        "exits" => drop(thread::spawn(shop::exits).join()),
        "holds-stderr" => {
            let _held = std::io::stderr().lock();
            let _ = shop::place(12);
            thread::sleep(Duration::from_millis(10));
        }
        what => panic!("{what}"),
    }
    ExitCode::from(3)
}

/// A daemon: the launcher makes a call and goes, the child makes others.
#[cfg(unix)]
fn forks() -> ExitCode {
    unsafe extern "C" {
        safe fn fork() -> i32;
        safe fn wait(status: *mut i32) -> i32;
    }
    let _ = shop::place(11);
    if fork() == 0 {
        let _ = thread::spawn(|| (12..15).for_each(|item| drop(shop::place(item)))).join();
        return ExitCode::SUCCESS;
    }
    wait(std::ptr::null_mut());
    ExitCode::from(3)
}

/// Many first calls at the same time.
fn race() {
    const THREADS: u32 = 16;
    let together = Barrier::new(THREADS as usize);
    thread::scope(|scope| {
        for item in 0..THREADS {
            let together = &together;
            scope.spawn(move || {
                together.wait();
                shop::place(item)
            });
        }
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_order_succeeds() {
        assert_eq!(crate::shop::place(1), Ok(4));
    }

    #[test]
    fn a_large_order_fails() {
        assert_eq!(crate::shop::place(12), Ok(26));
    }
}
