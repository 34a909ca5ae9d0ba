//! Exporters that cannot be made, fail, refuse and hang, and what becomes of flows in memory and on disk.

use std::sync::mpsc;
use std::time::Instant;

use super::*;
use crate::collecting::fixtures::{Folder, kept, service, unresolvable};
use crate::collecting::outlet::Making;
use crate::collecting::queue::{Flushed, Hope};
use crate::exporting::fixtures;
use crate::vocabulary::{ExporterHealth, TraceId};

const MIB: u64 = 1 << 20;

fn flow(id: u128) -> Flow {
    Flow { trace_id: TraceId::from_u128(id), ..fixtures::failing_order() }
}

/// As the end of a program does.
fn flush_at_end(outlet: &Outlet) -> Flushed {
    flush(outlet, Duration::from_secs(10), Hope::IfItEverWorked)
}

fn flush(outlet: &Outlet, timeout: Duration, hope: Hope) -> Flushed {
    let deadline = Instant::now().checked_add(timeout);
    let ticket = outlet.queue.ask(deadline).unwrap();
    outlet.queue.wait(&ticket, deadline, hope)
}

/// An exporter that does what this says, with the ids of the flows that it is given.
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
) -> Arc<Outlet> {
    Outlet::open(Making::made(Box::new(Scripted(script))), service(), spool).unwrap()
}

/// Waits until it is so.
fn until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never is so");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn unmade() -> Making {
    Making { name: "otlp", make: Box::new(|| Err(ExportError::new("no such certificate"))) }
}

#[test]
fn an_exporter_that_cannot_be_made_leaves_what_is_on_disk_and_adds_to_it_at_the_end() {
    let folder = Folder::new("unmade");
    folder.spool(MIB).append(&[flow(1), flow(2)]);
    let outlet = Outlet::open(unmade(), service(), Some(folder.new_spool(MIB))).unwrap();
    outlet.queue.push(kept(3, true));
    assert_eq!(flush_at_end(&outlet), Flushed::InVain);
    outlet.spill_all(&mut service().resolver);
    let health = outlet.health();
    assert_eq!((health.spooled_flows, health.lost_flows), (1, 0));
    let next_start = folder.spool(MIB);
    assert_eq!(next_start.read(1000).flows().len(), 2, "that of the living is its own");
}

#[test]
fn an_exporter_that_can_be_made_later_is_made_and_gets_what_waited() {
    let folder = Folder::new("made-late");
    folder.spool(MIB).append(&[flow(1)]);
    let (calls, seen) = mpsc::channel();
    let mut tries = 0;
    let make = move || -> Result<Box<dyn Exporter>, ExportError> {
        tries += 1;
        if tries < 3 {
            return Err(ExportError::new("no such certificate"));
        }
        let calls = calls.clone();
        Ok(Box::new(Scripted(move |ids| {
            calls.send(ids).map_err(|problem| ExportError::new(problem.to_string()))
        })))
    };
    let making = Making { name: "otlp", make: Box::new(make) };
    let outlet = Outlet::open(making, service(), Some(folder.new_spool(MIB))).unwrap();
    outlet.queue.push(kept(2, true));
    assert_eq!(flush(&outlet, Duration::from_secs(20), Hope::ToTheEnd), Flushed::All);
    let mut arrived: Vec<_> = seen.try_iter().flatten().collect();
    arrived.sort_unstable();
    assert_eq!(arrived, [1, 2]);
}

#[test]
fn an_exporter_that_cannot_be_made_loses_what_cannot_wait() {
    let outlet = Outlet::open(unmade(), service(), None).unwrap();
    outlet.queue.push(kept(1, true));
    assert_eq!(flush_at_end(&outlet), Flushed::All);
    assert_eq!(outlet.health().lost_flows, 1);
}

#[test]
fn what_is_on_disk_and_refused_waits_for_the_next_start_and_holds_up_nothing() {
    let folder = Folder::new("refused");
    // Four spans each: three are exported at once.
    folder.spool(MIB).append(&[1, 2, 3, 4].map(flow));
    let is_refused = |ids: &[u128]| ids.contains(&1);
    let outlet = open(Some(folder.new_spool(MIB)), move |ids| {
        if is_refused(&ids) { Err(ExportError::new("HTTP 401")) } else { Ok(()) }
    });
    assert_eq!(flush_at_end(&outlet), Flushed::All, "nothing is left for this process");
    let health = outlet.health();
    assert_eq!((health.exported_flows, health.spooled_flows, health.lost_flows), (1, 3, 0));
    outlet.queue.push(kept(5, true));
    assert_eq!(flush_at_end(&outlet), Flushed::All);
    assert_eq!(outlet.health().exported_flows, 2);
}

#[test]
fn what_is_on_disk_and_refused_in_part_is_done_with() {
    let folder = Folder::new("refused-in-part");
    folder.spool(MIB).append(&[1, 2].map(flow));
    let outlet = open(Some(folder.new_spool(MIB)), |_| {
        Err(ExportError::in_part("the first is too old", Refusal { flows: vec![0], spans: 4 }))
    });
    until(|| outlet.health().failures == 1 && outlet.health().spooled_flows == 0);
    assert_eq!((outlet.health().exported_flows, outlet.health().lost_flows), (1, 1));
}

