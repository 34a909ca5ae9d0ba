//! Loops that serve: each turn is a flow of its own, linked to the span of its function.

use std::collections::BTreeSet;
use std::future::Future;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use omegi::{Flow, Status};
use omegi_tests::{error_paths, flows_of, flows_on};
use tokio::runtime;
use tokio::sync::mpsc as channel;

#[omegi::instrument_crate]
mod shop {
    use super::*;
    use futures::StreamExt as _;

    #[omegi::traced]
    pub(crate) fn checked(item: u32) -> Result<u32, String> {
        assert!(item != 13, "unlucky");
        if item > 9 { Err(format!("no item {item}")) } else { Ok(item) }
    }

    pub(crate) async fn find(item: u32) -> Result<u32, String> {
        tokio::task::yield_now().await;
        checked(item)
    }

    pub(crate) fn worker(items: mpsc::Receiver<u32>) {
        for item in items {
            if item == 2 {
                continue;
            }
            let _ = checked(item);
        }
    }

    pub(crate) fn stopping(items: &mpsc::Receiver<u32>) -> u32 {
        loop {
            let item = items.recv().unwrap();
            if checked(item).is_err() {
                break item;
            }
        }
    }

    #[derive(Debug)]
    pub(crate) struct Broken(pub(crate) String);

    impl From<String> for Broken {
        fn from(text: String) -> Self {
            Self(text)
        }
    }

    pub(crate) fn until_it_fails(items: &mpsc::Receiver<u32>) -> Result<(), Broken> {
        while let Ok(item) = items.recv() {
            checked(item)?;
        }
        Ok(())
    }

    impl From<std::num::ParseIntError> for Broken {
        fn from(_: std::num::ParseIntError) -> Self {
            Self("no number".to_owned())
        }
    }

    pub(crate) fn until_no_number(lines: mpsc::Receiver<&'static str>) -> Result<(), Broken> {
        for line in lines {
            let item = line.parse()?;
            let _ = checked(item);
        }
        Ok(())
    }

    pub(crate) fn until_it_returns(items: &mpsc::Receiver<u32>) -> Result<u32, String> {
        while let Ok(item) = items.recv() {
            if item > 9 {
                return Err(format!("refused {item}"));
            }
            let _ = checked(item);
        }
        Ok(0)
    }

    #[expect(clippy::question_mark, reason = "the return is hidden in a macro")]
    pub(crate) fn until_a_macro_returns(items: &mpsc::Receiver<u32>) -> Result<(), String> {
        macro_rules! bail {
            ($error:expr) => {
                return Err($error)
            };
        }
        while let Ok(item) = items.recv() {
            if let Err(error) = checked(item) {
                bail!(error);
            }
        }
        Ok(())
    }

    pub(crate) fn outer(items: &mpsc::Receiver<u32>) -> Result<(), Broken> {
        let _ = checked(0);
        until_it_fails(items)
    }

    pub(crate) fn quiet(items: mpsc::Receiver<u32>) -> u32 {
        let mut sum = 0;
        for item in items {
            sum += item;
        }
        sum
    }

    #[omegi::traced(loops = off)]
    pub(crate) fn uncut(items: mpsc::Receiver<u32>) {
        for item in items {
            let _ = checked(item);
        }
    }

    #[omegi::traced(loops = on)]
    pub(crate) fn cut(items: Vec<u32>) {
        for item in items {
            for _ in 0..2 {
                let _ = checked(item);
            }
        }
    }

    pub(crate) fn plain(items: Vec<u32>) {
        for item in items {
            let _ = checked(item);
        }
    }

    pub(crate) fn echo(listener: &TcpListener) -> std::io::Result<()> {
        for stream in listener.incoming() {
            let mut stream = stream?;
            let reader = BufReader::new(stream.try_clone()?);
            for line in reader.lines() {
                let line = line?;
                if line == "stop" {
                    return Ok(());
                }
                let answer = checked(line.parse().unwrap_or(99)).map_or("no".to_owned(), |x| x.to_string());
                writeln!(stream, "{answer}")?;
            }
        }
        Ok(())
    }

