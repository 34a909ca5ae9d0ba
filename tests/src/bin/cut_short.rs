//! Several threads make failing flows until the program ends; prints the number of each decided
//! flow.
//!
//! Its argument selects the end: `killed`, by others; `exits` and `panics`, by itself in the
//! middle. It is also compiled with panics that abort it.

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

const THREADS: u32 = 4;

/// The flow after which the program ends by itself.
const LAST: u32 = 2000;

#[omegi::traced]
fn flow(number: u32) -> Result<u32, String> {
    let sum = step(number);
    if sum == 0 { Ok(0) } else { fails(number) }
}

#[omegi::traced]
fn step(number: u32) -> u32 {
    number + 1
}

#[omegi::traced]
fn fails(number: u32) -> Result<u32, String> {
    Err(format!("number {number}."))
}

/// One write a line, so that no half line appears.
fn print(line: &str) {
    let _ = std::io::stdout().write_all(format!("{line}\n").as_bytes());
}

fn end(how: &str) {
    print("ends");
    match how {
        "exits" => std::process::exit(3),
        "panics" => panic!("on purpose"),
        _ => {}
    }
}

fn main() {
    let how = std::env::args().nth(1).unwrap_or_default();
    let next = AtomicU32::new(0);
    let _omegi = omegi::builder().flow_rate(0).error_limit(0).init();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let _ = flow(number);
                    print(&format!("number {number}."));
                    if number == LAST {
                        end(&how);
                    }
                    thread::yield_now();
                }
            });
        }
    });
}
