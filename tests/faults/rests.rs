//! For how long a receiver was left alone after it had turned a request away.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Its counts so far.
#[derive(Clone, Default)]
pub(crate) struct Rests(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    turned_away: Option<Instant>,
    shortest: Option<Duration>,
}

impl Rests {
    /// A request comes.
    pub(crate) fn end(&self) {
        let mut state = self.0.lock().unwrap();
        let rest = state.turned_away.take().map(|begun| begun.elapsed());
        state.shortest = rest.into_iter().chain(state.shortest).min();
    }

    /// A request is turned away.
    pub(crate) fn begin(&self) {
        self.0.lock().unwrap().turned_away = Some(Instant::now());
    }

    /// The shortest of all that have ended.
    pub(crate) fn shortest(&self) -> Option<Duration> {
        self.0.lock().unwrap().shortest
    }
}
