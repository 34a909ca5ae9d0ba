//! The Kafka exporter against librdkafka's mock cluster, over TCP.

mod broker;
mod collect;
mod proxy;
mod python;
mod sample;
mod sasl;
mod sizes;
mod tls;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use omegi_kafka::rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use omegi_runtime::{Attribute, Exporter, Flow, KafkaConfig, KafkaEncoding, KafkaExporter, Resource};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use serde_json::{Value as Json, json};

use broker::{Brokers, Read};
use collect::Filed;

fn config(brokers: &Brokers) -> KafkaConfig {
    KafkaConfig {
        token: Some("t-1".to_owned()),
        timeout: Duration::from_secs(20),
        ..KafkaConfig::new(brokers.servers())
    }
}

fn export(config: KafkaConfig, flows: &[Flow]) -> Result<(), String> {
    let mut exporter = KafkaExporter::new(config).map_err(|error| error.to_string())?;
    exporter.export(flows).map_err(|error| error.to_string())
}

/// Exports the same flows until they are delivered, as their queue does. Fails at a final error.
fn export_until_delivered(exporter: &mut KafkaExporter, flows: &[Flow]) {
    let begun = Instant::now();
    while let Err(error) = exporter.export(flows) {
        assert!(error.retry().is_some() && begun.elapsed() < Duration::from_secs(30), "{error}");
    }
}

fn json(message: &Read) -> Json {
    serde_json::from_slice(&message.payload).unwrap()
}

#[test]
fn flows_arrive_on_their_topics_under_their_trace() {
    let brokers = Brokers::start();
    let mut exporter = KafkaExporter::new(config(&brokers)).unwrap();
    exporter.export(&[sample::fine(1), sample::failed(2), sample::fine(3)]).unwrap();
    let flows = brokers.read("flow");
    let bytes = flows.iter().chain(&brokers.read("error")).map(|message| message.payload.len() as u64).sum();
    assert_eq!(exporter.bytes_written(), Some(bytes));
    let mut keys: Vec<_> = flows.iter().map(|message| &*message.key).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["00000000000000000000000000000001", "00000000000000000000000000000003"]);
    for message in &flows {
        let value = json(message);
        assert_eq!((&value["traceId"], &value["token"]), (&json!(message.key), &json!("t-1")));
        assert_eq!((&value["tracer"], &value["serviceName"]), (&json!("omegi-tracer-rust"), &json!("shop")));
        assert_eq!(value["spanEnterTime"], "2026-11-20 08:00:00.000");
    }
    let [error] = &brokers.read("error")[..] else { panic!("one flow with an error") };
    assert_eq!(error.key, "00000000000000000000000000000002");
    let error = json(error);
    assert_eq!(
        error["error"]["exception.flow"],
        json!({"step.1": "shop::db::find", "step.2": "shop::orders::place"})
    );
    assert_eq!(error["spans"].as_array().unwrap().last().unwrap()["name"], "shop::orders::place");
}

#[test]
fn the_parts_of_a_trace_are_in_one_partition() {
    let brokers = Brokers::start();
    for _ in 0..3 {
        export(config(&brokers), &(1..20).map(sample::fine).collect::<Vec<_>>()).unwrap();
    }
    let mut partitions: Vec<_> =
        brokers.read("flow").into_iter().map(|message| (message.key, message.partition)).collect();
    partitions.sort_unstable();
    assert_eq!(partitions.len(), 3 * 19);
    partitions.dedup();
    assert_eq!(partitions.len(), 19);
}

#[test]
fn flows_go_to_the_configured_topics() {
    let brokers = Brokers::start();
    let topics = KafkaConfig { error_topic: "e".to_owned(), flow_topic: "f".to_owned(), ..config(&brokers) };
    export(topics, &[sample::fine(1), sample::failed(2)]).unwrap();
    assert_eq!((brokers.read("f").len(), brokers.read("e").len()), (1, 1));
}

