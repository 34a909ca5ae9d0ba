//! Functions that a thread's locals call when they are destroyed, before and after omegi's own.

use std::cell::RefCell;
use std::panic::catch_unwind;
use std::thread;
use std::time::Duration;

use omegi::{Flow, MemoryExporter};
use omegi_tests::start_for_good;

#[omegi::instrument_crate]
mod pool {
    pub(super) fn open() -> String {
        String::from("open")
    }

    pub(super) fn close(name: &str) -> Result<usize, String> {
        flush(name)?;
        Ok(1)
    }

    fn flush(name: &str) -> Result<usize, String> {
        Err(format!("cannot close {name}"))
    }

    pub(super) fn panics(name: &str) {
        panic!("cannot close {name}");
    }
}

/// Calls the function when it is dropped.
struct AtEnd(Box<dyn Fn()>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        (self.0)();
    }
}

thread_local! {
    static FIRST: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
    static EARLY: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
    static LATE: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
}

fn at_end(local: &'static thread::LocalKey<RefCell<Option<AtEnd>>>, work: impl Fn() + 'static) {
    local.with(|local| *local.borrow_mut() = Some(AtEnd(Box::new(work))));
}

fn fail(name: &'static str) -> impl Fn() {
    move || drop(pool::close(name))
}

fn on_a_thread(work: impl FnOnce() + Send + 'static) {
    thread::Builder::new().name("ends".into()).spawn(work).unwrap().join().unwrap();
}

/// Returns the texts of all errors since the last call.
fn errors(memory: &MemoryExporter) -> Vec<String> {
    assert!(omegi::flush(Duration::from_secs(60)));
    let flows = memory.take();
    let mut texts: Vec<_> = flows.iter().flat_map(|flow| &flow.errors).map(|it| it.message.clone()).collect();
    texts.sort();
    texts
}

#[test]
fn every_error_in_the_destructor_of_a_local_is_recorded() {
    let memory = MemoryExporter::bounded(1000);
    start_for_good(omegi::builder().flow_rate(0).error_limit(0).exporter(memory.clone()));

    // Locals are destroyed last first: these before and after those of omegi.
    for _ in 0..2 {
        on_a_thread(|| {
            at_end(&EARLY, fail("early"));
            drop(pool::open());
            at_end(&LATE, fail("late"));
        });
    }
    let both = ["cannot close early", "cannot close late"];
    assert_eq!(errors(&memory), [both[0], both[0], both[1], both[1]]);

    // The first call of the thread.
    on_a_thread(|| at_end(&EARLY, fail("only")));
    assert_eq!(errors(&memory), ["cannot close only"]);

    // Many calls, and locals that are destroyed after those.
    on_a_thread(|| {
        at_end(&FIRST, fail("first"));
        at_end(&EARLY, || (0..100).for_each(|_| fail("many")()));
    });
    assert_eq!(errors(&memory).len(), 101);

    // A caught panic, with its message and its place.
    on_a_thread(|| {
        at_end(&EARLY, || drop(catch_unwind(|| pool::panics("by panic"))));
        drop(pool::open());
    });
    let _ = omegi::flush(Duration::from_secs(60));
    let flows: Vec<Flow> = memory.take();
    let error = &flows[0].errors[0];
    assert_eq!(error.message, "cannot close by panic");
    assert!(error.path[0].exact, "{error:?}");
    assert_eq!(flows[0].root().unwrap().attribute("thread.name"), Some(&omegi::Value::from("ends")));

    let health = omegi::health();
    assert_eq!((health.failed_flows, health.dropped_spans), (4 + 1 + 101 + 1, 0));
}
