//! Exporters that cannot be made, fail, refuse or hang, and their flows in memory and on disk.

use std::sync::mpsc;
use std::time::Instant;

use super::*;
use crate::collecting::factory::Factory;
use crate::collecting::fixtures::{Folder, pending, pipeline_config, resolver, unresolvable};
use crate::collecting::flush::{FlushPolicy, Flushed};
use crate::collecting::pipeline::LATE;
use crate::exporting::fixtures;
use crate::vocabulary::{ExporterHealth, TraceId};

const MIB: u64 = 1 << 20;

fn flow(id: u128) -> Flow {
    Flow { trace_id: TraceId::from_u128(id), ..fixtures::failing_order() }
}

/// Flushes as the end of a program does.
fn flush_at_end(pipeline: &ExporterPipeline) -> Flushed {
    flush(pipeline, Duration::from_secs(10), FlushPolicy::UnlessNeverConnected)
}

fn flush(pipeline: &ExporterPipeline, timeout: Duration, policy: FlushPolicy) -> Flushed {
    let deadline = Instant::now().checked_add(timeout);
    let ticket = pipeline.queue.request_flush(deadline).unwrap();
    pipeline.queue.wait(&ticket, deadline, policy)
}

/// An exporter that calls a closure with the ids of its flows.
struct Scripted<F>(F);

impl<F: FnMut(Vec<u128>) -> Result<(), ExportError> + Send> Exporter for Scripted<F> {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        (self.0)(flows.iter().map(|flow| flow.trace_id.to_u128()).collect())
    }
}

fn open(
    spool: Option<Spool>,
    script: impl FnMut(Vec<u128>) -> Result<(), ExportError> + Send + 'static,
) -> Arc<ExporterPipeline> {
    open_with(Factory::existing(Box::new(Scripted(script))), spool)
}

fn open_with(factory: Factory, spool: Option<Spool>) -> Arc<ExporterPipeline> {
    let config = pipeline_config();
    let pipeline = Arc::new(ExporterPipeline::new(factory.name, config.max_export_batch, spool));
    spawn(Arc::clone(&pipeline), factory.make, config).unwrap();
    pipeline
}

/// Waits until `is_so` returns true.
fn until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never becomes true");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn unavailable() -> Factory {
    Factory { name: "otlp", make: Box::new(|| Err(ExportError::new("no such certificate"))) }
}

#[test]
fn an_unavailable_exporter_leaves_flows_on_disk_and_spills_at_the_end() {
    let folder = Folder::new("unavailable");
    folder.spool(MIB).append(&[flow(1), flow(2)]);
    let pipeline = open_with(unavailable(), Some(folder.new_spool(MIB)));
    pipeline.queue.push(pending(3, true));
    assert_eq!(flush_at_end(&pipeline), Flushed::GaveUp);
    pipeline.spill_all(&mut resolver());
    let health = pipeline.health();
    assert_eq!((health.spooled_flows, health.lost_flows), (1, 0));
    let next_start = folder.spool(MIB);
    assert_eq!(next_start.read(1000).flows().len(), 2, "that of the living is its own");
}

#[test]
fn an_exporter_made_later_gets_waiting_flows() {
    let folder = Folder::new("made-late");
    folder.spool(MIB).append(&[flow(1)]);
    let (calls, seen) = mpsc::channel();
    let mut attempts = 0;
    let make = move || -> Result<Box<dyn Exporter>, ExportError> {
        attempts += 1;
        if attempts < 3 {
            return Err(ExportError::new("no such certificate"));
        }
        let calls = calls.clone();
        Ok(Box::new(Scripted(move |ids| {
            calls.send(ids).map_err(|problem| ExportError::new(problem.to_string()))
        })))
    };
    let factory = Factory { name: "otlp", make: Box::new(make) };
    let pipeline = open_with(factory, Some(folder.new_spool(MIB)));
    pipeline.queue.push(pending(2, true));
    assert_eq!(flush(&pipeline, Duration::from_secs(20), FlushPolicy::UntilDeadline), Flushed::All);
    let mut arrived: Vec<_> = seen.try_iter().flatten().collect();
    arrived.sort_unstable();
    assert_eq!(arrived, [1, 2]);
}

#[test]
fn an_unavailable_exporter_without_a_spool_loses_flows() {
    let pipeline = open_with(unavailable(), None);
    pipeline.queue.push(pending(1, true));
    assert_eq!(flush_at_end(&pipeline), Flushed::All);
    assert_eq!(pipeline.health().lost_flows, 1);
}

#[test]
fn refused_flows_on_disk_wait_for_the_next_start_and_hold_up_nothing() {
    let folder = Folder::new("refused");
    // Each flow has four spans, so that one export carries three flows.
    folder.spool(MIB).append(&[1, 2, 3, 4].map(flow));
    let is_refused = |ids: &[u128]| ids.contains(&1);
    let pipeline = open(Some(folder.new_spool(MIB)), move |ids| {
        if is_refused(&ids) { Err(ExportError::new("HTTP 401")) } else { Ok(()) }
    });
    assert_eq!(flush_at_end(&pipeline), Flushed::All, "nothing is left for this process");
    let health = pipeline.health();
    assert_eq!((health.exported_flows, health.spooled_flows, health.lost_flows), (1, 3, 0));
    pipeline.queue.push(pending(5, true));
    assert_eq!(flush_at_end(&pipeline), Flushed::All);
    assert_eq!(pipeline.health().exported_flows, 2);
}

