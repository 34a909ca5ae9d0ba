//! The counters behind [`ExporterHealth`].

use std::sync::atomic::{AtomicU64, Ordering};

use crate::vocabulary::ExporterHealth;

/// Stands for the bytes of an exporter that does not count them.
const UNKNOWN: u64 = u64::MAX;

/// The counters of one exporter.
#[derive(Debug)]
pub(crate) struct ExporterCounters {
    exported_flows: AtomicU64,
    exported_spans: AtomicU64,
    exported_bytes: AtomicU64,
    rejected_spans: AtomicU64,
    failures: AtomicU64,
    retries: AtomicU64,
    lost_flows: AtomicU64,
    spans_lost_to_memory: AtomicU64,
    spans_lost_to_export: AtomicU64,
}

impl ExporterCounters {
    pub(crate) const fn new() -> Self {
        Self {
            exported_flows: AtomicU64::new(0),
            exported_spans: AtomicU64::new(0),
            exported_bytes: AtomicU64::new(UNKNOWN),
            rejected_spans: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            lost_flows: AtomicU64::new(0),
            spans_lost_to_memory: AtomicU64::new(0),
            spans_lost_to_export: AtomicU64::new(0),
        }
    }

    /// Counts exported flows and spans, and sets the bytes written since the start, if the exporter
    /// counts them.
    pub(crate) fn exported(&self, flows: usize, spans: usize, bytes: Option<u64>) {
        add(&self.exported_flows, flows);
        add(&self.exported_spans, spans);
        self.exported_bytes.store(bytes.unwrap_or(UNKNOWN), Ordering::Relaxed);
    }

    /// The number of flows exported so far.
    pub(crate) fn deliveries(&self) -> u64 {
        self.exported_flows.load(Ordering::Relaxed)
    }

    /// Counts spans that were refused, of flows that were exported otherwise.
    pub(crate) fn rejected(&self, spans: usize) {
        add(&self.rejected_spans, spans);
    }

    /// Counts a failed attempt.
    pub(crate) fn failed(&self, is_tried_again: bool) {
        add(&self.failures, 1);
        add(&self.retries, usize::from(is_tried_again));
    }

    /// Counts flows and spans that were dropped for lack of memory.
    pub(crate) fn lost_to_memory(&self, flows: usize, spans: usize) {
        add(&self.lost_flows, flows);
        add(&self.spans_lost_to_memory, spans);
    }

    /// Counts flows and spans that will never be exported.
    pub(crate) fn lost_to_export(&self, flows: usize, spans: usize) {
        add(&self.lost_flows, flows);
        add(&self.spans_lost_to_export, spans);
    }

    /// Reads all counters. Does not count pending flows.
    pub(crate) fn read(&self, name: &'static str) -> ExporterHealth {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let bytes = read(&self.exported_bytes);
        ExporterHealth {
            name,
            exported_flows: read(&self.exported_flows),
            exported_spans: read(&self.exported_spans),
            exported_bytes: (bytes != UNKNOWN).then_some(bytes),
            rejected_spans: read(&self.rejected_spans),
            failures: read(&self.failures),
            retries: read(&self.retries),
            lost_flows: read(&self.lost_flows),
            spans_lost_to_memory: read(&self.spans_lost_to_memory),
            spans_lost_to_export: read(&self.spans_lost_to_export),
            ..ExporterHealth::default()
        }
    }
}

fn add(counter: &AtomicU64, number: usize) {
    counter.fetch_add(number as u64, Ordering::Relaxed);
}
