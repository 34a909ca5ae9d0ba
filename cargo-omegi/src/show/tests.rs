//! The reader finds everything that the runtime writes.

use std::fs;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex};

use omegi_runtime::{
    Attribute, ConsoleExporter, ConsoleFormat, ErrorReport, ErrorText, Event, Exporter as _, FileConfig,
    FileExporter, Flow, Link, Location, Outcome, PathStep, Resource, Span, SpanId, SpanKind, Status, TraceId,
    Value,
};

use super::compact::{CompactLine, CompactReader};
use super::console_json::ConsoleReader;
use super::file::{FileEnd, read_file};
use super::otlp_json;
use super::svg::Picture;

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
        recorded: true,
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
    let [read] = &otlp_json::flows(&line).unwrap().unwrap()[..] else { panic!("one flow") };
    assert_eq!(format!("{:#?}", read.spans), format!("{:#?}", flow.spans));
    assert_eq!(format!("{:#?}", read.errors), format!("{:#?}", flow.errors));
    assert_eq!((read.trace_id, &read.resource), (flow.trace_id, &flow.resource));

    // A line that was cut off anywhere is no flow, and makes no panic.
    let whole = line.len() - 1;
    assert!((1..whole).all(|length| otlp_json::flows(&line[..length]).is_err()));
}

#[test]
fn flows_of_other_programs_are_read() {
    let line = br#"{"resourceSpans":[{"scopeSpans":[{"spans":[
        {"traceId":"0a","spanId":"02","parentSpanId":"01","name":"late","startTimeUnixNano":5,
         "endTimeUnixNano":"7","attributes":[{"key":"list","value":{"arrayValue":{"values":[]}}},
         {"key":"none","value":{}}]},
        {"traceId":"0b","spanId":"03","name":"else"}]}]}]}"#;
    let flows = otlp_json::flows(line).unwrap().unwrap();
    assert_eq!(
        flows.iter().map(Flow::outline).collect::<String>(),
        "late(list={\"values\":[]}, none=)\nelse\n"
    );
    for nonsense in
        ["{}", "[]", "null", r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"x"}]}]}]}"#]
    {
        assert!(!matches!(otlp_json::flows(nonsense.as_bytes()), Ok(Some(_))), "{nonsense}");
    }
}