#[test]
fn flows_on_disk_refused_in_part_are_taken_out() {
    let folder = Folder::new("refused-in-part");
    folder.spool(MIB).append(&[1, 2].map(flow));
    let pipeline = open(Some(folder.new_spool(MIB)), |_| {
        Err(ExportError::in_part("the first is too old", Refusal { flows: vec![0], spans: 4 }))
    });
    until(|| pipeline.health().failures == 1 && pipeline.health().spooled_flows == 0);
    assert_eq!((pipeline.health().exported_flows, pipeline.health().lost_flows), (1, 1));
}

#[test]
fn flows_that_do_not_fit_on_disk_are_counted() {
    let folder = Folder::new("unfit");
    let pipeline = open(Some(folder.new_spool(1000)), |_| Err(ExportError::for_now("away", None)));
    (1..=100).for_each(|id| pipeline.queue.push(pending(id, true)));
    assert_eq!(flush_at_end(&pipeline), Flushed::GaveUp);
    let unfit = pipeline.spill_all(&mut resolver()) as u64;
    let health = pipeline.health();
    assert_eq!((health.waiting_flows, health.spooled_flows), (unfit, 100 - unfit));
    assert!((1..100).contains(&unfit), "{unfit}");
}

#[test]
fn an_unresolvable_flow_is_lost_alone() {
    let folder = Folder::new("unknown");
    let pipeline = open(Some(folder.new_spool(MIB)), |_| Err(ExportError::for_now("away", None)));
    let flows = [pending(1, true), unresolvable(2), pending(3, true)];
    flows.iter().for_each(|pending| pipeline.queue.push(Arc::clone(pending)));
    assert_eq!(flush_at_end(&pipeline), Flushed::GaveUp);
    assert_eq!(pipeline.spill_all(&mut resolver()), 0);
    let statuses = [ExportStatus::Spooled, ExportStatus::LostToExport, ExportStatus::Spooled];
    assert!(flows.iter().zip(statuses).all(|(pending, status)| pending.has_status(status)));
    assert_eq!((pipeline.health().spooled_flows, pipeline.health().lost_flows), (2, 1));
}

#[test]
fn a_flush_waits_for_flows_on_disk() {
    let folder = Folder::new("flush");
    let moment = Duration::from_millis(100);
    let away = |_| Err(ExportError::for_now("away", None));
    let pipeline = open(Some(folder.new_spool(MIB)), away);
    pipeline.queue.push(pending(1, true));
    assert_eq!(flush_at_end(&pipeline), Flushed::GaveUp);
    pipeline.spill_all(&mut resolver());
    assert_eq!(flush(&pipeline, moment, FlushPolicy::UntilDeadline), Flushed::Late);
    assert_eq!(flush_at_end(&pipeline), Flushed::GaveUp);

    let folder = Folder::new("flush-after-start");
    folder.spool(MIB).append(&[flow(1)]);
    let restarted = open(Some(folder.new_spool(MIB)), away);
    assert_eq!(flush(&restarted, moment, FlushPolicy::UntilDeadline), Flushed::Late);
    assert_eq!(flush_at_end(&restarted), Flushed::GaveUp);
}

/// Spills a flow while the exporter is busy with it, and lets the exporter then return `answer`.
///
/// Returns all exports of the flow, and the exporter's counters.
fn calls_after_spilling_in_flight(
    name: &str,
    answer: Result<(), ExportError>,
) -> (Vec<Vec<u128>>, ExporterHealth) {
    let folder = Folder::new(name);
    let (calls, seen) = mpsc::channel();
    let (go, going) = mpsc::channel();
    let mut answer = Some(answer);
    let pipeline = open(Some(folder.new_spool(MIB)), move |ids| {
        calls.send(ids).unwrap();
        let Some(answer) = answer.take() else { return Ok(()) };
        going.recv().unwrap();
        answer
    });
    pipeline.queue.push(pending(1, true));
    let first = seen.recv().unwrap();
    let mut resolver = resolver();
    assert_eq!([pipeline.spill_all(&mut resolver), pipeline.spill_all(&mut resolver)], [0, 0]);
    assert_eq!(pipeline.health().spooled_flows, 1, "once");
    go.send(()).unwrap();
    assert_eq!(flush(&pipeline, Duration::from_secs(20), FlushPolicy::UntilDeadline), Flushed::All);
    (std::iter::once(first).chain(seen.try_iter()).collect(), pipeline.health())
}