#[test]
fn a_collector_decodes_otlp() {
    let brokers = Brokers::start();
    let otlp = || KafkaConfig { encoding: KafkaEncoding::OtlpProto, ..config(&brokers) };
    export(otlp(), &[sample::fine(1), sample::failed(2)]).unwrap();
    let messages = brokers.read("otlp_spans");
    let mut keys: Vec<_> = messages.iter().map(|message| &*message.key).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["00000000000000000000000000000001", "00000000000000000000000000000002"]);
    for message in &messages {
        let request = ExportTraceServiceRequest::decode(&*message.payload).unwrap();
        let [resource] = &request.resource_spans[..] else { panic!("one resource: {request:?}") };
        assert_eq!(resource.resource.as_ref().unwrap().attributes[0].key, "service.name");
        assert_eq!(resource.scope_spans[0].spans.len(), 2);
    }
}

#[test]
fn a_client_of_another_project_reads_the_json() {
    let brokers = Brokers::start();
    export(config(&brokers), &[sample::fine(1), sample::failed(2)]).unwrap();
    let Some(read) = python::read(&brokers, "json", &["flow", "error"]) else { return };
    let of = |topic: &str| read.iter().find(|message| message["topic"] == topic).unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(of("flow")["key"], "00000000000000000000000000000001");
    assert_eq!(of("flow")["value"], json(&brokers.read("flow")[0]));
    assert_eq!(of("error")["value"], json(&brokers.read("error")[0]));
}

#[test]
fn opentelemetrys_own_classes_decode_the_otlp() {
    let brokers = Brokers::start();
    export(KafkaConfig { encoding: KafkaEncoding::OtlpProto, ..config(&brokers) }, &[sample::failed(2)])
        .unwrap();
    let Some(read) = python::read(&brokers, "otlp", &["otlp_spans"]) else { return };
    let [message] = &read[..] else { panic!("one message: {read:?}") };
    let resource = &message["value"]["resourceSpans"][0];
    assert_eq!(resource["resource"]["attributes"][0]["value"]["stringValue"], "shop");
    let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap();
    assert_eq!(
        (&spans[0]["name"], &spans[0]["kind"]),
        (&json!("shop::orders::place"), &json!("SPAN_KIND_SERVER"))
    );
    assert_eq!(spans[1]["status"]["message"], "no such item");
    assert_eq!(spans[1]["attributes"][1]["value"]["intValue"], "17");
}

#[test]
fn the_collect_server_joins_the_messages_of_two_services() {
    let brokers = Brokers::start();
    export(config(&brokers), &[sample::caller(7, 0xabc)]).unwrap();
    export(config(&brokers), &[sample::callee(7, 0xabc), sample::failed(8)]).unwrap();
    let messages: Vec<Json> = brokers.read("error").iter().map(json).collect();
    let web = messages.iter().find(|message| message["serviceName"] == "web").unwrap();
    assert_eq!(web["error"], json!({}));
    let filed = |services: &[&str]| Filed {
        origin: "shop::db::find".to_owned(),
        error_type: "shop::db::Error".to_owned(),
        services: services.iter().map(|service| (*service).to_owned()).collect(),
    };
    let mut errors = collect::file(&messages);
    errors.sort_by_key(|error| error.services.len());
    assert_eq!(errors, [filed(&["shop"]), filed(&["web", "shop"])]);
}

#[test]
fn a_flow_larger_than_a_message_arrives_with_its_error() {
    let brokers = Brokers::start();
    let small = || KafkaConfig { max_message_bytes: 20_000, ..config(&brokers) };
    export(small(), &[sample::large(1, 2_000)]).unwrap();
    let [message] = &brokers.read("error")[..] else { panic!("one message") };
    assert!((15_000..20_000).contains(&message.payload.len()), "{}", message.payload.len());
    let value = json(message);
    assert_eq!(value["error"]["exception.flow"]["step.1"], "shop::db::find");
    let spans = value["spans"].as_array().unwrap();
    let dropped = spans.last().unwrap()["attributes"]["omegi.flow.dropped_spans"].as_str().unwrap();
    assert_eq!(spans.len() + dropped.parse::<usize>().unwrap(), 2_002);

    export(KafkaConfig { encoding: KafkaEncoding::OtlpProto, ..small() }, &[sample::large(1, 2_000)])
        .unwrap();
    let pieces = brokers.read("otlp_spans");
    assert!(pieces.len() > 2 && pieces.iter().all(|piece| piece.payload.len() < 20_000), "{}", pieces.len());
}

