//! Work that a flow starts elsewhere: it is a part of the flow if its handle is kept, else a linked
//! flow.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use omegi::{Flow, Outcome};
use omegi_tests::{error_paths, flows_of, flows_on};
use tokio::runtime;

#[omegi::instrument_crate]
mod shop {
    use super::{Duration, mpsc, thread};

    pub(crate) async fn ask(item: u32) -> Result<u32, String> {
        tokio::task::yield_now().await;
        checked(item)
    }

    #[omegi::traced]
    pub(crate) fn checked(item: u32) -> Result<u32, String> {
        if item > 9 { Err(format!("no item {item}")) } else { Ok(item) }
    }

    pub(crate) async fn awaited(item: u32) -> Result<u32, String> {
        let handle = tokio::spawn(ask(item));
        let own = ask(1).await?;
        let theirs = handle.await.map_err(|error| error.to_string())??;
        Ok(own + theirs)
    }

    pub(crate) async fn awaited_block(item: u32) -> Result<u32, String> {
        let handle = tokio::spawn(async move { ask(item).await });
        handle.await.map_err(|error| error.to_string())?
    }

    pub(crate) async fn unawaited(done: mpsc::Sender<u32>) {
        tokio::spawn(async move {
            let item = ask(3).await.unwrap_or_default();
            let _ = ask(4).await;
            done.send(item).unwrap();
        });
    }

    pub(crate) async fn panicking() -> Result<u32, String> {
        let handle = tokio::spawn(async {
            assert!(checked(1).is_err(), "it was there");
        });
        handle.await.map_err(|error| error.to_string())?;
        Ok(0)
    }

    pub(crate) async fn together() -> u32 {
        let mut set = tokio::task::JoinSet::new();
        for item in 1..4 {
            set.spawn(ask(item));
        }
        let mut sum = 0;
        while let Some(found) = set.join_next().await {
            sum += found.unwrap().unwrap();
        }
        sum
    }

    pub(crate) async fn blocking(item: u32) -> Result<u32, String> {
        tokio::task::spawn_blocking(move || checked(item)).await.map_err(|error| error.to_string())?
    }

    pub(crate) async fn local(item: u32) -> Result<u32, String> {
        tokio::task::spawn_local(async move { ask(item).await }).await.map_err(|error| error.to_string())?
    }

    pub(crate) fn on_a_thread(item: u32) -> Result<u32, String> {
        let handle = thread::spawn(move || checked(item));
        handle.join().map_err(|_| "panicked".to_owned())?
    }

    pub(crate) fn on_a_named_thread(item: u32) -> Result<u32, String> {
        let builder = thread::Builder::new().name("till".to_owned());
        let handle = builder.spawn(move || checked(item)).map_err(|error| error.to_string())?;
        handle.join().map_err(|_| "panicked".to_owned())?
    }

    pub(crate) fn on_scoped_threads(items: &[u32]) -> u32 {
        thread::scope(|scope| {
            let handles: Vec<_> = items.iter().map(|item| scope.spawn(move || checked(*item))).collect();
            handles.into_iter().map(|handle| handle.join().unwrap().unwrap_or_default()).sum()
        })
    }

    pub(crate) fn on_a_lone_thread(done: mpsc::Sender<()>) {
        thread::spawn(move || {
            let _ = checked(10);
            done.send(()).unwrap();
        });
    }

    pub(crate) fn both(items: [u32; 2]) -> (Result<u32, String>, Result<u32, String>) {
        rayon::join(|| checked(items[0]), || checked(items[1]))
    }

    pub(crate) fn scattered(items: &[u32]) {
        rayon::scope(|scope| {
            for item in items {
                scope.spawn(move |_| {
                    let _ = checked(*item);
                });
            }
        });
    }

    pub(crate) fn in_a_pool(done: mpsc::Sender<()>) {
        rayon::spawn(move || {
            let _ = checked(2);
            done.send(()).unwrap();
        });
    }

    #[omegi::traced(spawns = off)]
    pub(crate) fn by_itself() {
        let handle = thread::spawn(|| checked(1));
        let _ = handle.join();
    }

