//! A program that starts omegi again, or begins a shutdown that is none, for the test `again`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use omegi::{ExportError, Exporter, Flow};

static IS_DOWN: AtomicBool = AtomicBool::new(false);

/// A backend that prints each arrival.
struct Backend;

impl Exporter for Backend {
    fn name(&self) -> &'static str {
        "backend"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        if IS_DOWN.load(Ordering::Relaxed) {
            return Err(ExportError::for_now("it is down", Some(Duration::from_millis(50))));
        }
        flows.iter().for_each(|flow| println!("arrived {}", flow.errors[0].message));
        Ok(())
    }
}

#[omegi::instrument_crate]
mod shop {
    pub(crate) fn fail(number: u32) -> Result<(), String> {
        Err(number.to_string())
    }
}

fn fail(number: u32) {
    let _ = shop::fail(number);
    assert!(omegi::flush(Duration::from_secs(30)));
}

fn main() {
    let builder = omegi::builder().flush_timeout(Duration::from_millis(300)).exporter(Backend);
    let guard = builder.init();
    fail(1);
    match std::env::args().nth(1).as_deref() {
        Some("second init") => {
            let refused = omegi::builder().variable("OTEL_SDK_DISABLED", "true").try_init();
            println!("{}", refused.expect_err("it runs"));
            fail(2);
            IS_DOWN.store(true, Ordering::Relaxed);
            let _ = shop::fail(3);
            let begun = Instant::now();
            let worker = std::thread::spawn(|| drop(omegi::builder().try_init()));
            worker.join().expect("it does not panic");
            println!("did not wait: {}", begun.elapsed() < Duration::from_millis(200));
            IS_DOWN.store(false, Ordering::Relaxed);
        }
        _ => {
            IS_DOWN.store(true, Ordering::Relaxed);
            let _ = shop::fail(2);
            // Waits without success.
            drop(guard);
            IS_DOWN.store(false, Ordering::Relaxed);
            fail(3);
            let _ = shop::fail(4);
        }
    }
}
