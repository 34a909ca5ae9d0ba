//! Makes failing flows for a backend that may be down; prints the ids of the made flows, and of the
//! arrived ones.
//!
//! Its arguments: the number of flows, and the state of the backend. The state is `up`, `down`,
//! `hangs`, `recovers` (after the last flow), or `down-and-mended` (a file in place of the spool's
//! folder is removed after the last flow).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use omegi::{ExportError, Exporter, Flow};

#[omegi::traced]
fn fails() -> Result<(), String> {
    println!("made {:032x}", omegi::current().context().expect("a flow").trace_id.to_u128());
    Err("no such item".to_owned())
}

struct Backend {
    hangs: bool,
    is_up: Arc<AtomicBool>,
}

impl Exporter for Backend {
    fn name(&self) -> &'static str {
        "backend"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        if self.hangs {
            loop {
                thread::park();
            }
        }
        if !self.is_up.load(Ordering::Relaxed) {
            return Err(ExportError::for_now("it is down", Some(Duration::from_millis(20))));
        }
        for flow in flows {
            let error = &flow.errors[0];
            assert_eq!((flow.spans.len(), &*error.message), (1, "no such item"));
            println!("arrived {:032x}", flow.trace_id.to_u128());
        }
        Ok(())
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let flows: u32 = arguments.next().and_then(|count| count.parse().ok()).expect("how many flows");
    let state = arguments.next().expect("how the backend is");
    let is_up = Arc::new(AtomicBool::new(state == "up"));
    let backend = Backend { hangs: state == "hangs", is_up: Arc::clone(&is_up) };
    let _omegi = omegi::builder()
        .flow_rate(0)
        .error_limit(0)
        .memory(1 << 20)
        .flush_timeout(Duration::from_secs(if state == "hangs" { 1 } else { 20 }))
        .exporter(backend)
        .init();
    for _ in 0..flows {
        let _ = fails();
        if state == "recovers" {
            // The rate is one that a disk can take.
            while omegi::health().waiting_bytes > 600 << 10 {
                thread::yield_now();
            }
        }
    }
    if state == "recovers" {
        is_up.store(true, Ordering::Relaxed);
    }
    if state == "down-and-mended" {
        let folder = std::env::var_os("OMEGI_SPOOL").expect("a folder");
        std::fs::remove_file(folder).expect("a file in its place");
        let begun = Instant::now();
        while omegi::health().spooled_flows == 0 && begun.elapsed() < Duration::from_secs(30) {
            thread::sleep(Duration::from_millis(10));
        }
        println!("spooled {}", omegi::health().spooled_flows > 0);
    }
}
