//! Exporters that cannot be made, fail, refuse and hang, and what becomes of flows in memory and on disk.

use std::time::Instant;

use super::*;
use crate::collecting::fixtures::{Folder, kept, service};
use crate::collecting::outlet::Making;
use crate::collecting::queue::{Flushed, Hope};
use crate::exporting::fixtures;
use crate::vocabulary::TraceId;

const MIB: u64 = 1 << 20;

fn flow(id: u128) -> Flow {
    Flow { trace_id: TraceId::from_u128(id), ..fixtures::failing_order() }
}

/// As the end of a program does.
fn flush_at_end(outlet: &Outlet) -> Flushed {
    let deadline = Instant::now().checked_add(Duration::from_secs(10));
    let ticket = outlet.queue.ask(deadline).unwrap();
    outlet.queue.wait(&ticket, deadline, Hope::IfItEverWorked)
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
fn an_exporter_that_cannot_be_made_loses_what_cannot_wait() {
    let outlet = Outlet::open(unmade(), service(), None).unwrap();
    outlet.queue.push(kept(1, true));
    assert_eq!(flush_at_end(&outlet), Flushed::All);
    assert_eq!(outlet.health().lost_flows, 1);
}
