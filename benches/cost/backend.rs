//! The recorders' own threads, which rest while the calling thread is measured.

use std::hint::black_box;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use omegi::{ExportError, Exporter, Flow};

use crate::peers;

/// A timeout that only a defect exceeds.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// The recorder of a subject.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// No recorder: nothing is exported.
    None,
    Omegi,
    Fastrace,
    Otel,
}

impl Backend {
    /// Exports everything, and keeps the recorder's thread from working until
    /// [`resume`](Self::resume). `flow` runs one flow of the subject.
    pub(crate) fn rest(self, flow: impl FnOnce()) {
        self.drain();
        if self == Self::Omegi {
            // A worker that waits in an exporter takes no other work and need not be woken.
            GATE.close();
            flow();
            GATE.wait_for_a_waiting_thread();
        }
    }

    /// Lets the recorder's thread continue.
    pub(crate) fn resume(self) {
        GATE.open();
    }

    /// Exports everything.
    pub(crate) fn drain(self) {
        match self {
            Self::None => {}
            Self::Omegi => assert!(omegi::flush(LONGEST_WAIT), "the worker answers"),
            Self::Fastrace => fastrace::flush(),
            Self::Otel => peers::flush_otel(),
        }
    }
}

/// The gate at which the exporter of the benches waits.
static GATE: Gate =
    Gate { state: Mutex::new(State { closed: false, waiting: false }), changed: Condvar::new() };

struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    closed: bool,
    waiting: bool,
}

impl Gate {
    fn close(&self) {
        self.state.lock().unwrap().closed = true;
    }

    fn open(&self) {
        self.state.lock().unwrap().closed = false;
        self.changed.notify_all();
    }

    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        while state.closed {
            state.waiting = true;
            self.changed.notify_all();
            state = self.changed.wait(state).unwrap();
        }
        state.waiting = false;
    }

    fn wait_for_a_waiting_thread(&self) {
        let state = self.state.lock().unwrap();
        let waited = self.changed.wait_timeout_while(state, LONGEST_WAIT, |state| !state.waiting).unwrap();
        assert!(!waited.1.timed_out(), "a flow was to be exported");
    }
}

/// An exporter that does nothing, and waits until it may.
pub(crate) struct Nowhere;

impl Exporter for Nowhere {
    fn name(&self) -> &'static str {
        "nowhere"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        black_box(flows);
        GATE.pass();
        Ok(())
    }
}
