//! Logs carry the ids of the function that makes them.

use std::sync::mpsc;

use omegi::otel::LoggerProvider;
use omegi_tests::flows_of;
use opentelemetry::global;
use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};

#[omegi::traced]
fn logging(logger: &impl opentelemetry::logs::Logger) -> String {
    logger.emit(logger.create_log_record());
    global::tracer("library").in_span("query", |context| {
        logger.emit(logger.create_log_record());
        context.span().span_context().span_id().to_string()
    })
}

#[test]
fn logs_carry_the_ids_of_the_active_span() {
    let (sender, receiver) = mpsc::channel();
    let flows = flows_of(move || {
        let exporter = InMemoryLogExporter::default();
        let sdk = SdkLoggerProvider::builder().with_simple_exporter(exporter.clone()).build();
        let logger = LoggerProvider::new(sdk).logger("shop");
        let span = logging(&logger);
        let mut by_hand = logger.create_log_record();
        by_hand.set_trace_context(1.into(), 2.into(), None);
        logger.emit(by_hand);
        logger.emit(logger.create_log_record());
        sender.send((span, exporter.get_emitted_logs().unwrap())).unwrap();
    });
    let (span, logs) = receiver.recv().unwrap();
    let span_ids: Vec<_> = logs
        .iter()
        .map(|log| log.record.trace_context().map(|context| context.span_id.to_string()))
        .collect();
    let function = flows[0].spans[0].span_id.to_string();
    assert_eq!(span_ids, [Some(function), Some(span), Some("0000000000000002".to_owned()), None]);
    let trace_id = logs[0].record.trace_context().unwrap().trace_id.to_string();
    assert_eq!(trace_id, flows[0].trace_id.to_string());
}
