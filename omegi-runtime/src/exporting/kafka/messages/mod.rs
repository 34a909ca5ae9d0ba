//! The messages of a flow.

mod cut;
mod cutting;
mod omegi;
mod otlp;
#[cfg(test)]
mod random;
mod shortening;
mod trimming;

use omegi_config::{KafkaConfig, KafkaEncoding};
use omegi_kafka::Message;

use crate::exporting::json::compact;
use crate::vocabulary::Flow;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::say_once;

use cutting::Fitted;
use otlp::Piece;

/// The most bytes that Kafka stores besides a payload: the key, and the message's position.
const ENVELOPE: usize = 128;

/// The messages of a flow, and the loss of each.
pub(super) struct FlowMessages<'c> {
    pub(super) messages: Vec<Message<'c>>,
    pub(super) losses: Vec<Loss>,
}

/// The part of a flow that a message leaves out to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// Nothing.
    Nothing,
    /// Some spans of the flow, and perhaps parts of others.
    OfFlow { spans: usize },
    /// A part of the message's only span.
    OfSpan,
}

impl Loss {
    /// Counts and reports the loss. To be called once, when the message is sent.
    pub(super) fn report(self) {
        match self {
            Self::Nothing => {}
            Self::OfFlow { spans } => {
                COUNTERS.spans_dropped(spans as u64);
                say_once!(
                    "exporter kafka: cannot send a whole flow with an error: it is larger than a \
                     message may be, and was cut (long values first, then attributes and spans); \
                     raise OMEGI_KAFKA_MESSAGE_MAX_BYTES and the brokers' message.max.bytes"
                );
            }
            Self::OfSpan => say_once!(
                "exporter kafka: cannot send a whole span: it is larger than a message may be, and was \
                 cut (long values first, then attributes, events and links); raise \
                 OMEGI_KAFKA_MESSAGE_MAX_BYTES and the brokers' message.max.bytes"
            ),
        }
    }
}

/// Returns the messages of a flow: one, or with OTLP as many as all spans need. Returns none for a
/// flow without spans.
pub(super) fn of<'c>(flow: &Flow, config: &'c KafkaConfig) -> FlowMessages<'c> {
    if flow.spans.is_empty() {
        return FlowMessages { messages: Vec::new(), losses: Vec::new() };
    }
    let room = config.max_message_bytes.saturating_sub(ENVELOPE);
    let token = config.token.as_deref().unwrap_or_default();
    // All messages of a trace go to one partition, in order.
    let key = flow.trace_id.to_string();
    let message = |topic, payload, items| Message { topic, key: key.clone(), payload, items };
    let single = |topic, text: String, loss| FlowMessages {
        messages: vec![message(topic, text.into_bytes(), flow.spans.len())],
        losses: vec![loss],
    };
    match config.encoding {
        KafkaEncoding::OtlpProto => {
            let pieces = otlp::pieces(flow, room).into_iter().map(|Piece { payload, spans, is_cut }| {
                (
                    message(&config.spans_topic, payload, spans),
                    if is_cut { Loss::OfSpan } else { Loss::Nothing },
                )
            });
            let (messages, losses) = pieces.unzip();
            FlowMessages { messages, losses }
        }
        KafkaEncoding::Omegi if flow.has_error() => {
            let Fitted { text, is_cut, dropped_spans } = cutting::fitted(flow, token, room);
            let loss = if is_cut { Loss::OfFlow { spans: dropped_spans } } else { Loss::Nothing };
            single(&config.error_topic, text, loss)
        }
        KafkaEncoding::Omegi => {
            single(&config.flow_topic, compact(&omegi::FlowMessage { flow, token }), Loss::Nothing)
        }
    }
}