    pub(crate) async fn early(until: tokio::sync::oneshot::Receiver<()>) -> tokio::task::JoinHandle<()> {
        let started = tokio::spawn(async move {
            let _ = checked(1);
            let _ = until.await;
            let _ = checked(2);
        });
        tokio::time::sleep(Duration::from_millis(5)).await;
        started
    }

    pub(crate) fn by_hand(item: u32) -> Vec<u32> {
        let (sender, jobs) = mpsc::channel::<Box<dyn FnOnce() -> u32 + Send>>();
        sender.send(omegi::in_flow(move || checked(item).unwrap_or_default())).unwrap();
        drop(sender);
        thread::scope(|scope| {
            let pool = scope.spawn(move || jobs.into_iter().map(|job| job()).collect());
            pool.join().unwrap()
        })
    }

    pub(crate) async fn future_by_hand(item: u32) -> u32 {
        omegi::in_flow(async move { ask(item).await.unwrap_or_default() }).await
    }
}

/// Returns the flow whose root is `run`, on a runtime of `threads` threads.
fn flow_on<T>(threads: usize, root: impl Future<Output = T> + Send + 'static) -> Flow {
    let mut flows = flows_on(root, |name, root| {
        let mut builder = runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(threads).thread_name(&name).enable_time().build().unwrap();
        thread::Builder::new()
            .name(name)
            .spawn(move || drop(runtime.block_on(root)))
            .unwrap()
            .join()
            .unwrap();
    });
    assert_eq!(flows.len(), 1, "{:#?}", flows.iter().map(Flow::outline).collect::<Vec<_>>());
    flows.remove(0)
}

fn outline_on<T>(threads: usize, root: impl Future<Output = T> + Send + 'static) -> String {
    flow_on(threads, root).outline()
}

/// Returns the lines with the children of a span in alphabetical order, because the first thread is
/// random.
fn sorted(outline: &str) -> Vec<&str> {
    let mut lines: Vec<_> = outline.lines().collect();
    lines[1..].sort_unstable();
    lines
}

#[test]
fn a_task_that_is_awaited_is_a_child_and_its_error_goes_on() {
    let flow = flow_on(2, shop::awaited(12));
    let mut lines: Vec<_> = flow.outline().lines().map(str::to_owned).collect();
    assert_eq!(lines.remove(0), "spawns::shop::awaited ! alloc::string::String: no item 12");
    let own = lines.iter().position(|line| line == "  spawns::shop::ask").unwrap();
    assert_eq!(lines.remove(own + 1), "    spawns::shop::checked");
    lines.remove(own);
    assert_eq!(
        lines,
        [
            "  spawns::shop::awaited::{task} ! alloc::string::String: no item 12",
            "    spawns::shop::ask ! alloc::string::String: no item 12",
            "      spawns::shop::checked ! alloc::string::String: no item 12 (origin)",
        ]
    );
    assert_eq!(flow.errors.len(), 1, "one error, reported once");
    let paths = error_paths(&[flow]);
    let functions: Vec<_> = paths[0].iter().map(|(function, _)| function.as_str()).collect();
    assert_eq!(functions, ["checked", "ask", "{task}", "awaited"]);
    assert!(paths[0][3].1.is_some(), "the line of the `?` that it came by: {paths:?}");
}

#[test]
fn a_flow_that_forks_is_one_on_one_thread_too() {
    let expected = "\
spawns::shop::awaited_block
  spawns::shop::awaited_block::{task}
    spawns::shop::ask
      spawns::shop::checked
";
    for threads in [1, 4] {
        assert_eq!(outline_on(threads, shop::awaited_block(2)), expected);
    }
}

#[test]
fn a_panic_of_a_task_goes_on_as_the_error_that_quotes_it() {
    let flow = flow_on(2, shop::panicking());
    let outline = flow.outline();
    assert!(
        outline.contains("  spawns::shop::panicking::{task} ! panic: it was there (origin)\n"),
        "{outline}"
    );
    assert!(outline.starts_with("spawns::shop::panicking ! alloc::string::String: task "), "{outline}");
    assert_eq!(flow.errors.len(), 1, "{:#?}", flow.errors);
}

