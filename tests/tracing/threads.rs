//! Spans that are entered on other threads than the one that made them.

use std::sync::Barrier;
use std::thread;

use tracing::dispatcher::{self, Dispatch};
use tracing::{Span, info, info_span};

use crate::outline_of;
use crate::shop::{call, leaf, outer};

/// Runs it on another thread, and waits for it.
fn elsewhere(work: impl FnOnce() + Send) {
    let dispatch = dispatcher::get_default(Dispatch::clone);
    thread::scope(|scope| {
        scope.spawn(|| dispatcher::with_default(&dispatch, work)).join().unwrap();
    });
}

#[test]
fn a_root_goes_where_it_is_entered() {
    let outline = outline_of(|| {
        let request = info_span!("request");
        elsewhere(|| request.in_scope(leaf));
        request.in_scope(leaf);
        elsewhere(|| info_span!(parent: &request, "query").in_scope(leaf));
    });
    assert_eq!(outline, "request\n  shop::leaf\n  shop::leaf\n  query\n    shop::leaf\n");
}

#[test]
fn a_span_continues_on_another_thread_while_its_flow_is_active_on_this_one() {
    let outline = outline_of(|| {
        call(|| {
            let job = info_span!("job", late = tracing::field::Empty);
            elsewhere(move || {
                job.in_scope(leaf);
                leaf();
                job.in_scope(|| {
                    call(|| info!("done"));
                    job.record("late", 7);
                });
            });
            leaf();
        });
    });
    assert!(
        outline.ends_with(
            "\
shop::call
  job(late=7)
    shop::leaf
    shop::call
      * done(omegi.level=INFO, omegi.target=tracing::threads)
  shop::leaf
"
        ),
        "{outline}"
    );
}

#[test]
fn the_latest_value_of_a_field_stays_on_a_span_that_continued_on_another_thread() {
    let outline = outline_of(|| {
        call(|| {
            let job = info_span!("job", made = 1, set = tracing::field::Empty);
            elsewhere(|| {
                job.in_scope(|| omegi::current().attribute("set", 1));
                job.record("set", 2);
                job.record("made", 2);
            });
        });
    });
    assert_eq!(outline, "shop::call\n  job(made=2, set=2)\n");
}

#[test]
fn a_span_whose_flow_has_gone_on_without_it_is_updated_where_it_continued() {
    let outline = outline_of(|| {
        let job = outer(|| info_span!("job", late = tracing::field::Empty));
        job.in_scope(leaf);
        job.record("late", 7);
    });
    assert!(outline.contains("job(late=7)"), "{outline}");
}

#[test]
fn the_current_span_is_taken_along() {
    let outline = outline_of(|| {
        call(|| {
            info_span!("request").in_scope(|| {
                let here = Span::current();
                elsewhere(|| here.in_scope(leaf));
                elsewhere(|| info_span!(parent: &here, "query").in_scope(leaf));
            });
        });
    });
    assert_eq!(outline, "shop::call\n  request\n    shop::leaf\n    query\n      shop::leaf\n");
}

#[test]
fn a_span_may_be_entered_on_two_threads_at_once() {
    let outline = outline_of(|| {
        let request = info_span!("request");
        let both = Barrier::new(2);
        request.in_scope(|| {
            elsewhere(|| {
                let other = || {
                    request.in_scope(|| {
                        both.wait();
                        leaf();
                    });
                };
                let dispatch = dispatcher::get_default(Dispatch::clone);
                thread::scope(|scope| {
                    scope.spawn(|| dispatcher::with_default(&dispatch, other));
                    other();
                });
            });
        });
    });
    assert_eq!(outline, "request\n  shop::leaf\n  shop::leaf\n");
}

#[test]
fn the_last_thread_that_leaves_a_closed_root_ends_it() {
    let outline = outline_of(|| {
        let (give, take) = std::sync::mpsc::channel::<Span>();
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let other = thread::spawn(move || {
            dispatcher::with_default(&dispatch, || {
                let span = take.recv().unwrap();
                span.in_scope(leaf);
            });
        });
        let request = info_span!("request");
        request.in_scope(leaf);
        give.send(request).unwrap();
        other.join().unwrap();
    });
    assert_eq!(outline, "request\n  shop::leaf\n  shop::leaf\n");
}
