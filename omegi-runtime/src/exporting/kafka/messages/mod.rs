//! What is sent of a flow.

mod cutting;
mod omegi;
mod otlp;

use crate::settings::KafkaEncoding;
use crate::vocabulary::Flow;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::say_once;

use super::config::KafkaConfig;

/// What Kafka stores beside a message's payload, at most, in bytes: its key, and where it stands.
const ENVELOPE: usize = 128;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message<'c> {
    /// Where it goes.
    pub(super) topic: &'c str,
    /// The trace id: all messages of a trace are in one partition, in order.
    pub(super) key: String,
    pub(super) payload: Vec<u8>,
}

/// The messages of a flow: one, or with OTLP as many as it takes to send all spans. None of a flow without spans.
pub(super) fn of<'c>(flow: &Flow, config: &'c KafkaConfig) -> Vec<Message<'c>> {
    if flow.spans.is_empty() {
        return Vec::new();
    }
    let room = config.max_message_bytes.saturating_sub(ENVELOPE);
    let token = config.token.as_deref().unwrap_or_default();
    let (topic, payloads) = match config.encoding {
        KafkaEncoding::OtlpProto => (&config.spans_topic, otlp::payloads(flow, room)),
        KafkaEncoding::Omegi if flow.has_error() => {
            (&config.error_topic, vec![error_payload(flow, token, room)])
        }
        KafkaEncoding::Omegi => {
            (&config.flow_topic, vec![omegi::FlowMessage { flow, token }.to_string().into_bytes()])
        }
    };
    let key = flow.trace_id.to_string();
    payloads.into_iter().map(|payload| Message { topic, key: key.clone(), payload }).collect()
}

/// The message of a flow with an error; what had to be left out of it is counted and said.
fn error_payload(flow: &Flow, token: &str, room: usize) -> Vec<u8> {
    let fitted = cutting::fitted(flow, token, room);
    if fitted.is_cut {
        COUNTERS.spans_dropped(fitted.dropped_spans as u64);
        say_once!(
            "exporter kafka: a flow with an error is larger than a message may be, and was cut: long values first, then spans \
             that the error did not pass; raise OMEGI_KAFKA_MESSAGE_MAX_BYTES and the brokers' message.max.bytes"
        );
    }
    fitted.text.into_bytes()
}
