//! Recorded flows made by hand, and folders for a spool: for the tests of this group.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::recording::budget::BUDGET;
use crate::recording::data::attributes::Attributes;
use crate::recording::data::record::{Meta, NO_SPAN, SpanRecord};
use crate::recording::data::recorded::RecordedFlow;
use crate::recording::data::updates::Updates;
use crate::settings::{Limits, Masking};
use crate::vocabulary::call_site::{CallSite, FunctionPath};
use crate::vocabulary::{Resource, SpanId, TraceId};

use super::factory::PipelineConfig;
use super::pending::PendingFlow;
use super::resolve::Resolver;
use super::resolve::source_paths::ProjectPaths;
use super::scrubbing::Scrubber;
use super::spool::{DiskSpace, Spool};

/// A flow of one span.
pub(super) fn pending(id: u128, must_keep: bool) -> Arc<PendingFlow> {
    pending_of(1, id, must_keep)
}

/// A flow of `spans` spans.
pub(super) fn pending_of(spans: usize, id: u128, must_keep: bool) -> Arc<PendingFlow> {
    static SITE: CallSite = CallSite::new("shop", FunctionPath::Written("place"));
    calls_of(&SITE, spans, id, must_keep)
}

/// A must-keep flow that cannot be resolved.
pub(super) fn unresolvable(id: u128) -> Arc<PendingFlow> {
    static SITE: CallSite = CallSite::new("shop", FunctionPath::TypeName(|| panic!("it has no name")));
    calls_of(&SITE, 1, id, true)
}

fn calls_of(site: &'static CallSite, spans: usize, id: u128, must_keep: bool) -> Arc<PendingFlow> {
    let record = SpanRecord { site, start: 0, end: 0, parent: NO_SPAN, meta: Meta::default() };
    let records = std::iter::repeat_n(record, spans).collect();
    Arc::new(PendingFlow::new(recorded_flow(records, id, must_keep)))
}

/// A flow with these records.
pub(super) fn recorded_flow(records: Box<[SpanRecord]>, id: u128, must_keep: bool) -> RecordedFlow {
    BUDGET.take(100);
    RecordedFlow {
        trace_id: TraceId::from_u128(id),
        parent_span_id: SpanId::NONE,
        seed: 0,
        timed_from: u64::MAX,
        records,
        numbers: None,
        attributes: Attributes::default(),
        updates: Updates::default(),
        waits: Box::default(),
        errors: Vec::new(),
        summaries: Vec::new(),
        dropped_spans: 0,
        dropped_errors: 0,
        must_keep,
        kept_by: "",
        suppressed: 0,
        attached: None,
        open_at: None,
        was_told: false,
        branches: Vec::new(),
        reserved: 100,
    }
}

/// A resolver with an empty resource.
pub(super) fn resolver() -> Resolver {
    let limits = Limits {
        value_length: 100,
        attributes: 10,
        events: 10,
        links: 10,
        event_attributes: 10,
        link_attributes: 10,
    };
    let scrubber = Scrubber::new(Masking::default().into(), None);
    let nothing = || Arc::new(Resource { attributes: Vec::new() });
    Resolver::new(limits, scrubber, ProjectPaths::default(), Box::new(nothing))
}

/// Exports without delay, ten spans at a time.
pub(super) fn pipeline_config() -> PipelineConfig {
    PipelineConfig { resolver: resolver(), delay: Duration::ZERO, max_export_batch: 10 }
}

/// A folder that the end of the test removes.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("omegi-spool-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    /// The spool of a process that starts.
    pub(super) fn spool(&self, limit: u64) -> Spool {
        let spool = self.new_spool(limit);
        spool.adopt();
        spool
    }

    /// The spool of a process that starts, before it adopts files.
    pub(super) fn new_spool(&self, limit: u64) -> Spool {
        Spool::new("otlp", 0, Arc::new(DiskSpace::new(self.0.clone(), limit)))
    }

    pub(super) fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
