//! Asynchronous functions: their spans are open across awaits, and active only while they are
//! polled.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use omegi::Flow;
use omegi_tests::{flows_of, flows_on};
use tokio::runtime;

#[omegi::instrument_crate]
mod shop {
    use super::{Duration, Future, Pin};

    pub(crate) async fn both(item: u32) -> Result<u32, String> {
        let (a, b) = tokio::join!(find(item), find(item + 1));
        Ok(a? + b?)
    }

    pub(crate) async fn find(item: u32) -> Result<u32, String> {
        tokio::task::yield_now().await;
        checked(item)
    }

    #[omegi::traced]
    fn checked(item: u32) -> Result<u32, String> {
        if item > 9 { Err(format!("no item {item}")) } else { Ok(item) }
    }

    pub(crate) async fn impatient() -> u32 {
        tokio::select! {
            () = forever() => 0,
            found = find(1) => found.unwrap_or_default(),
        }
    }

    async fn forever() {
        let _cleanup = Cleanup;
        std::future::pending::<()>().await;
    }

    struct Cleanup;

    impl Drop for Cleanup {
        #[omegi::traced]
        fn drop(&mut self) {}
    }

    pub(crate) fn boxed(item: u32) -> Pin<Box<dyn Future<Output = Result<u32, String>> + Send>> {
        Box::pin(async move { find(item).await })
    }

    #[expect(clippy::manual_async_fn, reason = "it is about the future that is returned")]
    pub(crate) fn opaque(item: u32) -> impl Future<Output = Result<u32, String>> + Send {
        async move { checked(item) }
    }

    pub(crate) async fn panicking() -> u32 {
        tokio::task::yield_now().await;
        assert!(checked(12).is_ok(), "it was not");
        0
    }

    pub(crate) async fn hops(count: u32) -> u32 {
        for _ in 0..count {
            step().await;
        }
        count
    }

    async fn step() {
        tokio::time::sleep(Duration::from_micros(50)).await;
        tokio::task::yield_now().await;
    }

    pub(crate) trait Store {
        async fn load(&self, item: u32) -> Result<u32, String>;
    }

    impl Store for u32 {
        async fn load(&self, item: u32) -> Result<u32, String> {
            find(item + self).await
        }
    }
}

/// Returns the outline of the flows that `program` makes on one thread.
fn outline_of(program: impl Future<Output: Send> + Send + 'static) -> String {
    let flows = flows_of(move || {
        runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(program);
    });
    flows.iter().map(Flow::outline).collect()
}

#[test]
fn branches_of_a_join_are_siblings() {
    let outline = outline_of(shop::both(1));
    assert_eq!(
        outline,
        "\
tasks::shop::both
  tasks::shop::find
    tasks::shop::checked
  tasks::shop::find
    tasks::shop::checked
"
    );
}

#[test]
fn an_error_in_one_branch_passes_the_join() {
    let outline = outline_of(shop::both(9));
    assert_eq!(
        outline,
        "\
tasks::shop::both ! alloc::string::String: no item 10
  tasks::shop::find
    tasks::shop::checked
  tasks::shop::find ! alloc::string::String: no item 10
    tasks::shop::checked ! alloc::string::String: no item 10 (origin)
"
    );
}

#[test]
fn a_future_that_loses_a_select_is_cancelled_and_its_destructors_run_inside_it() {
    let mut lines: Vec<String> = outline_of(shop::impatient()).lines().map(str::to_owned).collect();
    // The order of polling the branches is random.
    assert_eq!(lines.remove(0), "tasks::shop::impatient");
    let at = lines.iter().position(|line| line == "  tasks::shop::forever ~ cancelled").expect("cancelled");
    assert_eq!(lines[at + 1], "    tasks::shop::Cleanup::drop");
    lines.drain(at..=at + 1);
    assert_eq!(lines, ["  tasks::shop::find", "    tasks::shop::checked"]);
}

#[test]
fn futures_that_are_returned_are_spans_too() {
    let outline = outline_of(async {
        let _ = shop::boxed(1).await;
        let _ = shop::opaque(12).await;
    });
    assert_eq!(
        outline,
        "\
tasks::shop::boxed
  tasks::shop::find
    tasks::shop::checked
tasks::shop::opaque ! alloc::string::String: no item 12
  tasks::shop::checked ! alloc::string::String: no item 12 (origin)
"
    );
}

#[test]
fn a_panic_unwinds_through_awaits() {
    let outline = outline_of(async {
        let joined = tokio::spawn(shop::panicking()).await;
        assert!(joined.unwrap_err().is_panic());
    });
    assert_eq!(
        outline,
        "\
tasks::shop::panicking ! panic: it was not
  tasks::shop::checked ! alloc::string::String: no item 12 (origin)
"
    );
}

