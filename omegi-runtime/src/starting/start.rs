//! The start of recording and of omegi's threads.

use std::num::NonZeroU64;
use std::sync::Arc;

use crate::collecting::factory::{Factory, PipelineConfig};
#[cfg(feature = "otlp")]
use crate::collecting::metering::{Components, Metering, Schedule};
use crate::collecting::pipelines::ExporterPipelines;
use crate::collecting::resolve::source_paths::ProjectPaths;
use crate::collecting::resolve::{DetectResource, Resolver};
use crate::collecting::resource::{self, ResourceInputs, instance_id};
use crate::collecting::scrubbing::Scrubber;
use crate::collecting::spool::DiskSpace;
use crate::collecting::timekeeper::Timekeeper;
use crate::deciding::counting::ErrorRule;
use crate::deciding::decision::FlowLimits;
use crate::deciding::expected_errors::ExpectedErrors;
use crate::deciding::sampling::FlowSampling;
use crate::exporting::Exporter;
#[cfg(feature = "otel")]
use crate::interop::otel;
use crate::recording::budget::BUDGET;
use crate::recording::panics;
use crate::recording::policy::{self, Policy};
use crate::recording::shield::shielded;
use crate::recording::thread::pool;
use crate::settings::{ClockMode, Settings};
use crate::vocabulary::clock;
use crate::vocabulary::say::{Level, say, say_lost};
use crate::vocabulary::{Attribute, Resource, per_process};

use super::code_only::CodeOnlySettings;
use super::exit;
use super::factories::{dump_factory, factory};
use super::process::{self, Blueprint, Process};
use super::tail_sampling::TailSamplingProcessor;

/// The share of the memory budget that the records of one flow may take: one part in this many.
const FLOW_SHARE: usize = 64;

/// Bytes of one record: see [`crate::recording::data::record::SpanRecord`].
const RECORD_BYTES: usize = 32;

/// Starts recording and omegi's threads. Returns `false` if omegi was started before.
/// `start_afresh` does this in a process that is forked off.
pub(super) fn start(
    start_afresh: fn(),
    settings: Settings,
    mut code_only: CodeOnlySettings,
    exporters: Vec<Box<dyn Exporter>>,
) -> bool {
    if process::get().is_some() {
        return false;
    }
    let for_children = exporters.is_empty().then(|| Blueprint {
        settings: settings.clone(),
        code_only: CodeOnlySettings { by_itself: true, ..code_only.clone() },
    });
    code_only.id_seed = code_only.id_seed.map(seed_of_process);
    clock::start();
    BUDGET.set_limit(settings.memory);
    let disk = settings.spool.clone().map(|folder| DiskSpace::new(folder, settings.spool_size));
    let config = pipeline_config(&settings, code_only.resource, code_only.id_seed);
    let pipelines = Arc::new(ExporterPipelines::new(config, disk));
    let Ok(timekeeper) = Timekeeper::start(Arc::clone(&pipelines)).inspect_err(|error| {
        say_lost(format_args!("cannot start the worker thread: {error}; nothing is recorded"));
        policy::switch_off();
    }) else {
        return true;
    };
    let is_first = process::set(Process {
        pipelines: Arc::clone(&pipelines),
        timekeeper: Arc::clone(&timekeeper),
        #[cfg(feature = "otlp")]
        metering: start_metering(&pipelines, &settings),
        flush_timeout: settings.flush_timeout,
        debug: settings.level == Level::Debug,
        by_itself: code_only.by_itself,
        id: std::process::id(),
        for_children,
    });
    let Some(process) = process::get().filter(|_| is_first) else { return false };
    if let Some(seed) = code_only.id_seed {
        pool::seed_ids(seed);
    }
    let own = exporters.into_iter().map(Factory::existing);
    let chosen = settings.exporters.iter().map(|kind| factory(*kind, &settings));
    let dump = settings.dump.clone().map(dump_factory);
    own.chain(chosen).chain(dump).for_each(|factory| process.open(factory));
    let processor = TailSamplingProcessor {
        sampling: FlowSampling::new(settings.sampling),
        rule: ErrorRule::new(settings.counted_errors, settings.ignored_errors, code_only.error_filter),
        expected_errors: ExpectedErrors::new(),
        limits: FlowLimits::new(settings.error_limit.map(NonZeroU64::get), settings.run_bounds),
        pipelines,
        timekeeper,
        process: std::process::id(),
        flush_before_abort: exit::flush_before_abort,
        start_afresh,
    };
    let policy = Policy {
        processor: Box::new(processor),
        settings: settings.recording,
        exact_times: code_only.clock == ClockMode::Exact,
        span_limit: code_only.span_limit.unwrap_or_else(|| {
            let of_memory = settings.memory / FLOW_SHARE / RECORD_BYTES;
            settings.run_bounds.spans_of_a_flow.map_or(of_memory, |bound| bound.min(of_memory))
        }),
    };
    panics::watch();
    #[cfg(feature = "otel")]
    otel::start(!code_only.leaves_otel);
    let came_late = policy::switch_on(policy);
    if came_late && !code_only.by_itself {
        say("cannot record calls before omegi::init(): omegi was not started; call it first");
    }
    true
}

/// Returns the seed of this process's ids. The ids of a forked process differ from the parent's.
fn seed_of_process(seed: u64) -> u64 {
    if per_process::generation() == 0 { seed } else { seed ^ (u64::from(std::process::id()) << 32) }
}

fn pipeline_config(settings: &Settings, code: Vec<Attribute>, id_seed: Option<u64>) -> PipelineConfig {
    let detect = detect_resource(settings, code, id_seed);
    let scrubber = Scrubber::new(Arc::clone(&settings.recording.masking), settings.token.as_ref());
    let paths = ProjectPaths::new(settings.project_root.clone());
    PipelineConfig {
        resolver: Resolver::new(settings.recording.limits, scrubber, paths, detect),
        delay: settings.schedule_delay,
        max_export_batch: settings.max_export_batch,
    }
}

/// Returns the detection of the resource, which omegi's own thread does when it exports the first
/// flow.
fn detect_resource(settings: &Settings, code: Vec<Attribute>, id_seed: Option<u64>) -> DetectResource {
    let inputs =
        ResourceInputs { instance_id: instance_id(id_seed), code, settings: settings.resource.clone() };
    let mut scrubber = Scrubber::new(Arc::clone(&settings.recording.masking), settings.token.as_ref());
    Box::new(move || {
        let resource = shielded(|| resource::detect(inputs, &mut scrubber));
        Arc::new(resource.unwrap_or_else(|message| {
            say_lost(format_args!("cannot detect the resource: {message} (a bug of omegi); flows have none"));
            Resource::default()
        }))
    })
}

/// Starts the export of metrics, if requested.
#[cfg(feature = "otlp")]
fn start_metering(pipelines: &Arc<ExporterPipelines>, settings: &Settings) -> Option<Metering> {
    let metrics = settings.metrics.as_ref()?;
    let schedule = Schedule {
        interval: metrics.interval,
        temporality: metrics.temporality,
        components: Components::speaking(settings.otlp.protocol, metrics.otlp.protocol),
        config: metrics.otlp.clone(),
    };
    let started = Metering::start(Arc::clone(pipelines), schedule);
    started
        .inspect_err(|error| {
            say_lost(format_args!("cannot start the thread for metrics: {error}; none are exported"));
        })
        .ok()
}
