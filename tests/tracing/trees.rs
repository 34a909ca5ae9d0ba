//! Parents and children of spans, on one thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::{Span, info_span, span::EnteredSpan};

use crate::shop::{call, leaf, outer, passes};
use crate::{flows_of, outline_of};

#[test]
fn spans_and_functions_nest_both_ways() {
    let outline = outline_of(|| {
        call(|| {
            info_span!("request").in_scope(|| {
                leaf();
                call(|| info_span!("query").in_scope(leaf));
            });
            leaf();
        });
    });
    assert_eq!(
        outline,
        "\
shop::call
  request
    shop::leaf
    shop::call
      query
        shop::leaf
  shop::leaf
"
    );
}

#[test]
fn a_span_alone_is_a_flow() {
    let flows = flows_of(|| {
        let request = info_span!("request");
        request.in_scope(leaf);
        request.in_scope(leaf);
        drop(request);
        leaf();
    });
    let outlines: Vec<_> = flows.iter().map(omegi::Flow::outline).collect();
    assert_eq!(outlines, ["request\n  shop::leaf\n  shop::leaf\n", "shop::leaf\n"]);
    let root = &flows[0].spans[0];
    let text = |key| root.attribute(key).map(ToString::to_string).unwrap_or_default();
    assert_eq!(text("code.function.name"), "tracing::trees::request");
    assert!(text("code.file.path").ends_with("tests/tracing/trees.rs"), "{}", text("code.file.path"));
    assert!(root.attribute("code.line.number").is_some());
    assert_eq!(text("omegi.level"), "INFO");
    assert_eq!(root.parent_span_id, omegi::SpanId::NONE);
}

#[test]
fn explicit_parents_are_obeyed() {
    let outline = outline_of(|| {
        call(|| {
            let first = info_span!("first");
            let second = info_span!("second");
            let _at_work = second.enter();
            info_span!(parent: &first, "below first").in_scope(leaf);
            info_span!(parent: None, "alone").in_scope(leaf);
            leaf();
        });
    });
    assert_eq!(
        outline,
        "\
alone
  shop::leaf
shop::call
  first
    below first
      shop::leaf
  second
    shop::leaf
"
    );
}

#[test]
fn the_child_of_a_span_that_is_not_entered_works_in_its_flow() {
    let outline = outline_of(|| {
        let request = info_span!("request");
        info_span!(parent: &request, "query").in_scope(leaf);
        info_span!(parent: &request, "answer").in_scope(leaf);
    });
    assert_eq!(outline, "request\n  query\n    shop::leaf\n  answer\n    shop::leaf\n");
}

#[test]
fn spans_left_out_of_order_are_siblings_after_all() {
    let outline = outline_of(|| {
        call(|| {
            let (a, b) = (info_span!("a"), info_span!("b"));
            let entered_a = a.enter();
            let entered_b = b.enter();
            drop(entered_a);
            leaf();
            drop(entered_b);
            leaf();
        });
    });
    assert_eq!(outline, "shop::call\n  a\n  b\n    shop::leaf\n  shop::leaf\n");
}

#[test]
fn roots_left_out_of_order_keep_their_flows_apart() {
    let outline = outline_of(|| {
        let (a, b) = (info_span!(parent: None, "a"), info_span!(parent: None, "b"));
        let entered_a = a.enter();
        let entered_b = b.enter();
        drop(entered_a);
        drop(a.clone());
        leaf();
        drop(entered_b);
        drop((a, b));
        leaf();
    });
    let mut flows: Vec<_> = outline.split_inclusive("\n").filter(|line| !line.starts_with(' ')).collect();
    flows.sort_unstable();
    assert_eq!(flows, ["a\n", "b\n", "shop::leaf\n"]);
    assert!(outline.contains("b\n  shop::leaf\n"), "{outline}");
}

#[test]
fn a_span_may_be_entered_again_while_it_is() {
    let outline = outline_of(|| {
        let request = info_span!("request");
        request.in_scope(|| {
            request.in_scope(leaf);
            leaf();
        });
    });
    assert_eq!(outline, "request\n  shop::leaf\n  shop::leaf\n");
}