#[test]
fn a_span_larger_than_a_message_arrives_as_otlp() {
    let brokers = Brokers::start();
    let small = KafkaConfig { max_message_bytes: 16 << 10, ..config(&brokers) };
    let mut flow = sample::fine(1);
    flow.spans[0].attributes.extend(sample::long_attributes(127));
    export(KafkaConfig { encoding: KafkaEncoding::OtlpProto, ..small }, &[flow]).unwrap();
    let pieces = brokers.read("otlp_spans");
    let requests = pieces
        .iter()
        .map(|piece| ExportTraceServiceRequest::decode(&*piece.payload).unwrap())
        .collect::<Vec<_>>();
    let scopes = requests.iter().flat_map(|request| &request.resource_spans[0].scope_spans);
    let spans: Vec<_> = scopes.flat_map(|scope| &scope.spans).collect();
    let [root, find] = &spans[..] else { panic!("two spans: {spans:?}") };
    assert_eq!([&*root.name, &find.name], ["shop::orders::place", "shop::db::find"]);
    assert_eq!(root.attributes.len() + root.dropped_attributes_count as usize, 2 + 127);
    assert!(root.attributes.len() > 80, "{}", root.attributes.len());
}

#[test]
fn a_broker_that_is_down_at_the_start_is_waited_for() {
    let brokers = Brokers::start();
    brokers.0.broker_down(1).unwrap();
    let mut exporter = KafkaExporter::new(config(&brokers)).unwrap();
    std::thread::scope(|scope| {
        let exporting = scope.spawn(|| export_until_delivered(&mut exporter, &[sample::failed(1)]));
        std::thread::sleep(Duration::from_millis(500));
        assert!(!exporting.is_finished());
        brokers.0.broker_up(1).unwrap();
        exporting.join().unwrap();
    });
    assert_eq!(brokers.read("error").len(), 1);
}

#[test]
fn a_broker_that_goes_and_comes_back_gets_everything_once() {
    let brokers = Brokers::start();
    let mut exporter = KafkaExporter::new(config(&brokers)).unwrap();
    let flows = |from: u128| (from..from + 50).map(sample::failed).collect::<Vec<_>>();
    exporter.export(&flows(0)).unwrap();
    brokers.0.broker_down(1).unwrap();
    std::thread::scope(|scope| {
        let exporting = scope.spawn(|| export_until_delivered(&mut exporter, &flows(50)));
        std::thread::sleep(Duration::from_millis(500));
        brokers.0.broker_up(1).unwrap();
        exporting.join().unwrap();
    });
    exporter.export(&flows(100)).unwrap();
    let mut keys: Vec<_> = brokers.read("error").into_iter().map(|message| message.key).collect();
    keys.sort_unstable();
    assert_eq!(keys, (0..150).map(|trace: u128| format!("{trace:032x}")).collect::<Vec<_>>());
}

#[test]
fn an_export_that_gives_up_waiting_sends_nothing_twice() {
    let brokers = Brokers::start();
    let mut exporter = KafkaExporter::new(config(&brokers)).unwrap();
    export_until_delivered(&mut exporter, &[sample::failed(0)]);
    brokers.0.broker_down(1).unwrap();
    let flows: Vec<_> = (1..50).map(sample::failed).collect();
    let begun = Instant::now();
    for _ in 0..2 {
        let error = exporter.export(&flows).unwrap_err();
        assert!(error.retry().is_some(), "{error}");
    }
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    // Flows that the caller does not export again stay in flight.
    exporter.export(&[sample::failed(50)]).unwrap_err();
    brokers.0.broker_up(1).unwrap();
    export_until_delivered(&mut exporter, &flows);
    export_until_delivered(&mut exporter, &[sample::failed(50)]);
    let mut keys: Vec<_> = brokers.read("error").into_iter().map(|message| message.key).collect();
    keys.sort_unstable();
    assert_eq!(keys, (0..=50).map(|trace: u128| format!("{trace:032x}")).collect::<Vec<_>>());
}