#[test]
fn async_methods_of_traits_are_spans_of_their_type() {
    use shop::Store as _;
    let outline = outline_of(async {
        let _ = 1_u32.load(2).await;
    });
    assert_eq!(outline, "tasks::shop::u32::load\n  tasks::shop::find\n    tasks::shop::checked\n");
}

#[test]
fn a_flow_stays_whole_when_its_task_moves_between_threads() {
    let flows = flows_on(64, |name, tasks| {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(4)
            .thread_name(name)
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let handles: Vec<_> = (0..tasks).map(|_| tokio::spawn(shop::hops(20))).collect();
            for handle in handles {
                assert_eq!(handle.await.unwrap(), 20);
            }
        });
    });
    assert_eq!(flows.len(), 64);
    let expected = format!("tasks::shop::hops\n{}", "  tasks::shop::step\n".repeat(20));
    for flow in &flows {
        assert_eq!(flow.outline(), expected);
    }
    let threads = |flow: &Flow| {
        let mut ids: Vec<_> = flow
            .spans
            .iter()
            .filter_map(|span| span.attribute("thread.id"))
            .map(ToString::to_string)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    };
    assert!(flows.iter().any(|flow| threads(flow) > 1), "no task moved");
}

#[test]
fn a_future_that_is_polled_outside_of_its_flow_goes_on_in_the_same_trace() {
    let flows = flows_of(|| {
        let mut context = Context::from_waker(Waker::noop());
        let mut inner = Box::pin(shop::find(12));
        let mut outer = Box::pin(shop_outer(Some(&mut inner)));
        assert!(outer.as_mut().poll(&mut context).is_ready());
        drop(outer);
        // The flow in which it began is over.
        assert_eq!(inner.as_mut().poll(&mut context), Poll::Ready(Err("no item 12".to_owned())));
    });
    assert_eq!(flows.len(), 2);
    assert_eq!(flows[0].outline(), "tasks::shop_outer\n  tasks::shop::find ~ open\n");
    assert!(flows[1].outline().contains("tasks::shop::checked ! alloc::string::String: no item 12 (origin)"));
    assert_eq!(flows[0].trace_id, flows[1].trace_id);
    assert_eq!(flows[1].spans[0].parent_span_id, flows[0].spans[1].span_id);
}

/// Polls a future once, and returns it.
#[omegi::traced]
async fn shop_outer<F: Future>(inner: Option<&mut Pin<Box<F>>>) {
    let Some(inner) = inner else { return };
    std::future::poll_fn(|context| {
        assert!(inner.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

#[test]
fn executors_are_all_alike() {
    let expected = "\
tasks::shop::both
  tasks::shop::find
    tasks::shop::checked
  tasks::shop::find
    tasks::shop::checked
";
    let outline = |run: fn()| flows_of(run).iter().map(Flow::outline).collect::<String>();
    assert_eq!(outline(|| drop(smol::block_on(shop::both(1)))), expected, "smol");
    assert_eq!(outline(|| drop(futures::executor::block_on(shop::both(1)))), expected, "futures");
}

#[omegi::traced]
async fn streamed() -> Vec<Result<u32, String>> {
    use futures::StreamExt as _;
    futures::stream::iter(1..4).map(shop::find).buffered(2).collect().await
}

#[test]
fn futures_that_a_stream_awaits_ahead_are_siblings() {
    let flows = flows_of(|| {
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(streamed()).len(), 3);
    });
    let find = "  tasks::shop::find\n    tasks::shop::checked\n";
    assert_eq!(flows[0].outline(), format!("tasks::streamed\n{}", find.repeat(3)));
}

#[omegi::traced]
async fn slow() {
    tokio::time::sleep(Duration::from_secs(3600)).await;
}

#[test]
fn a_call_tells_how_long_it_waited_and_where_it_was_dropped() {
    let line = i64::from(line!()) - 5;
    let flows = flows_of(|| {
        let runtime = runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let waited =
            runtime.block_on(async { tokio::time::timeout(Duration::from_millis(20), slow()).await });
        assert!(waited.is_err());
    });
    let call = &flows[0].spans[0];
    assert_eq!(flows[0].outline(), "tasks::slow ~ cancelled\n");
    let place = call.attribute("omegi.async.cancelled_at").map(ToString::to_string);
    assert_eq!(place, Some(format!("tests/behaviour/tasks.rs:{line}")));
    let number = |key| match call.attribute(key) {
        Some(omegi::Value::I64(number)) => u64::try_from(*number).unwrap(),
        other => panic!("{key}: {other:?}"),
    };
    let (idle, busy) = (number("omegi.async.idle_ns"), number("omegi.async.busy_ns"));
    assert_eq!(idle + busy, call.duration_ns());
    assert!(idle > busy, "it did nothing but wait: idle {idle} ns, busy {busy} ns");
}
