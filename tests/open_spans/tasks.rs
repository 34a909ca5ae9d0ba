//! Asynchronous calls.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::helpers::{
    assert_linked, exceptions, flows_of, names, only, outlines, paths, short, wait_until_long,
};

#[omegi::instrument_crate]
mod shop {
    use super::{Later, wait_until_long};

    async fn find(item: u32) -> Result<u32, String> {
        Later::default().await;
        if item.is_multiple_of(2) { Ok(item) } else { Err(format!("no item {item}")) }
    }

    async fn handle(item: u32) -> Result<u32, String> {
        let found = find(item).await?;
        Ok(found + 1)
    }

    pub(super) async fn serve(before: u32, after: u32) -> u32 {
        let mut handled = 0;
        for item in 0..before {
            handled += handle(item).await.unwrap_or(0);
        }
        wait_until_long();
        for item in 0..after {
            handled += handle(item).await.unwrap_or(0);
        }
        handled
    }

    pub(super) async fn fails_late() -> Result<u32, String> {
        wait_until_long();
        let handled = handle(2).await?;
        Ok(handled + handle(1).await?)
    }

    /// Its children begin before it has been open for long, and end after.
    pub(super) async fn interleaved(children: u32) -> usize {
        let mut open: Vec<_> = (1..=children).map(|item| Box::pin(handle(item))).collect();
        for child in &mut open {
            assert!(super::poll_once(child.as_mut()).await.is_none());
        }
        wait_until_long();
        let mut failed = 0;
        for child in open {
            failed += usize::from(child.await.is_err());
        }
        failed
    }
}

/// Waits once.
#[derive(Default)]
struct Later(bool);

impl Future for Later {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

fn poll_once<F: Future>(mut future: Pin<&mut F>) -> impl Future<Output = Option<F::Output>> {
    std::future::poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn each_child_is_told_once_and_later_ones_are_linked() {
    let flows = flows_of("async-later", || _ = block_on(shop::serve(100, 100)));
    let names = names(&flows);
    let count = |name: &str| names.iter().filter(|it| *it == name).count();
    assert_eq!((count("handle"), count("find"), count("serve")), (200, 200, 1));
    assert_eq!(exceptions(&flows), 100);
    assert!(paths(&flows).iter().all(|path| path == &["find", "handle"]));
    assert_linked(&flows[flows.len() - 2], &flows, "serve");
}

#[test]
fn an_error_that_the_open_span_passes_on_keeps_its_path() {
    let flows = flows_of("async-path", || _ = block_on(shop::fails_late()));
    let open = only(&flows, "fails_late");
    assert_eq!(paths(std::slice::from_ref(open)), [["find", "handle", "fails_late"]]);
    assert_eq!(exceptions(&flows), 1, "{}", outlines(&flows));
}

#[test]
fn children_that_are_open_at_the_seam_are_flows_of_their_own() {
    let flows = flows_of("async-seam", || assert_eq!(block_on(shop::interleaved(9)), 5));
    let names = names(&flows);
    let count = |name: &str| names.iter().filter(|it| *it == name).count();
    assert_eq!((count("handle"), count("find"), count("interleaved")), (9, 9, 1), "{}", outlines(&flows));
    assert_eq!(exceptions(&flows), 5);
    let children = flows.iter().filter(|flow| flow.root().is_some_and(|root| short(root) == "handle"));
    let waits = |flow: &omegi::Flow| flow.root().unwrap().attribute("omegi.async.waits").cloned();
    children.for_each(|flow| {
        assert_linked(flow, &flows, "interleaved");
        assert_eq!(waits(flow), Some(omegi::Value::from(1)), "{}", outlines(&flows));
    });
}