#[test]
fn messages_that_a_slow_broker_takes_after_the_timeout_are_not_sent_again() {
    let brokers = Brokers::start();
    let hasty = KafkaConfig { timeout: Duration::from_millis(300), ..config(&brokers) };
    let mut exporter = KafkaExporter::new(hasty).unwrap();
    export_until_delivered(&mut exporter, &[sample::failed(0)]);
    brokers.0.broker_round_trip_time(1, Duration::from_secs(1)).unwrap();
    let text = exporter.export(&[sample::failed(1)]).unwrap_err().to_string();
    assert!(text.contains("did not answer within 300ms"), "{text}");
    export_until_delivered(&mut exporter, &[sample::failed(1), sample::failed(2)]);
    brokers.0.broker_round_trip_time(1, Duration::ZERO).unwrap();
    assert_eq!(brokers.read("error").len(), 3);
}

#[test]
fn messages_that_a_broker_refuses_for_a_while_arrive_once() {
    let brokers = Brokers::start();
    let busy = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS; 3];
    brokers.0.request_errors(RDKafkaApiKey::Produce, &busy);
    export(config(&brokers), &[sample::failed(1), sample::failed(2)]).unwrap();
    assert_eq!(brokers.read("error").len(), 2);
}

/// A broker that was started anew, or has deleted what a producer sent, does not know the producer;
/// librdkafka then gives up a message, or all.
#[test]
fn brokers_that_forget_their_producers_get_every_flow() {
    use RDKafkaRespErr as Code;
    for errors in [
        &[Code::RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID][..],
        &[Code::RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, Code::RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID],
        &[Code::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER],
        &[Code::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER; 3],
        &[Code::RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH],
        &[Code::RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING],
        &[Code::RD_KAFKA_RESP_ERR_PRODUCER_FENCED],
    ] {
        assert_all_arrive_after(errors);
    }
}

#[test]
fn brokers_that_fail_for_a_while_get_every_flow() {
    use RDKafkaRespErr as Code;
    for error in [
        Code::RD_KAFKA_RESP_ERR_INVALID_MSG,
        Code::RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
        Code::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        Code::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        Code::RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
        Code::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        Code::RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
        Code::RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
        Code::RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
        Code::RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
    ] {
        assert_all_arrive_after(&[error]);
    }
}

/// Asserts that every flow arrives at a broker that answers with these errors in between. A flow
/// may arrive twice.
fn assert_all_arrive_after(errors: &[RDKafkaRespErr]) {
    let brokers = Brokers::start();
    let mut exporter = KafkaExporter::new(config(&brokers)).unwrap();
    let flows = |from: u128| (from..from + 40).map(sample::failed).collect::<Vec<_>>();
    export_until_delivered(&mut exporter, &flows(0));
    brokers.0.request_errors(RDKafkaApiKey::Produce, errors);
    export_until_delivered(&mut exporter, &flows(40));
    export_until_delivered(&mut exporter, &flows(80));
    let mut keys: Vec<_> = brokers.read("error").into_iter().map(|message| message.key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 120, "{errors:?}");
}

#[test]
fn messages_that_a_broker_refuses_for_good_are_reported_and_counted() {
    for (code, expected) in [
        (RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD, "InvalidRecord"),
        (
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
            "the login may not write to the topic",
        ),
    ] {
        let brokers = Brokers::start();
        brokers.0.request_errors(RDKafkaApiKey::Produce, &[code]);
        let text = export(config(&brokers), &[sample::failed(1)]).unwrap_err();
        assert!(text.starts_with("cannot deliver 1 of 1 flows to ") && text.contains(expected), "{text}");
    }
}

