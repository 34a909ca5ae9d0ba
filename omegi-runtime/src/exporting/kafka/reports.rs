//! What librdkafka reports, to whoever polls it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};

use super::failure::Failure;

/// Notes what became of messages, and what the connection suffers from.
#[derive(Default)]
pub(super) struct Reports(Mutex<State>);

#[derive(Default)]
struct State {
    tally: Tally,
    /// What the connection suffers from, since the last message was delivered.
    trouble: Option<Failure>,
}

/// What became of the messages of one export.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// How many were delivered.
    pub(super) delivered: usize,
    /// How many were not.
    failed: usize,
    /// Why the first of those was not.
    why: Option<Failure>,
}

impl Tally {
    /// Why not all that was sent was delivered, if so.
    pub(super) fn failure(&self, sent: usize) -> Option<Failure> {
        (self.delivered < sent).then(|| self.why.clone().unwrap_or(Failure::TimedOut))
    }
}

impl Reports {
    /// How many messages have been reported of since the tally was taken.
    pub(super) fn reported(&self) -> usize {
        let state = self.lock();
        state.tally.delivered + state.tally.failed
    }

    /// What the connection suffers from.
    pub(super) fn trouble(&self) -> Option<Failure> {
        self.lock().trouble.clone()
    }

    /// What became of the messages since this was last asked.
    pub(super) fn take_tally(&self) -> Tally {
        std::mem::take(&mut self.lock().tally)
    }

    /// A message that was not taken.
    pub(super) fn refuse(&self, code: RDKafkaErrorCode) {
        let mut state = self.lock();
        // That nothing was delivered in time is not the reason, but what the reason led to.
        let waited = matches!(code, RDKafkaErrorCode::MessageTimedOut | RDKafkaErrorCode::QueueFull);
        let trouble = state.trouble.clone().filter(|_| waited);
        state.tally.failed += 1;
        state.tally.why.get_or_insert_with(|| trouble.unwrap_or_else(|| Failure::of_message(code)));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Reports {
    /// Nothing: by default these would go to the program's own logger.
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn stats_raw(&self, _: &[u8]) {}

    fn error(&self, error: KafkaError, reason: &str) {
        let Some(code) = error.rdkafka_error_code() else { return };
        // That all brokers are down follows from what each of them suffers from, and says less.
        let is_summary = code == RDKafkaErrorCode::AllBrokersDown;
        let mut state = self.lock();
        if !is_summary || state.trouble.is_none() {
            state.trouble = Some(Failure::of_connection(code, reason));
        }
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(_) => {
                let mut state = self.lock();
                state.tally.delivered += 1;
                state.trouble = None;
            }
            Err((error, _)) => self.refuse(error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail)),
        }
    }
}
