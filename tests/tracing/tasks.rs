//! Futures with `tracing`'s spans around them.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use omegi::Flow;
use tokio::runtime;
use tracing::{Instrument as _, info_span};

use crate::shop::{call, leaf};
use crate::{flows_of, outline_of};

/// Calls a function, waits, and calls it again.
async fn twice() {
    leaf();
    tokio::task::yield_now().await;
    leaf();
}

#[test]
fn futures_that_take_turns_keep_their_spans() {
    let outline = outline_of(|| {
        call(|| {
            let mut first = pin!(twice().instrument(info_span!("first")));
            let mut second = pin!(twice().instrument(info_span!("second")));
            let mut context = Context::from_waker(Waker::noop());
            runtime::Builder::new_current_thread().build().unwrap().block_on(async {
                while first.as_mut().poll(&mut context).is_pending()
                    | second.as_mut().poll(&mut context).is_pending()
                {
                    tokio::task::yield_now().await;
                }
            });
        });
    });
    assert_eq!(
        outline,
        "shop::call\n  first\n    shop::leaf\n    shop::leaf\n  second\n    shop::leaf\n    shop::leaf\n"
    );
}

#[test]
fn roots_that_take_turns_keep_their_flows() {
    let mut flows = flows_of(|| {
        runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let first = twice().instrument(info_span!("first"));
            let second = twice().instrument(info_span!("second"));
            tokio::join!(first, second);
            leaf();
        });
    });
    // Their order of ending is random.
    flows.sort_by_key(|flow| flow.spans[0].name.clone());
    assert_eq!(
        flows.iter().map(Flow::outline).collect::<String>(),
        "first\n  shop::leaf\n  shop::leaf\nsecond\n  shop::leaf\n  shop::leaf\nshop::leaf\n"
    );
}

#[test]
fn a_future_that_is_dropped_half_way_ends_its_span() {
    let outline = outline_of(|| {
        call(|| {
            runtime::Builder::new_current_thread().build().unwrap().block_on(async {
                let mut waits = Box::pin(twice().instrument(info_span!("waits")));
                std::future::poll_fn(|context| {
                    assert!(waits.as_mut().poll(context).is_pending());
                    Poll::Ready(())
                })
                .await;
            });
            leaf();
        });
    });
    assert_eq!(outline, "shop::call\n  waits\n    shop::leaf\n  shop::leaf\n");
}

#[test]
fn a_task_that_is_spawned_with_a_span_belongs_to_the_flow_that_made_the_span() {
    for threads in [false, true] {
        let outline = outline_of(move || {
            let mut builder = if threads {
                runtime::Builder::new_multi_thread()
            } else {
                runtime::Builder::new_current_thread()
            };
            let runtime = builder.build().unwrap();
            let dispatch = tracing::dispatcher::get_default(Clone::clone);
            use tracing::instrument::WithSubscriber as _;
            call(|| {
                let span = info_span!("task");
                let work = async {
                    twice().await;
                    twice().instrument(info_span!("inner")).await;
                };
                let work = work.instrument(span).with_subscriber(dispatch);
                runtime.block_on(runtime.spawn(work)).unwrap();
            });
        });
        assert_eq!(
            outline,
            "\
shop::call
  task
    shop::leaf
    shop::leaf
    inner
      shop::leaf
      shop::leaf
",
            "on other threads: {threads}"
        );
    }
}

#[test]
fn an_entered_span_that_is_held_across_a_wait_breaks_nothing() {
    let outline = outline_of(|| {
        let local = runtime::Builder::new_current_thread().build().unwrap();
        local.block_on(async {
            let holds = async {
                let _entered = info_span!("held").entered();
                twice().await;
            };
            tokio::join!(holds, twice());
        });
        call(leaf);
    });
    assert!(outline.ends_with("shop::call\n  shop::leaf\n"), "{outline}");
}