#[test]
fn what_does_not_fit_on_disk_at_the_end_is_known() {
    let folder = Folder::new("unfit");
    let outlet = open(Some(folder.new_spool(1000)), |_| Err(ExportError::for_now("away", None)));
    (1..=100).for_each(|id| outlet.queue.push(kept(id, true)));
    assert_eq!(flush_at_end(&outlet), Flushed::InVain);
    let unfit = outlet.spill_all(&mut service().resolver) as u64;
    let health = outlet.health();
    assert_eq!((health.waiting_flows, health.spooled_flows), (unfit, 100 - unfit));
    assert!((1..100).contains(&unfit), "{unfit}");
}

#[test]
fn a_flow_that_cannot_be_resolved_is_lost_and_not_the_one_behind_it() {
    let folder = Folder::new("unknown");
    let outlet = open(Some(folder.new_spool(MIB)), |_| Err(ExportError::for_now("away", None)));
    let flows = [kept(1, true), unresolvable(2), kept(3, true)];
    flows.iter().for_each(|kept| outlet.queue.push(Arc::clone(kept)));
    assert_eq!(flush_at_end(&outlet), Flushed::InVain);
    assert_eq!(outlet.spill_all(&mut service().resolver), 0);
    let fates = [Fate::Spooled, Fate::LostToExport, Fate::Spooled];
    assert!(flows.iter().zip(fates).all(|(kept, fate)| kept.has_met(fate)));
    assert_eq!((outlet.health().spooled_flows, outlet.health().lost_flows), (2, 1));
}

#[test]
fn a_flush_waits_for_what_is_on_disk() {
    let folder = Folder::new("flush");
    let moment = Duration::from_millis(100);
    let away = |_| Err(ExportError::for_now("away", None));
    let outlet = open(Some(folder.new_spool(MIB)), away);
    outlet.queue.push(kept(1, true));
    assert_eq!(flush_at_end(&outlet), Flushed::InVain);
    outlet.spill_all(&mut service().resolver);
    assert_eq!(flush(&outlet, moment, Hope::ToTheEnd), Flushed::Late);
    assert_eq!(flush_at_end(&outlet), Flushed::InVain);

    let folder = Folder::new("flush-after-start");
    folder.spool(MIB).append(&[flow(1)]);
    let restarted = open(Some(folder.new_spool(MIB)), away);
    assert_eq!(flush(&restarted, moment, Hope::ToTheEnd), Flushed::Late);
    assert_eq!(flush_at_end(&restarted), Flushed::InVain);
}

/// Spills a flow while it is exported, lets the exporter then answer that, and looks how often it comes in all.
fn calls_after_spilling_in_hand(
    name: &str,
    answer: Result<(), ExportError>,
) -> (Vec<Vec<u128>>, ExporterHealth) {
    let folder = Folder::new(name);
    let (calls, seen) = mpsc::channel();
    let (go, going) = mpsc::channel();
    let mut answer = Some(answer);
    let outlet = open(Some(folder.new_spool(MIB)), move |ids| {
        calls.send(ids).unwrap();
        let Some(answer) = answer.take() else { return Ok(()) };
        going.recv().unwrap();
        answer
    });
    outlet.queue.push(kept(1, true));
    let first = seen.recv().unwrap();
    let mut resolver = service().resolver;
    assert_eq!([outlet.spill_all(&mut resolver), outlet.spill_all(&mut resolver)], [0, 0]);
    assert_eq!(outlet.health().spooled_flows, 1, "once");
    go.send(()).unwrap();
    assert_eq!(flush(&outlet, Duration::from_secs(20), Hope::ToTheEnd), Flushed::All);
    (std::iter::once(first).chain(seen.try_iter()).collect(), outlet.health())
}

#[test]
fn what_is_spilled_while_it_is_exported_comes_once() {
    let (calls, health) = calls_after_spilling_in_hand("in-hand", Ok(()));
    assert_eq!(calls, [[1]]);
    assert_eq!((health.exported_flows, health.spooled_flows, health.waiting_flows), (1, 0, 0));
}

#[test]
fn what_is_spilled_while_an_export_fails_comes_again_from_disk_alone() {
    let answers = [ExportError::for_now("away", None), ExportError::new("HTTP 401")];
    for (nth, answer) in answers.into_iter().enumerate() {
        let (calls, health) = calls_after_spilling_in_hand(&format!("in-vain-{nth}"), Err(answer));
        assert_eq!(calls, [[1], [1]]);
        assert_eq!((health.exported_flows, health.lost_flows, health.waiting_flows), (1, 0, 0));
    }
}

#[test]
fn an_exporter_that_panics_is_tried_again_at_once_and_so_few_times() {
    let (calls, seen) = mpsc::channel();
    let outlet = open(None, move |ids| {
        calls.send(ids).unwrap();
        panic!("on purpose")
    });
    let begun = Instant::now();
    outlet.queue.push(kept(1, true));
    assert_eq!(flush(&outlet, Duration::from_secs(20), Hope::ToTheEnd), Flushed::All);
    assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
    assert_eq!((seen.try_iter().count(), outlet.health().lost_flows), (PANICS as usize, 1));
}

#[test]
fn an_exporter_that_panics_as_it_is_asked_for_its_bytes_goes_on() {
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
    let outlet = Outlet::open(Making::made(Box::new(Counts)), service(), None).unwrap();
    for id in 1..=2 {
        outlet.queue.push(kept(id, true));
        assert_eq!(flush_at_end(&outlet), Flushed::All);
    }
    assert_eq!((outlet.health().exported_flows, outlet.health().exported_bytes), (2, None));
}