/// Returns the text that the console exporter writes.
fn written(format: ConsoleFormat, flows: &[Flow]) -> String {
    #[derive(Clone, Default)]
    struct Text(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Text {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let text = Text::default();
    ConsoleExporter::to_writer(format, text.clone(), "a test", false).export(flows).unwrap();
    String::from_utf8(text.0.lock().unwrap().clone()).unwrap()
}

fn read(name: &str, bytes: &[u8]) -> (Vec<Flow>, FileEnd) {
    let path = std::env::temp_dir().join(format!("cargo-omegi-{name}-{}", std::process::id()));
    fs::write(&path, bytes).unwrap();
    let mut flows = Vec::new();
    let end = read_file(&path, |flow| {
        flows.push(flow);
        true
    });
    fs::remove_file(&path).unwrap();
    (flows, end.unwrap())
}

#[test]
fn a_compact_flow_is_read_back() {
    let other = Flow { trace_id: TraceId::from_u128(2), ..flow() };
    let text = written(ConsoleFormat::Compact, &[flow(), other]);
    let (flows, end) = read("compact", text.as_bytes());
    assert_eq!((flows.len(), end), (2, FileEnd::Whole));
    assert_eq!(format!("{:#?}", flows[0].spans), format!("{:#?}", flow().spans));
    assert_eq!(format!("{:#?}", flows[0].errors), format!("{:#?}", flow().errors));
    assert_eq!((flows[1].trace_id, &flows[1].resource), (TraceId::from_u128(2), &flow().resource));
    let otlp: usize = 2 * written(ConsoleFormat::Json, &[flow()]).len();
    assert!(text.len() < otlp, "{} {otlp}", text.len());
}

#[test]
fn a_compact_file_is_read_up_to_each_place_where_it_is_cut() {
    let text = written(ConsoleFormat::Compact, &[flow(), flow(), flow()]);
    for end in 0..text.len() {
        let whole_lines =
            text[..end].lines().filter(|line| line.starts_with("{\"flow\"") && line.ends_with('}'));
        let whole_flows = whole_lines.filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok());
        let (flows, _) = read("cut", &text.as_bytes()[..end]);
        assert_eq!(flows.len(), whole_flows.count(), "cut at {end}");
    }
}

#[test]
fn lines_of_several_processes_may_alternate() {
    let [one, two] = [1, 2].map(|id| {
        let flow = Flow { trace_id: TraceId::from_u128(id), ..flow() };
        written(ConsoleFormat::Compact, &[flow])
    });
    let mixed: String = one.lines().zip(two.lines()).map(|(one, two)| format!("{one}\n{two}\n")).collect();
    let (flows, end) = read("mixed", mixed.as_bytes());
    assert_eq!((flows.len(), end), (2, FileEnd::Whole));
}

#[test]
fn the_lines_of_the_console_are_read_back() {
    let other = Flow { trace_id: TraceId::from_u128(2), ..flow() };
    let text = written(ConsoleFormat::Json, &[flow(), other]);
    let (flows, end) = read("console", text.as_bytes());
    assert_eq!((flows.len(), end), (2, FileEnd::Whole));
    // Their times have microseconds.
    let outline = |flow: &Flow| flow.outline();
    assert_eq!(outline(&flows[0]), outline(&flow()));
    assert_eq!(format!("{:#?}", flows[0].errors), format!("{:#?}", flow().errors));
}

#[test]
fn protobuf_is_read_back() {
    // ResourceSpans { resource: { service.name: shop }, scope_spans: { spans: { f, failed } } }
    let field = |number: u8, bytes: &[u8]| [&[number << 3 | 2, bytes.len() as u8], bytes].concat();
    let value = field(1, b"shop");
    let resource = field(1, &[field(1, b"service.name"), field(2, &value)].concat());
    let times = [&[7 << 3 | 1][..], &5u64.to_le_bytes(), &[8 << 3 | 1], &9u64.to_le_bytes()].concat();
    let status = field(15, &[field(2, b"no item"), vec![3 << 3, 2]].concat());
    let span = [field(1, &[7; 16]), field(2, &[8; 8]), field(5, b"f"), times, status].concat();
    let spans = field(2, &field(2, &span));
    let message = field(1, &[field(1, &resource), spans].concat());
    let twice = message.repeat(2);
    let (flows, end) = read("protobuf", &twice);
    assert_eq!((flows.len(), end), (2, FileEnd::Whole));
    let [span] = &flows[0].spans[..] else { panic!("one span") };
    assert_eq!((&*span.name, span.start_ns, span.end_ns, span.outcome), ("f", 5, 9, Outcome::Error));
    assert_eq!(flows[0].resource.attributes, [Attribute::new("service.name", "shop")]);
    // Bytes that are cut off or changed anywhere are no panic.
    for end in 1..twice.len() {
        let (flows, _) = read("protobuf", &twice[..end]);
        assert_eq!(flows.len(), usize::from(end >= message.len()), "cut at {end}");
        let mut changed = twice.clone();
        changed[end] = 0xff;
        read("protobuf", &changed);
    }
}

#[test]
fn anything_else_is_no_panic_and_ends_the_reading() {
    let tree = written(ConsoleFormat::Tree, &[flow()]);
    for nonsense in [
        tree.as_bytes(),
        b"{\n  \"resourceSpans\": []\n}\n",
        b"\x7fELF\0\0\0",
        b"\x1f\x8b\x08\0",
        b"omegispl\x02\0\0",
        b"\n\n\xff\xfe\n",
        b"{\"flow\":\"zz\",\"resource\":\"?\"}\n",
        b"{\"callSite\":1,\"resource\":\"?\",\"name\":\"f\"}\n",
        b"{\"resource\":\"1\"}\n\
            {\"flow\":\"1\",\"resource\":\"1\",\"spans\":[{\"id\":\"1\",\"parent\":7}]}\n",
        b"{\"name\":\"f\"}\n",
        b"[1]\n",
    ] {
        let (flows, end) = read("nonsense", nonsense);
        assert_eq!((flows.len(), end), (0, FileEnd::Damaged), "{}", String::from_utf8_lossy(nonsense));
    }
    assert_eq!(read("nothing", b"").1, FileEnd::Whole);
    assert!(matches!(CompactReader::default().read(b"{\"full\":7}").unwrap(), CompactLine::Full(7)));
    assert!(ConsoleReader::default().finish().is_none());
}

#[test]
fn a_picture_wraps_long_lines_beside_their_guides() {
    let mut long = flow();
    // Wide characters take two columns each.
    long.spans[1]
        .attributes
        .push(Attribute::new("omegi.arg.key", "<&\u{ffff}".to_owned() + &"注文 ".repeat(18)));
    let picture = Picture::default();
    let mut console = ConsoleExporter::to_writer(ConsoleFormat::Tree, picture.clone(), "a test", true);
    console.export(&[long]).unwrap();
    let svg = picture.to_string();
    let rows: Vec<_> = svg.lines().filter(|line| line.starts_with("<text")).map(text_of).collect();
    let at = rows.iter().position(|row| row.contains("load")).unwrap();
    assert!(rows[at].starts_with("├─ ✓ load") && rows[at].ends_with("half=0.5"), "{rows:#?}");
    assert!(
        rows[at + 1].starts_with("│  │   key=&lt;&amp;\\u{ffff}注") && rows[at + 1].ends_with("注文"),
        "{rows:#?}"
    );
    assert!(rows[at + 2].starts_with("│  │   注文") && rows[at + 2].ends_with("  → true"), "{rows:#?}");
    for painted in [
        "<tspan class=\"good\">✓</tspan>",
        "<tspan class=\"bad\">✗</tspan>",
        "<tspan class=\"origin\">find</tspan>",
        "<tspan class=\"quiet\">├─ </tspan>",
    ] {
        assert!(svg.contains(painted), "{painted} in {svg}");
    }
    assert!(!svg.contains('\u{1b}'), "{svg}");
    assert!(svg.ends_with("</svg>\n"));
}

#[test]
fn a_picture_of_deep_calls_has_room_for_their_text() {
    for depth in [0, 10, 11, 12, 24, 25, 40, 200] {
        for text in ["some words ".repeat(30), "x".repeat(300), "注文".repeat(90)] {
            let mut picture = Picture::default();
            let guides = "│  ".repeat(depth);
            write!(picture, "{guides}├─ ✓ call  {text}\n{guides}└─ ✓ next\n").unwrap();
            let svg = picture.to_string();
            let rows: Vec<_> = svg.lines().filter(|line| line.starts_with("<text")).map(text_of).collect();
            let shown = rows.concat();
            let whole = |text: &str| text.matches(|it: char| !"│├└─ ".contains(it)).collect::<String>();
            assert_eq!(whole(&shown), whole(&format!("✓call{text}✓next")), "{depth}: {rows:#?}");
        }
    }
}

/// Returns the text of an element of SVG, without its tags.
fn text_of(element: &str) -> String {
    let pieces = element.split('<').filter_map(|piece| piece.split_once('>'));
    pieces.map(|(_, text)| text).collect()
}
