//! What librdkafka reports, to whoever polls it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};

use super::failure::Failure;
use super::ledger::{Ledger, Ticket};

/// Notes what became of messages, and what the connection suffers from. Its clones are one.
#[derive(Clone, Default)]
pub(super) struct Reports(Arc<Mutex<State>>);

/// What is known.
#[derive(Default)]
pub(super) struct State {
    pub(super) ledger: Ledger,
    /// What keeps messages from being delivered, since the last that was.
    pub(super) trouble: Option<Failure>,
    /// How many bytes of payload were delivered.
    pub(super) bytes: u64,
}

impl Reports {
    /// What is known, which nobody else may change meanwhile.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message that librdkafka or a broker did not take.
    pub(super) fn refuse(&self, ticket: Ticket, failure: Failure) {
        let mut state = self.lock();
        if failure.may_pass() {
            state.trouble.get_or_insert_with(|| failure.clone());
        }
        state.ledger.failed(ticket, failure);
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
    type DeliveryOpaque = Box<Ticket>;

    fn delivery(&self, result: &DeliveryResult<'_>, ticket: Box<Ticket>) {
        match result {
            Ok(message) => {
                let mut state = self.lock();
                state.bytes += message.payload_len() as u64;
                state.ledger.delivered(*ticket);
                state.trouble = None;
            }
            Err((error, _)) => {
                let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail);
                self.refuse(*ticket, Failure::of_message(code));
            }
        }
    }
}
