//! Makes a failing flow every few milliseconds until it is killed; prints the message of each
//! decided flow and the time since the epoch, in nanoseconds.
//!
//! Its argument is the number of bytes that a flow carries.

use std::io::Write as _;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const PAUSE: Duration = Duration::from_millis(3);

#[omegi::traced]
fn flow(number: u32, load: &str) -> Result<u32, String> {
    omegi::tag("load", load.to_owned());
    fails(step(number))
}

#[omegi::traced]
fn step(number: u32) -> u32 {
    number + 1
}

#[omegi::traced]
fn fails(number: u32) -> Result<u32, String> {
    Err(format!("number {number}."))
}

fn main() {
    let bytes = std::env::args().nth(1).and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    let load = "x".repeat(bytes);
    let _omegi = omegi::builder().flow_rate(0).error_limit(0).init();
    for number in 0.. {
        let Err(message) = flow(number, &load) else { continue };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        // One write a line, so that no half line appears.
        let _ = std::io::stdout().write_all(format!("{message} {now}\n").as_bytes());
        thread::sleep(PAUSE);
    }
}
