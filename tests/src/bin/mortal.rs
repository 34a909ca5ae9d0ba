//! Makes flows until it stops or is stopped; prints the number of each flow that has ended.
//!
//! Its argument selects the end: `killed`, by a signal; `killed-handled`, by a signal that it
//! handles; `exits`; `panics-twice` and `panics-in-c`, by a panic that nothing can catch.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[omegi::traced]
fn flow(number: u32) -> Result<u32, String> {
    Err(format!("number {number}."))
}

/// Panics while another panic unwinds through its owner.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("again on purpose");
    }
}

#[omegi::traced]
fn panics() -> u32 {
    std::hint::black_box(Vec::<u32>::new()).pop().expect("on purpose")
}

#[omegi::traced]
fn twice() -> u32 {
    let _bomb = Bomb;
    panics()
}

/// A function that C calls must not unwind.
extern "C" fn callback() -> u32 {
    panics()
}

#[omegi::traced]
fn in_c() -> u32 {
    callback() + 1
}

fn main() {
    let end = std::env::args().nth(1).unwrap_or_default();
    let stop = Arc::new(AtomicBool::new(false));
    if end == "killed-handled" {
        signal_hook::flag::register(signal_hook::consts::SIGTERM, Arc::clone(&stop)).expect("a handler");
    }
    let _omegi = omegi::builder().flow_rate(0).error_limit(0).init();
    for number in 0.. {
        let _ = flow(number);
        // One write a line, so that no half line appears.
        let _ = std::io::stdout().write_all(format!("{number}.\n").as_bytes());
        match &*end {
            "exits" if number == 1000 => std::process::exit(3),
            "panics-twice" if number == 100 => drop(twice()),
            "panics-in-c" if number == 100 => drop(in_c()),
            _ => {}
        }
        if stop.load(Ordering::Relaxed) {
            println!("ended by itself");
            return;
        }
        std::thread::yield_now();
    }
}
