//! Without free memory a forked flow is lost once, whatever the number of its parts, and only if it
//! was to be kept.

use std::time::Duration;

use omegi::{ExportError, Exporter, Flow, Health};

/// The flow whose waiting parts fill the memory.
struct Down;

impl Exporter for Down {
    fn name(&self) -> &'static str {
        "down"
    }

    fn export(&mut self, _: &[Flow]) -> Result<(), ExportError> {
        Err(ExportError::for_now("down", Some(Duration::MAX)))
    }
}

#[omegi::instrument_crate]
mod shop {
    pub(super) fn order(fails: bool) -> Result<usize, String> {
        let item = "item ".repeat(500);
        if fails { Err(item) } else { Ok(item.len()) }
    }

    pub(super) fn orders(fails: bool) -> Result<usize, String> {
        let (one, other) = (std::thread::spawn(move || order(fails)), std::thread::spawn(|| order(false)));
        let ordered = one.join().unwrap();
        other.join().unwrap().and(ordered)
    }
}

/// The spans that wait or are lost.
fn spans(health: &Health) -> u64 {
    health.dropped_spans + health.exporters.iter().map(|exporter| exporter.waiting_spans).sum::<u64>()
}

#[test]
fn a_forked_flow_is_lost_once_and_only_if_it_was_to_be_kept() {
    let _omegi = omegi::builder()
        .flow_rate(0)
        .error_limit(0)
        .memory(1 << 20)
        .flush_timeout(Duration::from_millis(100))
        .exporter(Down)
        .init();
    while omegi::health().flows_lost_to_memory < 100 {
        let _ = shop::order(true);
    }

    let full = omegi::health();
    (0..100).for_each(|_| drop(shop::orders(false)));
    let after_well = omegi::health();
    assert_eq!(after_well.flows - full.flows, 100);
    assert_eq!(after_well.flows_lost_to_memory, full.flows_lost_to_memory, "none of them was to be kept");
    assert_eq!(after_well.dropped_spans, full.dropped_spans);

    (0..100).for_each(|_| drop(shop::orders(true)));
    let after_ill = omegi::health();
    assert_eq!(after_ill.failed_flows - after_well.failed_flows, 100);
    let accounted = after_ill.flows_lost_to_memory + after_ill.waiting_flows;
    assert_eq!(after_ill.failed_flows, accounted, "each once: {after_ill:?}");
    // Each flow has the caller, and twice a spawned function and its callee.
    assert_eq!(spans(&after_ill) - spans(&after_well), 100 * 5, "{after_ill:?}");
}