#[test]
fn a_span_that_is_never_entered_is_there() {
    assert_eq!(outline_of(|| call(|| drop(info_span!("quiet")))), "shop::call\n  quiet\n");
    assert_eq!(outline_of(|| drop(info_span!("quiet"))), "quiet\n");
}

#[test]
fn a_function_may_return_with_a_span_entered() {
    let outline = outline_of(|| {
        call(|| {
            let entered: EnteredSpan = outer(|| info_span!("request").entered());
            leaf();
            drop(entered);
            leaf();
        });
    });
    // The following events belong to the calling function: its callee's span has ended, and so have
    // the spans that the callee entered.
    assert_eq!(outline, "shop::call\n  shop::outer\n    request\n  shop::leaf\n  shop::leaf\n");
}

#[test]
fn a_function_may_return_with_a_span_of_another_flow_entered() {
    for below in [false, true] {
        let outline = outline_of(move || {
            let work = || {
                let entered: EnteredSpan = outer(|| info_span!(parent: None, "request").entered());
                leaf();
                drop(entered);
                leaf();
            };
            if below { call(work) } else { work() }
        });
        let expected = if below {
            "request\nshop::call\n  shop::outer\n  shop::leaf\n  shop::leaf\n"
        } else {
            "shop::outer\nrequest\nshop::leaf\nshop::leaf\n"
        };
        let sorted = |text: &str| {
            let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        assert_eq!(sorted(&outline), sorted(expected), "{outline}");
    }
}

#[test]
fn a_span_may_be_left_inside_a_function_that_it_called() {
    for root in [false, true] {
        let outline = outline_of(move || {
            call(|| {
                let span = if root { info_span!(parent: None, "request") } else { info_span!("request") };
                let entered = span.entered();
                outer(|| {
                    drop(entered);
                    leaf();
                });
                drop(info_span!("next"));
                leaf();
            });
        });
        if root {
            assert_eq!(outline, "request\n  shop::outer\n    shop::leaf\nshop::call\n  next\n  shop::leaf\n");
        } else {
            assert_eq!(
                outline,
                "shop::call\n  request\n    shop::outer\n      shop::leaf\n  next\n  shop::leaf\n"
            );
        }
    }
}

#[test]
fn guards_that_are_forgotten_end_with_the_function() {
    let outline = outline_of(|| {
        for _ in 0..3 {
            call(|| std::mem::forget(info_span!("forgotten").entered()));
        }
        call(|| std::mem::forget(info_span!(parent: None, "forgotten root").entered()));
        call(leaf);
    });
    assert!(outline.ends_with("shop::call\n  shop::leaf\n"), "{outline}");
    assert_eq!(outline.matches("shop::call\n  forgotten ~ open\n").count(), 3, "{outline}");
}

#[test]
fn an_error_passes_a_span_on_its_way() {
    let flows = flows_of(|| call(|| drop(passes(12))));
    assert_eq!(
        flows[0].outline(),
        "\
shop::call
  shop::passes ! alloc::string::String: no item 12
    passing
      shop::fails ! alloc::string::String: no item 12 (origin)
"
    );
    assert_eq!(flows[0].errors.len(), 1);
    assert!(flows[0].errors[0].path[1].exact, "the `?` in the span is the function's");
}

#[test]
fn a_panic_ends_the_spans_that_it_passes() {
    let outline = outline_of(|| {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            call(|| info_span!("request").in_scope(|| outer(|| panic!("out of stock"))));
        }));
        assert!(panicked.is_err());
        leaf();
    });
    assert_eq!(
        outline,
        "\
shop::call ! panic: out of stock
  request ! panic: out of stock
    shop::outer ! panic: out of stock (origin)
shop::leaf
"
    );
}

#[test]
fn disabled_spans_and_events_are_not_recorded() {
    let outline = outline_of(|| call(|| Span::none().in_scope(leaf)));
    assert_eq!(outline, "shop::call\n  shop::leaf\n");
}
