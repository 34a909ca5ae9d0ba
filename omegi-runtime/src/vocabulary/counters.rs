//! The counters behind [`Health`].

use std::sync::atomic::{AtomicU64, Ordering};

use super::Health;

/// The counters behind [`Health`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    exported_flows: AtomicU64,
    exported_spans: AtomicU64,
    flows_lost_to_memory: AtomicU64,
    flows_lost_to_export: AtomicU64,
    dropped_spans: AtomicU64,
}

/// The process's counters.
pub(crate) static COUNTERS: Counters = Counters {
    exported_flows: AtomicU64::new(0),
    exported_spans: AtomicU64::new(0),
    flows_lost_to_memory: AtomicU64::new(0),
    flows_lost_to_export: AtomicU64::new(0),
    dropped_spans: AtomicU64::new(0),
};

impl Counters {
    /// `spans` spans in `flows` flows were exported.
    pub(crate) fn exported(&self, flows: u64, spans: u64) {
        self.exported_flows.fetch_add(flows, Ordering::Relaxed);
        self.exported_spans.fetch_add(spans, Ordering::Relaxed);
    }

    /// A flow of `spans` spans had no room.
    pub(crate) fn lost_to_memory(&self, spans: u64) {
        self.flows_lost_to_memory.fetch_add(1, Ordering::Relaxed);
        self.spans_dropped(spans);
    }

    /// `spans` spans in `flows` flows could not be written.
    pub(crate) fn lost_to_export(&self, flows: u64, spans: u64) {
        self.flows_lost_to_export.fetch_add(flows, Ordering::Relaxed);
        self.spans_dropped(spans);
    }

    /// `spans` spans of a flow that lives on have no record of their own.
    pub(crate) fn spans_dropped(&self, spans: u64) {
        self.dropped_spans.fetch_add(spans, Ordering::Relaxed);
    }

    /// All of them, now.
    pub(crate) fn read(&self) -> Health {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Health {
            exported_flows: read(&self.exported_flows),
            exported_spans: read(&self.exported_spans),
            flows_lost_to_memory: read(&self.flows_lost_to_memory),
            flows_lost_to_export: read(&self.flows_lost_to_export),
            dropped_spans: read(&self.dropped_spans),
        }
    }
}
