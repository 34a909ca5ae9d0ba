//! A program with 4,096 threads that are in a call at the same time. Each fails once, and calls
//! when its locals are destroyed.

use std::cell::RefCell;
use std::sync::{Arc, Barrier};
use std::thread;

/// The stack of a thread, in bytes.
const STACK: usize = 256 * 1024;

#[omegi::instrument_crate]
mod shop {
    use std::sync::Barrier;

    /// Waits until every thread is in this call.
    pub(super) fn serve(number: usize, all: &Barrier) -> Result<usize, String> {
        all.wait();
        let found = find(number)?;
        Ok(found)
    }

    fn find(number: usize) -> Result<usize, String> {
        Err(format!("cannot serve {number}."))
    }

    pub(super) fn close(names: &[String]) -> usize {
        names.iter().map(String::len).sum()
    }
}

/// Calls when its thread ends.
struct AtEnd(Vec<String>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        shop::close(&self.0);
    }
}

thread_local! {
    static AT_END: RefCell<AtEnd> = const { RefCell::new(AtEnd(Vec::new())) };
}

fn main() {
    let threads = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(4096);
    let omegi = omegi::builder().flow_rate(0).error_limit(0).init();
    let all = Arc::new(Barrier::new(threads));
    let serve = |number: usize| {
        let all = Arc::clone(&all);
        let run = move || {
            AT_END.with_borrow_mut(|at_end| at_end.0.push(number.to_string()));
            shop::serve(number, &all).is_err()
        };
        thread::Builder::new().stack_size(STACK).spawn(run).expect("the system has threads")
    };
    let running: Vec<_> = (0..threads).map(serve).collect();
    let failed = running.into_iter().filter_map(|thread| thread.join().ok()).filter(|failed| *failed).count();
    drop(omegi);
    println!("failed {failed}");
}
