//! The pauses of a client after a receiver rejected its requests.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The counts so far.
#[derive(Clone, Default)]
pub(crate) struct Rests(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    turned_away: Option<Instant>,
    shortest: Option<Duration>,
}

impl Rests {
    /// Counts a request.
    pub(crate) fn end(&self) {
        let mut state = self.0.lock().unwrap();
        let rest = state.turned_away.take().map(|begun| begun.elapsed());
        state.shortest = rest.into_iter().chain(state.shortest).min();
    }

    /// Counts a rejected request.
    pub(crate) fn begin(&self) {
        self.0.lock().unwrap().turned_away = Some(Instant::now());
    }

    /// Returns the shortest of all pauses that have ended.
    pub(crate) fn shortest(&self) -> Option<Duration> {
        self.0.lock().unwrap().shortest
    }
}
