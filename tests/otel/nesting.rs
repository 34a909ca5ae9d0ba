//! Parents and children of spans, on one thread.

use std::time::{Duration, SystemTime};

use omegi_tests::{flows_of, outline_of};
use opentelemetry::trace::{Span as _, Status, TraceContextExt as _, Tracer as _, mark_span_as_active};
use opentelemetry::{Context, KeyValue, global};

/// A library: it makes a span and calls a function inside of it.
fn library<R>(name: &'static str, call: impl FnOnce() -> R) -> R {
    global::tracer("library").in_span(name, |_| call())
}

#[omegi::instrument_crate]
mod shop {
    use super::{Context, library};
    use opentelemetry::global;
    use opentelemetry::trace::{TraceContextExt as _, Tracer as _, mark_span_as_active};

    pub(crate) fn order() {
        check();
        library("query", || {
            row();
            row();
        });
        library("commit", || ());
        check();
    }

    #[omegi::traced]
    fn check() {}

    #[omegi::traced]
    pub(crate) fn row() {
        library("decode", leaf);
        leaf();
    }

    #[omegi::traced]
    pub(crate) fn leaf() {}

    pub(crate) fn unattached() {
        let span = global::tracer("library").start("unattached");
        leaf();
        library("beside it", leaf);
        drop(span);
        leaf();
    }

    pub(crate) fn detached_before_the_end() {
        let context = Context::current_with_span(global::tracer("library").start("query"));
        let attached = context.clone().attach();
        leaf();
        drop(attached);
        leaf();
        let attached = context.clone().attach();
        row();
        drop(attached);
        context.span().end();
        leaf();
    }

    pub(crate) fn ended_before_it_is_detached() {
        let attached = mark_span_as_active(global::tracer("library").start("query"));
        leaf();
        Context::current().span().end();
        leaf();
        library("late", leaf);
        drop(attached);
    }

    pub(crate) fn ended_in_the_middle_of_a_call() {
        let context = Context::current_with_span(global::tracer("library").start("query"));
        let attached = context.clone().attach();
        ends(&context);
        drop(attached);
        leaf();
    }

    fn ends(context: &Context) {
        context.span().end();
        leaf();
    }

    pub(crate) fn deep(levels: usize) {
        let mut attached: Vec<_> = Vec::new();
        for _ in 0..levels {
            attached.push(mark_span_as_active(global::tracer("library").start("level")));
            leaf();
        }
        while attached.pop().is_some() {}
        leaf();
    }

    pub(crate) fn mutual(levels: usize) {
        if levels > 0 {
            library("level", || mutual(levels - 1));
        }
    }

    pub(crate) fn fails() -> Result<(), String> {
        library("query", broken)?;
        Ok(())
    }

    #[omegi::traced]
    fn broken() -> Result<(), String> {
        Err("no such table".to_owned())
    }

    pub(crate) fn starts_another_flow() {
        let tracer = global::tracer("library");
        library("query", || drop(tracer.start_with_context("apart", &Context::new())));
    }
}

#[test]
fn spans_and_functions_nest_both_ways() {
    let order = "\
nesting::shop::order
  nesting::shop::check
  query
    nesting::shop::row
      decode
        nesting::shop::leaf
      nesting::shop::leaf
    nesting::shop::row
      decode
        nesting::shop::leaf
      nesting::shop::leaf
  commit
  nesting::shop::check
";
    assert_eq!(outline_of(shop::order), order);
}

#[test]
fn a_span_that_is_not_attached_has_no_children() {
    assert_eq!(
        outline_of(shop::unattached),
        "\
nesting::shop::unattached
  unattached
  nesting::shop::leaf
  beside it
    nesting::shop::leaf
  nesting::shop::leaf
"
    );
}

#[test]
fn a_span_has_children_whenever_it_is_attached() {
    assert_eq!(
        outline_of(shop::detached_before_the_end),
        "\
nesting::shop::detached_before_the_end
  query
    nesting::shop::leaf
    nesting::shop::row
      decode
        nesting::shop::leaf
      nesting::shop::leaf
  nesting::shop::leaf
  nesting::shop::leaf
"
    );
}

#[test]
fn a_span_that_has_ended_and_is_attached_is_the_parent_of_spans() {
    assert_eq!(
        outline_of(shop::ended_before_it_is_detached),
        "\
nesting::shop::ended_before_it_is_detached
  query
    nesting::shop::leaf
    late
      nesting::shop::leaf
  nesting::shop::leaf
"
    );
}

#[test]
fn the_caller_is_active_again_after_the_span_between_has_ended() {
    assert_eq!(
        outline_of(shop::ended_in_the_middle_of_a_call),
        "\
nesting::shop::ended_in_the_middle_of_a_call
  query
    nesting::shop::ends
      nesting::shop::leaf
  nesting::shop::leaf
"
    );
}