#[test]
fn a_flow_spilled_while_it_is_exported_comes_once() {
    let (calls, health) = calls_after_spilling_in_flight("in-flight", Ok(()));
    assert_eq!(calls, [[1]]);
    assert_eq!((health.exported_flows, health.spooled_flows, health.waiting_flows), (1, 0, 0));
}

#[test]
fn a_flow_spilled_while_its_export_fails_comes_again_only_from_disk() {
    let answers = [ExportError::for_now("away", None), ExportError::new("HTTP 401")];
    for (nth, answer) in answers.into_iter().enumerate() {
        let (calls, health) = calls_after_spilling_in_flight(&format!("in-vain-{nth}"), Err(answer));
        assert_eq!(calls, [[1], [1]]);
        assert_eq!((health.exported_flows, health.lost_flows, health.waiting_flows), (1, 0, 0));
    }
}

#[test]
fn late_flows_are_written_once_with_all_others_and_leave_no_file_behind() {
    let folder = Folder::new("late");
    let (calls, seen) = mpsc::channel();
    let (go, going) = mpsc::channel();
    let pipeline = open(Some(folder.new_spool(MIB)), move |ids| {
        calls.send(ids).unwrap();
        going.recv().unwrap_or(Ok(()))
    });
    let mut resolver = resolver();
    let begun = Instant::now();
    pipeline.queue.push(pending(1, true));
    assert_eq!(seen.recv().unwrap(), [1]);
    pipeline.queue.push(pending(2, false));
    pipeline.queue.push(pending(3, true));
    let due = pipeline.spill_late(begun, &mut resolver).unwrap();
    assert!(due >= begun + LATE && !folder.0.exists(), "nothing is late");
    for _ in 0..2 {
        assert_eq!(pipeline.spill_late(due, &mut resolver), None, "nothing is in memory alone");
        assert_eq!((pipeline.health().spooled_flows, pipeline.health().waiting_flows), (2, 2));
    }
    assert_eq!(folder.spool(MIB).depth().0, 0, "a neighbour leaves them alone");
    go.send(Err(ExportError::for_now("away", Some(Duration::ZERO)))).unwrap();
    drop(go);
    assert_eq!(flush(&pipeline, Duration::from_secs(20), FlushPolicy::UntilDeadline), Flushed::All);
    let mut arrived: Vec<_> = seen.try_iter().flatten().collect();
    arrived.sort_unstable();
    assert_eq!((arrived, folder.files().len()), (vec![1, 2, 3], 0));
}

#[test]
fn flows_that_are_exported_promptly_are_not_written() {
    let folder = Folder::new("prompt");
    let pipeline = open(Some(folder.new_spool(MIB)), |_| Ok(()));
    (1..=100).for_each(|id| pipeline.queue.push(pending(id, true)));
    assert_eq!(flush_at_end(&pipeline), Flushed::All);
    assert_eq!(pipeline.spill_late(Instant::now() + LATE * 100, &mut resolver()), None);
    assert!(!folder.0.exists());
}

#[test]
fn late_flows_that_do_not_fit_are_looked_at_again() {
    let folder = Folder::new("late-unfit");
    let pipeline = open(Some(folder.new_spool(1000)), |_| Err(ExportError::for_now("away", None)));
    (1..=100).for_each(|id| pipeline.queue.push(pending(id, true)));
    let late = Instant::now() + LATE;
    assert!(pipeline.spill_late(late, &mut resolver()).is_some_and(|next| next >= late + LATE));
    let health = pipeline.health();
    assert!((1..100).contains(&health.spooled_flows), "{health:?}");
    // A flow in flight counts there, and its copy on disk.
    assert!(health.waiting_flows + health.spooled_flows >= 100 && health.lost_flows == 0, "{health:?}");
}

#[test]
fn an_exporter_that_panics_gets_a_few_more_attempts_at_once() {
    let (calls, seen) = mpsc::channel();
    let pipeline = open(None, move |ids| {
        calls.send(ids).unwrap();
        panic!("on purpose")
    });
    let begun = Instant::now();
    pipeline.queue.push(pending(1, true));
    assert_eq!(flush(&pipeline, Duration::from_secs(20), FlushPolicy::UntilDeadline), Flushed::All);
    assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
    assert_eq!((seen.try_iter().count(), pipeline.health().lost_flows), (PANICS as usize, 1));
}

#[test]
fn a_panic_in_bytes_written_stops_nothing() {
    struct Counts;
    impl Exporter for Counts {
        fn name(&self) -> &'static str {
            "counts"
        }

        fn export(&mut self, _: &[Flow]) -> Result<(), ExportError> {
            Ok(())
        }

        fn bytes_written(&self) -> Option<u64> {
            panic!("on purpose")
        }
    }
    let pipeline = open_with(Factory::existing(Box::new(Counts)), None);
    for id in 1..=2 {
        pipeline.queue.push(pending(id, true));
        assert_eq!(flush_at_end(&pipeline), Flushed::All);
    }
    assert_eq!((pipeline.health().exported_flows, pipeline.health().exported_bytes), (2, None));
}
