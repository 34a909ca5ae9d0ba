//! The reader finds everything that the runtime writes.

use std::fs;
use std::sync::Arc;

use omegi_runtime::{
    Attribute, ErrorReport, ErrorText, Event, Exporter as _, FileConfig, FileExporter, Flow, Link, Location,
    Outcome, PathStep, Resource, Span, SpanId, SpanKind, Status, TraceId, Value,
};

use super::dump;

fn span(id: u64, parent: Option<usize>, name: &'static str) -> Span {
    Span {
        span_id: SpanId::from_u64(id),
        parent_span_id: parent.map_or(SpanId::NONE, |parent| SpanId::from_u64(parent as u64 + 1)),
        parent,
        name: name.into(),
        kind: SpanKind::Internal,
        start_ns: 1_795_161_600_000_000_000 + id,
        end_ns: 1_795_161_600_001_000_000,
        sparse: false,
        end_order: 0,
        outcome: Outcome::Returned,
        status: Status::Unset,
        attributes: Vec::new(),
        dropped_attributes: 0,
        events: Vec::new(),
        dropped_events: 0,
        links: Vec::new(),
        dropped_links: 0,
    }
}

fn failing(span: Span, error_type: &'static str, message: &'static str) -> Span {
    Span {
        outcome: Outcome::Error,
        status: Status::Error { description: message.into() },
        attributes: vec![Attribute::new("error.type", error_type)],
        ..span
    }
}

/// A flow in which `run` calls `load`, which returns, and `place`, which fails because `find` does.
/// `run` makes an error of its own from it.
fn flow() -> Flow {
    let mut load = span(2, Some(0), "load");
    load.kind = SpanKind::Client;
    load.sparse = true;
    load.attributes = vec![
        Attribute::new("omegi.times", "estimated"),
        Attribute::new("omegi.arg.id", 7),
        Attribute::new("omegi.arg.half", Value::F64(0.5)),
        Attribute::new("omegi.return", true),
    ];
    let other = TraceId::from_u128(9);
    load.links = vec![Link {
        trace_id: other,
        span_id: SpanId::from_u64(8),
        attributes: Vec::new(),
        dropped_attributes: 0,
    }];
    let mut find = failing(span(4, Some(2), "find"), "shop::Missing", "no \"x\"\u{1b}");
    let trace = "shop::Missing: no \"x\"\n    at shop::find (src/db.rs:42)\n    \
                 at shop::place (src/a (b).rs:17)\n    at shop::run (src/main.rs:9)\n\
                 caused by: row 3 is empty";
    let attributes = vec![
        Attribute::new("exception.type", "shop::Missing"),
        Attribute::new("exception.message", "no \"x\"\u{1b}"),
        Attribute::new("exception.stacktrace", trace),
    ];
    find.events =
        vec![Event { name: "exception".into(), time_ns: find.end_ns, attributes, dropped_attributes: 0 }];
    let place = failing(span(3, Some(0), "place"), "shop::Missing", "no \"x\"\u{1b}");
    let run = failing(span(1, None, "run"), "shop::OrderError", "cannot place");
    let resource = Resource { attributes: vec![Attribute::new("service.name", "shop")] };
    let spans = vec![run, load, place, find];
    Flow { trace_id: TraceId::from_u128(1), spans, errors: vec![missing()], resource: Arc::new(resource) }
}

fn missing() -> ErrorReport {
    let step = |span, function: &'static str, file, line| PathStep {
        span,
        function: function.into(),
        location: Location { file, line },
        exact: true,
        became: None,
    };
    let became = ErrorText { error_type: "shop::OrderError".into(), message: "cannot place".to_owned() };
    ErrorReport {
        error_type: "shop::Missing".into(),
        message: "no \"x\"\u{1b}".to_owned(),
        causes: vec!["row 3 is empty".to_owned()],
        path: vec![
            step(3, "shop::find", "src/db.rs", 42),
            step(2, "shop::place", "src/a (b).rs", 17),
            PathStep { became: Some(became), ..step(0, "shop::run", "src/main.rs", 9) },
        ],
    }
}

#[test]
fn a_written_flow_is_read_back() {
    let path = std::env::temp_dir().join(format!("cargo-omegi-show-{}.jsonl", std::process::id()));
    let flow = flow();
    FileExporter::new(FileConfig::new(&path)).unwrap().export(std::slice::from_ref(&flow)).unwrap();
    let line = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let [read] = &dump::flows(&line).unwrap()[..] else { panic!("one flow") };
    assert_eq!(format!("{:#?}", read.spans), format!("{:#?}", flow.spans));
    assert_eq!(format!("{:#?}", read.errors), format!("{:#?}", flow.errors));
    assert_eq!((read.trace_id, &read.resource), (flow.trace_id, &flow.resource));

    // A line that was cut off anywhere is no flow, and makes no panic.
    let whole = line.len() - 1;
    assert!((1..whole).all(|length| dump::flows(&line[..length]).is_none()));
}

#[test]
fn flows_of_other_programs_are_read() {
    let line = br#"{"resourceSpans":[{"scopeSpans":[{"spans":[
        {"traceId":"0a","spanId":"02","parentSpanId":"01","name":"late","startTimeUnixNano":5,
         "endTimeUnixNano":"7","attributes":[{"key":"list","value":{"arrayValue":{"values":[]}}},
         {"key":"none","value":{}}]},
        {"traceId":"0b","spanId":"03","name":"else"}]}]}]}"#;
    let flows = dump::flows(line).unwrap();
    assert_eq!(
        flows.iter().map(Flow::outline).collect::<String>(),
        "late(list={\"values\":[]}, none=)\nelse\n"
    );
    for nonsense in
        ["{}", "[]", "null", r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"x"}]}]}]}"#]
    {
        assert!(dump::flows(nonsense.as_bytes()).is_none(), "{nonsense}");
    }
}
