//! The reports of librdkafka, made while it is polled.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};

use crate::delivery_error::DeliveryError;
use crate::in_flight::{InFlightMessages, MessageId};

/// The state of messages and connections, as reported. Its clones share it.
#[derive(Clone, Default)]
pub(crate) struct Reports(Arc<Mutex<ReportedState>>);

/// The reported state.
#[derive(Default)]
pub(crate) struct ReportedState {
    pub(crate) messages: InFlightMessages,
    /// The last error of a connection or message since the last delivery.
    pub(crate) trouble: Option<DeliveryError>,
    /// The bytes of payload that were delivered.
    pub(crate) bytes: u64,
}

impl Reports {
    /// Locks the state.
    pub(crate) fn lock(&self) -> MutexGuard<'_, ReportedState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a message that librdkafka or a broker did not take.
    pub(crate) fn note_failed(&self, message: MessageId, error: DeliveryError) {
        let mut state = self.lock();
        if error.is_temporary() {
            state.trouble.get_or_insert_with(|| error.clone());
        }
        state.messages.note_failed(message, error);
    }
}

impl ClientContext for Reports {
    /// Drops log lines. By default they would go to the program's own logger.
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn stats_raw(&self, _: &[u8]) {}

    fn error(&self, error: KafkaError, reason: &str) {
        let Some(code) = error.rdkafka_error_code() else { return };
        // "All brokers are down" follows the error of each broker, and contains less.
        let is_summary = code == RDKafkaErrorCode::AllBrokersDown;
        let mut state = self.lock();
        if !is_summary || state.trouble.is_none() {
            state.trouble = Some(DeliveryError::of_connection(code, reason));
        }
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<MessageId>;

    fn delivery(&self, result: &DeliveryResult<'_>, id: Box<MessageId>) {
        match result {
            Ok(message) => {
                let mut state = self.lock();
                state.bytes += message.payload_len() as u64;
                state.messages.note_delivered(*id);
                state.trouble = None;
            }
            Err((error, _)) => {
                let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail);
                self.note_failed(*id, DeliveryError::of_message(code));
            }
        }
    }
}