#[test]
fn a_detached_task_starts_a_new_flow_with_a_link() {
    let (sender, done) = mpsc::channel();
    let mut flows = flows_on(shop::unawaited(sender), |name, root| {
        let mut builder = runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).thread_name(&name).build().unwrap();
        let run = move || {
            runtime.block_on(root);
            assert_eq!(done.recv(), Ok(3));
        };
        thread::Builder::new().name(name).spawn(run).unwrap().join().unwrap();
    });
    flows.sort_by_key(|flow| flow.spans.len());
    let [parent, detached] = &flows[..] else { panic!("{flows:#?}") };
    assert_eq!(parent.outline(), "spawns::shop::unawaited\n");
    let expected = "\
spawns::shop::unawaited::{task}
  & link
  spawns::shop::ask
    spawns::shop::checked
  spawns::shop::ask
    spawns::shop::checked
";
    assert_eq!(detached.outline(), expected);
    let link = &detached.spans[0].links[0];
    assert_eq!((link.trace_id, link.span_id), (parent.trace_id, parent.spans[0].span_id));
    assert_ne!(parent.trace_id, detached.trace_id);
}

#[test]
fn all_tasks_of_a_set_are_children() {
    let outline = outline_on(4, shop::together());
    let child = "  spawns::shop::together::{task}\n    spawns::shop::ask\n      spawns::shop::checked\n";
    assert_eq!(outline, format!("spawns::shop::together\n{}", child.repeat(3)));
}

#[test]
fn blocking_work_is_a_child() {
    let expected = "\
spawns::shop::blocking ! alloc::string::String: no item 12
  spawns::shop::blocking::{blocking} ! alloc::string::String: no item 12
    spawns::shop::checked ! alloc::string::String: no item 12 (origin)
";
    assert_eq!(outline_on(2, shop::blocking(12)), expected);
}

#[test]
fn a_local_task_is_a_child() {
    let flows = flows_of(|| {
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        let set = tokio::task::LocalSet::new();
        assert_eq!(set.block_on(&runtime, shop::local(2)), Ok(2));
    });
    let expected = "\
spawns::shop::local
  spawns::shop::local::{task}
    spawns::shop::ask
      spawns::shop::checked
";
    assert_eq!(flows.iter().map(Flow::outline).collect::<String>(), expected);
}

#[test]
fn threads_that_are_joined_are_children() {
    let flows = flows_of(|| {
        assert!(shop::on_a_thread(12).is_err());
        assert!(shop::on_a_named_thread(2).is_ok());
    });
    let expected = "\
spawns::shop::on_a_thread ! alloc::string::String: no item 12
  spawns::shop::on_a_thread::{thread} ! alloc::string::String: no item 12
    spawns::shop::checked ! alloc::string::String: no item 12 (origin)
spawns::shop::on_a_named_thread
  spawns::shop::on_a_named_thread::{thread}
    spawns::shop::checked
";
    assert_eq!(flows.iter().map(Flow::outline).collect::<String>(), expected);
    let thread = |flow: &Flow, span: usize| flow.spans[span].attribute("thread.id").cloned();
    assert_ne!(thread(&flows[0], 0), thread(&flows[0], 1));
}

#[test]
fn scoped_threads_are_children_and_one_that_fails_alone_fails_the_flow() {
    let flows = flows_of(|| assert_eq!(shop::on_scoped_threads(&[1, 12, 3]), 4));
    let outline = flows[0].outline();
    assert_eq!(flows.len(), 1);
    let fine = "  spawns::shop::on_scoped_threads::{thread}";
    let lines = sorted(&outline);
    assert_eq!(lines[0], "spawns::shop::on_scoped_threads");
    assert_eq!(lines.iter().filter(|line| line.starts_with(fine)).count(), 3);
    assert!(flows[0].has_error());
}