    pub(crate) async fn actor(mut items: channel::Receiver<u32>) -> u32 {
        let mut done = 0;
        'serving: while let Some(item) = items.recv().await {
            for _ in 0..2 {
                if find(item).await.is_err() {
                    continue 'serving;
                }
            }
            done += 1;
        }
        done
    }

    pub(crate) async fn strict(mut items: channel::Receiver<u32>) -> Result<(), Broken> {
        loop {
            let item = items.recv().await.ok_or_else(|| "closed".to_owned())?;
            find(item).await?;
        }
    }

    pub(crate) async fn selecting(
        mut items: channel::Receiver<u32>,
        mut stop: channel::Receiver<()>,
    ) -> Result<(), String> {
        loop {
            tokio::select! {
                biased;
                Some(item) = items.recv() => {
                    let (a, b) = tokio::join!(find(item), find(item + 1));
                    a?;
                    let _ = b;
                }
                _ = stop.recv() => return Ok(()),
            }
        }
    }

    pub(crate) async fn streaming(items: Vec<u32>) {
        let mut items = futures::stream::iter(items);
        while let Some(item) = items.next().await {
            let _ = find(item).await;
        }
    }

    pub(crate) async fn scheduler(times: u32) {
        let mut interval = tokio::time::interval(Duration::from_millis(1));
        let mut count = 0;
        loop {
            interval.tick().await;
            let _ = find(count).await;
            count += 1;
            if count == times {
                break;
            }
        }
    }

    pub(crate) async fn spawning(mut items: channel::Receiver<u32>) {
        while let Some(item) = items.recv().await {
            let joined = tokio::spawn(find(item));
            let _ = joined.await;
            tokio::spawn(async move {
                let _ = find(item + 1).await;
            });
        }
    }

    pub(crate) async fn starting(mut items: channel::Receiver<u32>) {
        let worker = tokio::spawn(async move {
            while let Some(item) = items.recv().await {
                let _ = find(item).await;
            }
        });
        worker.await.unwrap();
    }

    pub(crate) async fn joined(mut a: channel::Receiver<u32>, mut b: channel::Receiver<u32>) {
        let first = async {
            while let Some(item) = a.recv().await {
                let _ = find(item).await;
            }
        };
        let second = async {
            while let Some(item) = b.recv().await {
                let _ = find(item).await;
            }
        };
        tokio::join!(first, second);
    }

    pub(crate) async fn two_levels(mut items: channel::Receiver<channel::Receiver<u32>>) {
        while let Some(mut inner) = items.recv().await {
            let _ = find(0).await;
            while let Some(item) = inner.recv().await {
                let _ = find(item).await;
            }
        }
    }

    pub(crate) async fn stuck(mut items: channel::Receiver<u32>) {
        while let Some(item) = items.recv().await {
            let _ = find(item).await;
            std::future::pending::<()>().await;
        }
    }
}

/// Returns a closed channel with these items.
fn sent(items: &[u32]) -> mpsc::Receiver<u32> {
    let (sender, receiver) = mpsc::channel();
    items.iter().for_each(|item| sender.send(*item).unwrap());
    receiver
}

fn sent_later(items: &[u32]) -> channel::Receiver<u32> {
    let (sender, receiver) = channel::channel(items.len().max(1));
    items.iter().for_each(|item| sender.try_send(*item).unwrap());
    receiver
}

fn outlines(flows: &[Flow]) -> Vec<String> {
    flows.iter().map(Flow::outline).collect()
}

/// Returns the flows of a future on a runtime with this many threads.
fn flows_in<T>(threads: usize, root: impl Future<Output = T> + Send + 'static) -> Vec<Flow> {
    flows_on(root, |name, root| {
        let mut builder = runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(threads).thread_name(&name).enable_time().build().unwrap();
        thread::Builder::new()
            .name(name)
            .spawn(move || drop(runtime.block_on(root)))
            .unwrap()
            .join()
            .unwrap();
    })
}

/// Asserts that all flows but the last are turns: linked to the root of the last, in other traces.
#[track_caller]
fn assert_linked(flows: &[Flow]) {
    let (function, turns) = flows.split_last().unwrap();
    let mut traces: BTreeSet<_> = [function.trace_id.to_string()].into();
    for turn in turns {
        let link = &turn.spans[0].links[0];
        assert_eq!((link.trace_id, link.span_id), (function.trace_id, function.spans[0].span_id));
        assert!(traces.insert(turn.trace_id.to_string()));
    }
}

/// Returns the number of exception events of the flows.
fn exceptions(flows: &[Flow]) -> usize {
    flows
        .iter()
        .flat_map(|flow| &flow.spans)
        .flat_map(|span| &span.events)
        .filter(|event| event.name == "exception")
        .count()
}

const FINE: &str = "  & link\n  loops::shop::checked\n";

