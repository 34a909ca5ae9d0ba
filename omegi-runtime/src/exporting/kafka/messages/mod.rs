//! What is sent of a flow.

mod cut;
mod cutting;
mod omegi;
mod otlp;
#[cfg(test)]
mod random;
mod shortening;
mod trimming;

use crate::exporting::json::compact;
use crate::settings::KafkaEncoding;
use crate::vocabulary::Flow;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::say_once;

use super::config::KafkaConfig;
use cutting::Fitted;
use otlp::Piece;

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
    /// How many spans of its flow it stands for: one message for all, where there is but one.
    pub(super) spans: usize,
    /// What had to be left out of the flow for it to fit.
    loss: Option<Loss>,
}

/// What a message leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// So many spans of its flow, and maybe something of others.
    OfFlow { spans: usize },
    /// Something of its only span.
    OfSpan,
}

impl Message<'_> {
    /// Counts and says what is left out. To be called once, when it is sent.
    pub(super) fn tell_loss(&self) {
        match self.loss {
            None => {}
            Some(Loss::OfFlow { spans }) => {
                COUNTERS.spans_dropped(spans as u64);
                say_once!(
                    "exporter kafka: a flow with an error is larger than a message may be, and was cut: long values first, then \
                     attributes and spans; raise OMEGI_KAFKA_MESSAGE_MAX_BYTES and the brokers' message.max.bytes"
                );
            }
            Some(Loss::OfSpan) => say_once!(
                "exporter kafka: a span is larger than a message may be, and was cut: long values first, then attributes, events \
                 and links; raise OMEGI_KAFKA_MESSAGE_MAX_BYTES and the brokers' message.max.bytes"
            ),
        }
    }
}

/// The messages of a flow: one, or with OTLP as many as it takes to send all spans. None of a flow without spans.
pub(super) fn of<'c>(flow: &Flow, config: &'c KafkaConfig) -> Vec<Message<'c>> {
    if flow.spans.is_empty() {
        return Vec::new();
    }
    let room = config.max_message_bytes.saturating_sub(ENVELOPE);
    let token = config.token.as_deref().unwrap_or_default();
    let (key, spans) = (flow.trace_id.to_string(), flow.spans.len());
    let whole = |topic, payload| Message { topic, key: key.clone(), payload, spans, loss: None };
    match config.encoding {
        KafkaEncoding::OtlpProto => {
            let message = |Piece { payload, spans, is_cut }| Message {
                spans,
                loss: is_cut.then_some(Loss::OfSpan),
                ..whole(&config.spans_topic, payload)
            };
            otlp::pieces(flow, room).into_iter().map(message).collect()
        }
        KafkaEncoding::Omegi if flow.has_error() => {
            let Fitted { text, is_cut, dropped_spans } = cutting::fitted(flow, token, room);
            let loss = is_cut.then_some(Loss::OfFlow { spans: dropped_spans });
            vec![Message { loss, ..whole(&config.error_topic, text.into_bytes()) }]
        }
        KafkaEncoding::Omegi => {
            let text = compact(&omegi::FlowMessage { flow, token });
            vec![whole(&config.flow_topic, text.into_bytes())]
        }
    }
}