#[test]
fn a_detached_thread_starts_a_new_flow() {
    let (sender, done) = mpsc::channel();
    let flows = flows_of(move || {
        shop::on_a_lone_thread(sender);
        done.recv().unwrap();
    });
    // The other one began on a thread without a name.
    assert_eq!(flows.iter().map(Flow::outline).collect::<String>(), "spawns::shop::on_a_lone_thread\n");
}

#[test]
fn work_in_a_pool_is_a_child_where_it_is_waited_for() {
    let (sender, done) = mpsc::channel();
    let flows = flows_of(move || {
        let _ = shop::both([1, 2]);
        shop::scattered(&[1, 2, 3]);
        shop::in_a_pool(sender);
        done.recv().unwrap();
    });
    let outlines: Vec<_> = flows.iter().map(Flow::outline).collect();
    let job = |of: &str| format!("  spawns::shop::{of}::{{job}}\n    spawns::shop::checked\n");
    assert_eq!(outlines[0], format!("spawns::shop::both\n{}", job("both").repeat(2)));
    let jobs = job("scattered").replace("  spawns", "    spawns").repeat(3);
    assert_eq!(outlines[1], format!("spawns::shop::scattered\n  spawns::shop::scattered::{{scope}}\n{jobs}"));
    assert_eq!(outlines[2], "spawns::shop::in_a_pool\n");
}

#[test]
fn spawns_can_be_left_alone() {
    let flows = flows_of(shop::by_itself);
    assert_eq!(flows.iter().map(Flow::outline).collect::<String>(), "spawns::shop::by_itself\n");
}

#[test]
fn by_hand_anything_can_be_part_of_a_flow() {
    let flows = flows_of(|| {
        assert_eq!(shop::by_hand(2), [2]);
        assert_eq!(futures::executor::block_on(shop::future_by_hand(3)), 3);
    });
    let expected = "\
spawns::shop::by_hand
  spawns::shop::by_hand::{thread}
  in_flow
    spawns::shop::checked
spawns::shop::future_by_hand
  in_flow
    spawns::shop::ask
      spawns::shop::checked
";
    assert_eq!(flows.iter().map(Flow::outline).collect::<String>(), expected);
}

#[test]
fn a_stream_by_hand_is_part_of_its_flow_item_by_item() {
    use futures::StreamExt as _;
    #[omegi::traced]
    async fn streamed() -> Vec<u32> {
        let items = futures::stream::iter(1..4).then(|item| async move { shop::ask(item).await.unwrap() });
        omegi::in_flow(items).collect().await
    }
    let flows = flows_of(|| assert_eq!(futures::executor::block_on(streamed()), [1, 2, 3]));
    let ask = "    spawns::shop::ask\n      spawns::shop::checked\n";
    let outline: String = flows.iter().map(Flow::outline).collect();
    assert!(outline.ends_with(&format!("streamed\n  in_flow\n{}", ask.repeat(3))), "{outline}");
}

#[test]
fn a_task_that_goes_on_after_its_flow_was_exported_belongs_to_the_same_trace() {
    let (go_on, until) = tokio::sync::oneshot::channel();
    let flows = flows_on(until, |name, until| {
        let mut builder = runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name(&name).enable_time().build().unwrap();
        let run = move || {
            let late = runtime.block_on(shop::early(until));
            // A flush at the end of a program does not wait for open parts; here the flow is
            // decided as if its time were over.
            assert!(omegi::flush(Duration::from_secs(60)));
            go_on.send(()).unwrap();
            runtime.block_on(late).unwrap();
        };
        thread::Builder::new().name(name).spawn(run).unwrap().join().unwrap();
    });
    let outlines: String = flows.iter().map(Flow::outline).collect();
    let expected = "\
spawns::shop::early
  spawns::shop::early::{task}
    spawns::shop::checked
    spawns::shop::checked
";
    assert_eq!(outlines, expected, "it is not decided before, for the time is not over");
    assert!(flows[0].spans.iter().all(|span| span.outcome == Outcome::Returned));
}