#[test]
fn each_job_of_a_worker_is_a_flow() {
    let flows = flows_of(|| shop::worker(sent(&[1, 2, 12, 3])));
    let fails = "loops::shop::worker\n  & link\n  \
                 loops::shop::checked ! alloc::string::String: no item 12 (origin)\n";
    let fine = format!("loops::shop::worker\n{FINE}");
    assert_eq!(outlines(&flows), [&fine, fails, &fine, "loops::shop::worker\n"]);
    assert_linked(&flows);
    let line = |flow: &Flow| flow.spans[0].attribute("code.line.number").cloned();
    assert_ne!(line(&flows[0]), line(&flows[3]), "a turn names the line of its loop");
    assert_eq!(line(&flows[0]), line(&flows[1]));
}

#[test]
fn a_turn_without_recorded_work_is_no_flow() {
    let flows = flows_of(|| assert_eq!(shop::quiet(sent(&[1, 2, 3])), 6));
    assert_eq!(outlines(&flows), ["loops::shop::quiet\n"]);
}

#[test]
fn options_override_the_rule() {
    let call = "  loops::shop::checked\n";
    let flows = flows_of(|| shop::uncut(sent(&[1, 2])));
    assert_eq!(outlines(&flows), [format!("loops::shop::uncut\n{call}{call}")]);
    let flows = flows_of(|| shop::cut(vec![1, 2]));
    let turn = format!("loops::shop::cut\n  & link\n{call}{call}");
    assert_eq!(outlines(&flows), [turn.clone(), turn, "loops::shop::cut\n".to_owned()]);
    let flows = flows_of(|| shop::plain(vec![1, 2]));
    assert_eq!(outlines(&flows), [format!("loops::shop::plain\n{call}{call}")]);
}

#[test]
fn a_turn_may_leave_the_loop_with_a_value() {
    let flows = flows_of(|| assert_eq!(shop::stopping(&sent(&[1, 12, 3])), 12));
    assert_eq!(flows.len(), 3);
    assert_linked(&flows);
    assert_eq!(exceptions(&flows), 1);
}

#[test]
fn an_error_that_leaves_the_loop_fails_the_turn_and_the_function_once() {
    let flows = flows_of(|| shop::outer(&sent(&[1, 12, 3])).unwrap_err().0.truncate(0));
    let [fine, failed, rest] = &flows[..] else { panic!("{:#?}", outlines(&flows)) };
    assert_eq!(fine.outline(), format!("loops::shop::until_it_fails\n{FINE}"));
    assert_eq!(
        failed.outline(),
        "loops::shop::until_it_fails ! behaviour::loops::shop::Broken: Broken(\"no item 12\")\n  & link\n  \
         loops::shop::checked ! alloc::string::String: no item 12 (origin)\n"
    );
    assert_eq!(exceptions(&flows), 1, "{flows:#?}");
    let [outer, checked, function] = &rest.spans[..] else { panic!("{rest:#?}") };
    assert!(matches!(checked.status, Status::Unset));
    assert!([outer, function].iter().all(|span| matches!(span.status, Status::Error { .. })));
    let link = &function.links[0];
    assert_eq!((link.trace_id, link.span_id), (failed.trace_id, failed.spans[0].span_id));
    let paths = error_paths(&flows);
    let functions: Vec<Vec<_>> =
        paths.iter().map(|path| path.iter().map(|(function, _)| function.as_str()).collect()).collect();
    assert_eq!(functions, [vec!["checked", "until_it_fails"], vec!["until_it_fails", "outer"]]);
    assert!(paths[0][1].1.is_some() && paths[0][1].1 == paths[1][0].1, "the line of the `?`: {paths:?}");
}

#[test]
fn a_returned_error_fails_the_turn_that_it_begins_in() {
    let flows = flows_of(|| assert!(shop::until_it_returns(&sent(&[1, 12])).is_err()));
    assert_eq!(
        outlines(&flows)[1],
        "loops::shop::until_it_returns ! alloc::string::String: refused 12 (origin)\n  & link\n"
    );
    assert_eq!((flows.len(), exceptions(&flows)), (3, 1));
    assert!(matches!(flows[2].spans[0].status, Status::Error { .. }));
    let paths = error_paths(&flows);
    assert!(paths[0][0].1.is_some() && paths[0][0].1 == paths[1][0].1, "the line of `Err`: {paths:?}");
}

#[test]
fn an_error_that_leaves_a_turn_begins_as_the_operand_of_its_question_mark() {
    let (sender, lines) = mpsc::channel();
    ["1", "one"].iter().for_each(|line| sender.send(*line).unwrap());
    let flows = flows_of(move || assert!(shop::until_no_number(lines).is_err()));
    let [_, turn, function] = &flows[..] else { panic!("{:#?}", outlines(&flows)) };
    let [error] = &turn.errors[..] else { panic!("{turn:#?}") };
    assert_eq!(error.error_type, "core::num::error::ParseIntError");
    let became = error.path[0].became.as_ref().map(|text| text.message.as_str());
    assert_eq!((became, error.path[0].exact), (Some("Broken(\"no number\")"), true));
    assert!(matches!(function.spans[0].status, Status::Error { .. }));
    assert_eq!(exceptions(&flows), 1, "{flows:#?}");
}