#[test]
fn refused_messages_of_a_flow_in_pieces_are_counted_by_their_spans() {
    let brokers = Brokers::start();
    let pieces = KafkaConfig {
        encoding: KafkaEncoding::OtlpProto,
        max_message_bytes: 16 << 10,
        properties: vec![("batch.num.messages".to_owned(), "1".to_owned())],
        ..config(&brokers)
    };
    let mut exporter = KafkaExporter::new(pieces).unwrap();
    exporter.export(&[sample::fine(1)]).unwrap();
    brokers.0.request_errors(RDKafkaApiKey::Produce, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD]);
    let error = exporter.export(&[sample::large(2, 300)]).unwrap_err();
    let refusal = error.refusal().unwrap();
    let arrived: usize = brokers.read("otlp_spans").iter().map(spans_in).sum();
    assert_eq!((&*refusal.flows, arrived + refusal.spans as usize), (&[][..], 2 + 302), "{error}");
    assert!((1..302).contains(&refusal.spans), "{refusal:?}");
}

fn spans_in(message: &Read) -> usize {
    let request = ExportTraceServiceRequest::decode(&*message.payload).unwrap();
    request.resource_spans[0].scope_spans[0].spans.len()
}

#[test]
fn a_message_over_the_limit_is_distinguished_from_one_that_a_broker_refuses() {
    let brokers = Brokers::start();
    let name = Attribute::new("service.name", "x".repeat(20_000));
    let flow = Flow { resource: Arc::new(Resource { attributes: vec![name] }), ..sample::failed(1) };
    for encoding in [KafkaEncoding::Omegi, KafkaEncoding::OtlpProto] {
        let small = KafkaConfig { max_message_bytes: 16 << 10, encoding, ..config(&brokers) };
        let text = export(small, std::slice::from_ref(&flow)).unwrap_err();
        assert!(text.contains("raise OMEGI_KAFKA_MESSAGE_MAX_BYTES") && !text.contains("lower"), "{text}");
    }
}

#[test]
fn a_closed_port_is_reported_with_a_remedy_and_costs_a_moment() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let begun = Instant::now();
    let config = KafkaConfig::new([free.to_string()]);
    let text = export(config, &[sample::failed(1), sample::fine(2)]).unwrap_err();
    let expected = format!(
        "cannot deliver 2 of 2 flows yet to {free}: connection refused; start a broker or set \
         OMEGI_KAFKA_SERVER"
    );
    assert_eq!(text, expected);
    assert!(begun.elapsed() < Duration::from_millis(1_900), "{:?}", begun.elapsed());
}

#[test]
fn an_unknown_host_is_reported() {
    let config =
        KafkaConfig { timeout: Duration::from_secs(2), ..KafkaConfig::new(["nowhere.invalid:9092"]) };
    let text = export(config, &[sample::failed(1)]).unwrap_err();
    assert!(text.ends_with("to nowhere.invalid:9092: unknown host; correct OMEGI_KAFKA_SERVER"), "{text}");
}

#[test]
fn a_server_without_kafka_is_reported() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let config = KafkaConfig { timeout: Duration::from_millis(1_500), ..KafkaConfig::new([address.clone()]) };
    let text = export(config, &[sample::failed(1)]).unwrap_err();
    assert!(text.contains(&format!("{address}: it did not answer within 1.5s")), "{text}");
}

#[test]
fn a_full_queue_is_waited_for() {
    let brokers = Brokers::start();
    let narrow = KafkaConfig { max_queue_bytes: 1, max_message_bytes: 16 << 10, ..config(&brokers) };
    let flows: Vec<_> = (0..500).map(sample::failed).collect();
    export(narrow, &flows).unwrap();
    assert_eq!(brokers.read("error").len(), 500);
}

#[test]
fn a_full_queue_without_a_broker_is_reported_with_all_its_flows() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let narrow = KafkaConfig {
        max_queue_bytes: 1,
        max_message_bytes: 16 << 10,
        timeout: Duration::from_millis(1_500),
        ..KafkaConfig::new([free.to_string()])
    };
    let flows: Vec<_> = (0..500).map(sample::failed).collect();
    let text = export(narrow, &flows).unwrap_err();
    let expected = format!("cannot deliver 500 of 500 flows yet to {free}: connection refused; ");
    assert!(text.starts_with(&expected), "{text}");
}
