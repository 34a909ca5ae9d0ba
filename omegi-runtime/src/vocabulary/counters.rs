//! The counters behind [`Health`].

use std::sync::atomic::{AtomicU64, Ordering};

use super::Health;
use super::decision::DecisionReason;

/// Declares the counters, each under the name of its field in [`Health`].
macro_rules! counters {
    ($($name:ident,)*) => {
        /// The counters behind [`Health`].
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $($name: AtomicU64,)*
        }

        /// The process's counters.
        pub(crate) static COUNTERS: Counters = Counters { $($name: AtomicU64::new(0),)* };

        impl Counters {
            /// Counts from zero again, in a process that was just forked off. A signal handler may
            /// call it.
            pub(crate) fn restart(&self) {
                $(self.$name.store(0, Ordering::Relaxed);)*
            }

            /// Reads all counters. Says nothing of pending flows and of exporters.
            pub(crate) fn read(&self) -> Health {
                Health { $($name: self.$name.load(Ordering::Relaxed),)* ..Health::default() }
            }
        }
    };
}

counters! {
    flows,
    spans,
    failed_flows,
    requested_flows,
    upstream_flows,
    sampled_flows,
    suppressed_flows,
    unrecorded_flows,
    client_error_flows,
    expected_error_flows,
    expected_error_kinds,
    flows_of_open_spans,
    flows_told_while_open,
    exported_flows,
    exported_spans,
    spooled_flows,
    flows_lost_to_memory,
    flows_lost_to_export,
    dropped_spans,
    headers_ignored,
    tags_shortened,
    tags_dropped,
    exported_points,
    failed_points,
}

impl Counters {
    /// Counts a flow of `spans` spans that has ended.
    pub(crate) fn ended(&self, spans: u64, reason: DecisionReason) {
        add(&self.flows, 1);
        add(&self.spans, spans);
        match reason {
            DecisionReason::Failed => add(&self.failed_flows, 1),
            DecisionReason::Requested => add(&self.requested_flows, 1),
            DecisionReason::Upstream => add(&self.upstream_flows, 1),
            DecisionReason::Sampled => add(&self.sampled_flows, 1),
            DecisionReason::Suppressed => add(&self.suppressed_flows, 1),
            DecisionReason::ClientError => add(&self.client_error_flows, 1),
            DecisionReason::ExpectedError => add(&self.expected_error_flows, 1),
            DecisionReason::Unsampled => {}
        }
    }

    /// Counts a flow that is not recorded, because there is no memory to begin it, or a
    /// signal handler seems to run.
    pub(crate) fn unrecorded(&self) {
        add(&self.unrecorded_flows, 1);
    }

    /// Sets the number of kinds of error that are expected now.
    pub(crate) fn set_expected_error_kinds(&self, kinds: u64) {
        self.expected_error_kinds.store(kinds, Ordering::Relaxed);
    }

    /// Counts a flow of a child of a span that stayed open.
    pub(crate) fn child_of_open_span(&self) {
        add(&self.flows_of_open_spans, 1);
    }

    /// Counts a flow that is exported while it is open.
    pub(crate) fn told_while_open(&self) {
        add(&self.flows_told_while_open, 1);
    }

    /// Counts an exported flow of `spans` spans.
    pub(crate) fn exported(&self, spans: u64) {
        add(&self.exported_flows, 1);
        add(&self.exported_spans, spans);
    }

    /// Counts a flow that waits on disk.
    pub(crate) fn spooled(&self) {
        add(&self.spooled_flows, 1);
    }

    /// Counts a flow of `spans` spans that was dropped for want of memory.
    pub(crate) fn lost_to_memory(&self, spans: u64) {
        add(&self.flows_lost_to_memory, 1);
        self.spans_dropped(spans);
    }

    /// Counts a flow of `spans` spans that could not be exported.
    pub(crate) fn lost_to_export(&self, spans: u64) {
        add(&self.flows_lost_to_export, 1);
        self.spans_dropped(spans);
    }

    /// Counts `spans` spans without a record, of a flow that lives on.
    pub(crate) fn spans_dropped(&self, spans: u64) {
        add(&self.dropped_spans, spans);
    }

    /// Counts a header of another service that was not read, or not completely.
    pub(crate) fn header_ignored(&self) {
        add(&self.headers_ignored, 1);
    }

    /// Counts a tag that was too long.
    pub(crate) fn tag_shortened(&self) {
        add(&self.tags_shortened, 1);
    }

    /// Counts a tag beyond the limit.
    pub(crate) fn tag_dropped(&self) {
        add(&self.tags_dropped, 1);
    }

    /// Counts exported data points of metrics.
    #[cfg(feature = "otlp")]
    pub(crate) fn points_exported(&self, points: u64) {
        add(&self.exported_points, points);
    }

    /// Counts data points of metrics that could not be exported.
    #[cfg(feature = "otlp")]
    pub(crate) fn points_failed(&self, points: u64) {
        add(&self.failed_points, points);
    }
}

fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}
