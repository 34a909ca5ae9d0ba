//! Resolves recorded flows into flows as exporters see them.
//!
//! Derives ids, looks up names and paths, turns ticks into time, and lays errors along their paths.
//! Keeps to the limits, and masks secrets.

mod continuations;
mod error_branches;
mod error_events;
mod error_reports;
mod flow_attributes;
mod layout;
mod limits;
pub(crate) mod source_paths;
mod spans;
mod tags;
mod times;
mod updates;

use std::sync::{Arc, LazyLock};

use crate::recording::data::recorded::RecordedFlow;
use crate::settings::Limits;
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::{Flow, Resource};

use super::scrubbing::Scrubber;
use error_reports::BegunError;
use layout::Layout;
use source_paths::ProjectPaths;
use spans::SpanResolver;

/// Detects the resource of the process.
pub(crate) type DetectResource = Box<dyn FnOnce() -> Arc<Resource> + Send>;

/// Resolves flows, and remembers results that many flows share.
#[derive(Clone, Debug)]
pub(crate) struct Resolver {
    spans: SpanResolver,
    limits: Limits,
    paths: ProjectPaths,
    scrubber: Scrubber,
    /// Detected once, by the first clone that needs it.
    resource: Arc<LazyLock<Arc<Resource>, DetectResource>>,
}

impl Resolver {
    pub(crate) fn new(
        limits: Limits,
        scrubber: Scrubber,
        paths: ProjectPaths,
        detect: DetectResource,
    ) -> Self {
        let spans = SpanResolver::new(limits, paths.clone());
        Self { spans, limits, paths, scrubber, resource: Arc::new(LazyLock::new(detect)) }
    }

    /// The resource of the process. The first call detects it.
    #[cfg(feature = "otlp")]
    pub(crate) fn resource(&self) -> Arc<Resource> {
        Arc::clone(&**self.resource)
    }

    /// Returns the flow as exporters see it.
    pub(crate) fn resolve(&mut self, flow: &RecordedFlow, clock: &Calibration) -> Flow {
        let parts: Vec<&RecordedFlow> = flow.parts().collect();
        let layout = Layout::of(&parts);
        let times = times::of(&parts);
        let mut spans = Vec::with_capacity(flow.record_count());
        for ((nth, part), times) in parts.iter().enumerate().zip(&times) {
            self.spans.add_part(&mut spans, part, times, nth, &layout, clock);
        }
        spans::number_by_end(&mut spans, &parts, &times);
        let begun = error_reports::reports(&parts, &layout, &self.paths);
        let told = error_reports::origins_in_turns(&parts, &layout);
        for BegunError { report, at } in &begun {
            error_events::describe(report, clock.unix_ns(*at), &told, &mut spans, &self.limits);
        }
        let mut reports: Vec<_> = begun.into_iter().map(|error| error.report).collect();
        error_events::link_to_origins(&mut spans, &parts, &layout, &self.limits);
        flow_attributes::add(&mut spans, flow, &self.limits);
        if parts.len() > 1 {
            continuations::join(&mut spans, &mut reports, &parts, &layout, &self.limits);
            layout::sort(&mut spans, &mut reports);
        }
        let resource = Arc::clone(&**self.resource);
        let mut flow = Flow { trace_id: flow.trace_id, spans, errors: reports, resource };
        self.scrubber.flow(&mut flow);
        flow
    }
}