#[test]
fn an_error_that_a_macro_returns_is_told_once() {
    let flows = flows_of(|| assert!(shop::until_a_macro_returns(&sent(&[1, 12])).is_err()));
    assert_eq!((flows.len(), exceptions(&flows)), (3, 1), "{:#?}", outlines(&flows));
    assert!(matches!(flows[2].spans[0].status, Status::Error { .. }));
}

#[test]
fn a_panic_ends_the_turn_and_is_told_once() {
    let flows = flows_of(|| {
        let unwound = std::panic::catch_unwind(|| shop::worker(sent(&[1, 13, 2])));
        assert!(unwound.is_err());
        assert_eq!(shop::checked(1), Ok(1), "the thread goes on outside of the turn");
    });
    assert_eq!(
        outlines(&flows)[1],
        "loops::shop::worker ! panic: unlucky\n  & link\n  loops::shop::checked ! panic: unlucky (origin)\n"
    );
    assert!(outlines(&flows)[2].starts_with("loops::shop::worker ! panic: unlucky"), "{flows:#?}");
    assert_eq!(outlines(&flows)[3], "loops::shop::checked\n");
    assert_eq!(exceptions(&flows), 1, "{flows:#?}");
}

#[test]
fn connections_and_their_requests_are_flows() {
    let flows = flows_of(|| {
        let listener = TcpListener::bind("localhost:0").unwrap();
        let address = listener.local_addr().unwrap();
        let client = thread::spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            let mut answers = BufReader::new(stream.try_clone().unwrap()).lines();
            for request in ["1", "12", "2"] {
                writeln!(stream, "{request}").unwrap();
                answers.next().unwrap().unwrap();
            }
            writeln!(stream, "stop").unwrap();
        });
        shop::echo(&listener).unwrap();
        client.join().unwrap();
    });
    let fine = format!("loops::shop::echo\n{FINE}");
    let outlines = outlines(&flows);
    assert_eq!([&outlines[0], &outlines[2]], [&fine, &fine], "{outlines:#?}");
    assert!(outlines[1].ends_with("no item 12 (origin)\n"), "{outlines:#?}");
    assert_eq!(outlines.last().unwrap(), "loops::shop::echo\n");
}

#[test]
fn each_message_of_an_actor_is_a_flow() {
    for threads in [1, 4] {
        let flows = flows_in(threads, shop::actor(sent_later(&[1, 12, 3])));
        let find = "  loops::shop::find\n    loops::shop::checked\n";
        let fine = format!("loops::shop::actor\n  & link\n{find}{find}");
        let error = "! alloc::string::String: no item 12";
        let fails = format!(
            "loops::shop::actor\n  & link\n  loops::shop::find {error}\n    loops::shop::checked \
                {error} (origin)\n"
        );
        assert_eq!(outlines(&flows), [&fine, &fails, &fine, "loops::shop::actor\n"]);
        assert_linked(&flows);
    }
}

#[test]
fn an_asynchronous_turn_fails_with_its_function() {
    let flows = flows_in(2, shop::strict(sent_later(&[1, 12, 3])));
    assert_eq!(
        outlines(&flows)[1],
        "loops::shop::strict ! behaviour::loops::shop::Broken: Broken(\"no item 12\")\n  & link\n  \
         loops::shop::find ! alloc::string::String: no item 12\n    \
         loops::shop::checked ! alloc::string::String: no item 12 (origin)\n"
    );
    assert_eq!((flows.len(), exceptions(&flows)), (3, 1), "{:#?}", outlines(&flows));
    assert!(matches!(flows[2].spans[0].status, Status::Error { .. }));
    assert_linked(&flows);
    // An error before the turn begins is the function's.
    let flows = flows_in(2, shop::strict(sent_later(&[1])));
    assert_eq!((flows.len(), exceptions(&flows)), (2, 1), "{:#?}", outlines(&flows));
    assert!(outlines(&flows)[1].contains("Broken(\"closed\") (origin)"), "{:#?}", outlines(&flows));
}