#[test]
fn thousands_nest() {
    const LEVELS: usize = 10_000;
    let flows = flows_of(|| shop::deep(LEVELS));
    let spans = &flows[0].spans;
    assert_eq!((flows.len(), spans.len()), (1, 2 * LEVELS + 2));
    for level in 0..LEVELS {
        let (span, leaf) = (1 + 2 * level, 2 + 2 * level);
        assert_eq!(spans[span].parent, Some(span.saturating_sub(2)));
        assert_eq!(spans[leaf].parent, Some(span));
    }
    assert_eq!(spans.last().unwrap().parent, Some(0));
}

#[test]
fn spans_and_functions_take_turns() {
    const LEVELS: usize = 200;
    let flows = flows_of(|| shop::mutual(LEVELS));
    assert_eq!((flows.len(), flows[0].spans.len()), (1, 2 * LEVELS + 1));
    for (index, span) in flows[0].spans.iter().enumerate() {
        assert_eq!(span.parent, index.checked_sub(1));
    }
}

#[test]
fn an_error_passes_a_span_on_its_way() {
    assert_eq!(
        outline_of(|| assert!(shop::fails().is_err())),
        "\
nesting::shop::fails ! alloc::string::String: no such table
  query
    nesting::shop::broken ! alloc::string::String: no such table (origin)
"
    );
}

#[test]
fn a_span_can_begin_a_trace() {
    let flows = flows_of(shop::starts_another_flow);
    let outlines: Vec<_> = flows.iter().map(omegi::Flow::outline).collect();
    assert_eq!(outlines, ["apart\n", "nesting::shop::starts_another_flow\n  query\n"]);
    assert_ne!(flows[0].trace_id, flows[1].trace_id);
}

#[test]
fn without_a_function_a_span_is_the_root() {
    let flows = flows_of(|| {
        library("request", || {
            shop::row();
            library("render", shop::leaf);
            shop::leaf();
        });
        shop::leaf();
    });
    let outlines: Vec<_> = flows.iter().map(omegi::Flow::outline).collect();
    assert_eq!(
        outlines,
        [
            "\
request
  nesting::shop::row
    decode
      nesting::shop::leaf
    nesting::shop::leaf
  render
    nesting::shop::leaf
  nesting::shop::leaf
",
            "nesting::shop::leaf\n"
        ]
    );
}

#[test]
fn a_root_that_ends_inside_of_a_call_ends_its_flow_with_that() {
    let outline = outline_of(|| {
        let attached = mark_span_as_active(global::tracer("library").start("request"));
        closing();
        drop(attached);
        shop::leaf();
    });
    assert_eq!(outline, "request\n  nesting::closing\n    nesting::shop::leaf\nnesting::shop::leaf\n");
}

#[omegi::traced]
fn closing() {
    Context::current().span().end();
    shop::leaf();
}

#[test]
fn a_span_returns_its_own_updates() {
    let second = |n| SystemTime::UNIX_EPOCH + Duration::from_secs(n);
    let flows = flows_of(move || {
        let tracer = global::tracer("library");
        let mut span = tracer
            .span_builder("early name")
            .with_kind(opentelemetry::trace::SpanKind::Client)
            .with_start_time(second(10))
            .with_attributes([KeyValue::new("rows", 3)])
            .start(&tracer);
        span.update_name("name");
        span.set_attribute(KeyValue::new("table", "orders"));
        span.add_event_with_timestamp("lock", second(11), vec![KeyValue::new("waited", true)]);
        span.record_error(&std::fmt::Error);
        span.set_status(Status::Ok);
        span.set_status(Status::error("too late to say"));
        assert!(span.is_recording());
        span.end_with_timestamp(second(12));
        assert!(!span.is_recording());
        span.set_attribute(KeyValue::new("lost", true));
    });
    let root = &flows[0].spans[0];
    assert_eq!(
        flows[0].outline(),
        "\
name [client](rows=3, table=orders)
  * lock(waited=true)
  * exception(exception.message=an error occurred when formatting an argument)
"
    );
    assert_eq!((root.start_ns, root.end_ns), (10_000_000_000, 12_000_000_000));
    assert_eq!(root.events[0].time_ns, 11_000_000_000);
    assert_eq!(root.status, omegi::Status::Ok);
    assert!(root.attribute("code.function.name").is_none());
}

#[test]
fn a_span_takes_so_many_attributes_and_no_more() {
    let flows = flows_of(|| {
        let mut span = global::tracer("library").start("big");
        (0..1000).for_each(|n| span.set_attribute(KeyValue::new(format!("k{n}"), n)));
        (0..1000).for_each(|_| span.add_event("again", Vec::new()));
    });
    let root = &flows[0].spans[0];
    // All of them count, including those that omegi itself adds.
    assert_eq!(root.attributes.len(), 128);
    let ours = root.attributes.iter().filter(|attribute| !attribute.key.starts_with('k')).count();
    assert_eq!(root.dropped_attributes as usize, 1000 + ours - 128);
    assert_eq!((root.events.len(), root.dropped_events), (128, 1000 - 128));
}
