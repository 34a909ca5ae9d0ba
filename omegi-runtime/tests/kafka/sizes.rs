//! Brokers whose `message.max.bytes` is smaller than ours.

use std::collections::HashSet;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use omegi_kafka::rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use omegi_runtime::{Exporter as _, KafkaConfig, KafkaEncoding, KafkaExporter};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

use super::broker::Brokers;
use super::proxy::{self, PRODUCE, Request};
use super::{config, export, sample};

/// The largest request that the broker takes, in bytes.
const LIMIT: usize = 50_000;

const TOO_LARGE: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;

/// A request that waits at the proxy until the broker is told to refuse it.
type Held = SyncSender<()>;

/// The way of such requests to the test, which has the broker.
static HELD: OnceLock<SyncSender<Held>> = OnceLock::new();

/// Lets the broker's answer be an error if the request is too large.
fn hold_too_large(request: &Request) -> Option<Vec<u8>> {
    if request.kind() == PRODUCE && request.bytes() > LIMIT {
        let (go, going) = sync_channel(0);
        HELD.get()?.send(go).ok()?;
        going.recv().ok()?;
    }
    None
}

/// Works on a thread of its own. Makes the broker refuse large requests meanwhile; returns their
/// number.
fn refusing_large(brokers: &Brokers, held: &Receiver<Held>, work: impl FnOnce() + Send) -> usize {
    let mut refused = 0;
    thread::scope(|scope| {
        let working = scope.spawn(work);
        while !working.is_finished() {
            let Ok(go) = held.recv_timeout(Duration::from_millis(20)) else { continue };
            brokers.0.request_errors(RDKafkaApiKey::Produce, &[TOO_LARGE]);
            go.send(()).unwrap();
            refused += 1;
        }
        working.join().unwrap();
    });
    refused
}

#[test]
fn a_broker_with_a_smaller_limit_gets_every_span_and_later_ones_at_once() {
    let brokers = Brokers::start();
    let (sender, held) = sync_channel(0);
    HELD.set(sender).unwrap();
    let port = proxy::start(&brokers, |stream| stream, hold_too_large);
    let config = KafkaConfig {
        brokers: vec![format!("127.0.0.1:{port}")],
        encoding: KafkaEncoding::OtlpProto,
        ..config(&brokers)
    };
    let mut exporter = KafkaExporter::new(config).unwrap();
    let small = |from: u128| (from..from + 800).map(sample::failed).collect::<Vec<_>>();
    let refused = refusing_large(&brokers, &held, || exporter.export(&small(0)).unwrap());
    assert!(refused > 0, "batches of small messages were too large");
    let large = [sample::large(1_000, 2_000), sample::failed(1_001)];
    let refused = refusing_large(&brokers, &held, || exporter.export(&large).unwrap());
    assert!(refused > 0, "messages were too large");
    let large = [small(2_000), vec![sample::large(3_000, 2_000)]].concat();
    let refused = refusing_large(&brokers, &held, || exporter.export(&large).unwrap());
    assert_eq!(refused, 0, "the size that worked is known");
    let spans: HashSet<_> = brokers.read("otlp_spans").iter().flat_map(|it| span_ids(&it.payload)).collect();
    assert_eq!(spans.len(), 800 * 2 + (2_002 + 2) + 800 * 2 + 2_002);
}

fn span_ids(payload: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let request = ExportTraceServiceRequest::decode(payload).unwrap();
    let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).map(|span| (span.trace_id, span.span_id)).collect()
}

#[test]
fn messages_that_stay_too_large_are_reported_and_counted() {
    let brokers = Brokers::start();
    brokers.0.request_errors(RDKafkaApiKey::Produce, &[TOO_LARGE; 100]);
    let text = export(config(&brokers), &[sample::failed(1)]).unwrap_err();
    assert!(text.starts_with("cannot deliver 1 of 1 flows to "), "{text}");
    assert!(text.contains("lower OMEGI_KAFKA_MESSAGE_MAX_BYTES"), "{text}");
}