#[test]
fn the_handlers_of_a_select_are_turns() {
    for threads in [1, 4] {
        let (stop, stopped) = channel::channel(1);
        stop.try_send(()).unwrap();
        let flows = flows_in(threads, shop::selecting(sent_later(&[1, 9]), stopped));
        let find = "  loops::shop::find\n    loops::shop::checked\n";
        let outlines = outlines(&flows);
        assert_eq!(outlines[0], format!("loops::shop::selecting\n  & link\n{find}{find}"), "{outlines:#?}");
        assert!(outlines[1].contains("no item 10 (origin)"), "{outlines:#?}");
        assert_eq!(outlines[2..], ["loops::shop::selecting\n"]);
        let (_stop, stopped) = channel::channel(1);
        let flows = flows_in(threads, shop::selecting(sent_later(&[11]), stopped));
        let outlines = self::outlines(&flows);
        assert!(
            outlines[0].starts_with("loops::shop::selecting ! alloc::string::String: no item 11\n  & link\n"),
            "{outlines:#?}"
        );
        assert_eq!((flows.len(), exceptions(&flows)), (2, 2), "two branches fail: {outlines:#?}");
    }
}

#[test]
fn streams_and_intervals_have_turns() {
    let flows = flows_in(1, shop::streaming(vec![1, 2]));
    assert_eq!(flows.len(), 3);
    assert_linked(&flows);
    let flows = flows_in(4, shop::scheduler(5));
    assert_eq!(flows.len(), 6);
    assert_linked(&flows);
}

#[test]
fn spawned_work_belongs_to_its_turn() {
    let flows = flows_in(1, async {
        shop::spawning(sent_later(&[1, 2])).await;
        // Detached tasks run before this on the only thread.
        tokio::spawn(tokio::task::yield_now()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    });
    let is_turn = |flow: &&Flow| {
        flow.outline().starts_with("loops::shop::spawning\n  & link\n  loops::shop::spawning::{task}\n")
    };
    let turns: Vec<_> = flows.iter().filter(is_turn).collect();
    assert_eq!(turns.len(), 2, "{:#?}", outlines(&flows));
    let detached = flows.iter().filter(|flow| flow.spans[0].name.ends_with("{task}"));
    let linked: BTreeSet<_> = detached.map(|flow| flow.spans[0].links[0].trace_id.to_string()).collect();
    assert_eq!(linked, turns.iter().map(|turn| turn.trace_id.to_string()).collect());
}

#[test]
fn loops_of_spawned_blocks_and_of_joined_blocks_have_turns() {
    for threads in [1, 4] {
        let find = "  loops::shop::find\n    loops::shop::checked\n";
        let flows = flows_in(threads, shop::starting(sent_later(&[1, 2])));
        let turn = format!("loops::shop::starting\n  & link\n{find}");
        let whole = "loops::shop::starting\n  loops::shop::starting::{task}\n";
        assert_eq!(outlines(&flows), [&turn, &turn, whole]);
        let flows = flows_in(threads, shop::joined(sent_later(&[1, 2]), sent_later(&[3, 4])));
        let turn = format!("loops::shop::joined\n  & link\n{find}");
        assert_eq!(outlines(&flows), [&turn, &turn, &turn, &turn, "loops::shop::joined\n"]);
        assert_linked(&flows);
    }
}

#[test]
fn a_loop_in_a_turn_has_turns_too() {
    let (sender, receiver) = channel::channel(2);
    sender.try_send(sent_later(&[1, 2])).unwrap();
    sender.try_send(sent_later(&[3])).unwrap();
    drop(sender);
    let flows = flows_in(2, shop::two_levels(receiver));
    let find = "  loops::shop::find\n    loops::shop::checked\n";
    let turn = format!("loops::shop::two_levels\n  & link\n{find}");
    assert_eq!(outlines(&flows), [&turn, &turn, &turn, &turn, &turn, "loops::shop::two_levels\n"]);
    let linked: Vec<_> = flows[..5].iter().map(|flow| flow.spans[0].links[0].trace_id).collect();
    let [first, second, function] = [&flows[2], &flows[4], &flows[5]].map(|flow| flow.trace_id);
    assert_eq!(linked, [first, first, function, second, function]);
}

#[test]
fn a_cancelled_task_ends_its_turn() {
    let flows = flows_in(1, async {
        tokio::select! {
            () = shop::stuck(sent_later(&[12])) => {}
            () = tokio::time::sleep(Duration::from_millis(20)) => {}
        }
        assert!(shop::find(1).await.is_ok(), "the thread goes on outside of the turn");
    });
    let outlines = outlines(&flows);
    assert_eq!(outlines.len(), 3, "{outlines:#?}");
    assert!(outlines[0].contains("no item 12 (origin)"), "{outlines:#?}");
    assert!(outlines[1].starts_with("loops::shop::stuck"), "{outlines:#?}");
    assert_eq!(outlines[2], "loops::shop::find\n  loops::shop::checked\n");
}
