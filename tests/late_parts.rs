//! A part that outlives the decision about its flow is kept for the reason of the flow.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use omegi::{Health, MemoryExporter};

#[omegi::instrument_crate]
mod shop {
    use super::{JoinHandle, Receiver};

    fn goes_on(go: &Receiver<()>) {
        let _ = go.recv();
    }

    /// Starts a thread that outlives the call.
    #[omegi::untraced]
    fn start(go: Receiver<()>) -> JoinHandle<()> {
        std::thread::spawn(omegi::in_flow(move || goes_on(&go)))
    }

    pub(super) fn fails(go: Receiver<()>, started: &mut Option<JoinHandle<()>>) -> Result<(), String> {
        *started = Some(start(go));
        Err("refused".to_owned())
    }

    pub(super) fn requests(go: Receiver<()>, started: &mut Option<JoinHandle<()>>) -> Result<(), String> {
        *started = Some(start(go));
        omegi::current().keep();
        Ok(())
    }

    pub(super) fn ends(go: Receiver<()>, started: &mut Option<JoinHandle<()>>) -> Result<(), String> {
        *started = Some(start(go));
        Ok(())
    }
}

type Call = fn(Receiver<()>, &mut Option<JoinHandle<()>>) -> Result<(), String>;

/// Calls, lets the flow be decided, and ends the part that outlives it.
fn outlived(call: Call) {
    let decided = omegi::health().flows;
    let (go, goes): (Sender<()>, _) = mpsc::channel();
    let mut started = None;
    let _ = call(goes, &mut started);
    while omegi::health().flows == decided {
        std::thread::sleep(Duration::from_millis(1));
    }
    go.send(()).unwrap();
    started.unwrap().join().unwrap();
    assert_eq!(omegi::health().flows, decided + 2, "the flow, and its late part");
}

/// The flows kept for an error, on request, and by sampling.
fn kept(health: &Health) -> [u64; 3] {
    [health.failed_flows, health.requested_flows, health.sampled_flows]
}

#[test]
fn a_late_part_is_kept_for_the_reason_of_its_flow() {
    let memory = MemoryExporter::bounded(100);
    let _omegi =
        omegi::builder().flow_rate(0).flow_wait(Duration::from_millis(1)).exporter(memory.clone()).init();

    outlived(shop::ends);
    assert_eq!(kept(&omegi::health()), [0, 0, 0]);
    outlived(shop::fails);
    assert_eq!(kept(&omegi::health()), [2, 0, 0]);
    outlived(shop::requests);
    assert_eq!(kept(&omegi::health()), [2, 2, 0]);

    assert!(omegi::flush(Duration::from_secs(20)));
    assert_eq!(memory.flows().len(), 4);
}
