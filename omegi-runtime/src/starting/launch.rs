//! The decision whether omegi starts, is joined, or stays off.

use crate::exporting::Exporter;
use crate::recording::muting::quietly;
use crate::recording::policy;
use crate::recording::shield::shielded;
use crate::settings::{CodeValues, InitError, Problem, Settings, env};
use crate::vocabulary::say::{Level, say, say_lost, set_level};
use crate::vocabulary::signal_handler;

use super::child_process::prepare_children;
use super::code_only::CodeOnlySettings;
use super::guard::Guard;
use super::process::{self, Blueprint, Process};
#[cfg(all(unix, feature = "signals"))]
use super::signals;
use super::{exit, start};

/// Starts omegi, unless it was started before or `judge` refuses the problems with the settings.
///
/// Problems that `judge` accepts are reported on stderr.
pub(super) fn launch(
    variables: &CodeValues,
    code_only: CodeOnlySettings,
    exporters: Vec<Box<dyn Exporter>>,
    judge: impl FnOnce(&[Problem]) -> Result<(), InitError>,
) -> Result<Guard, InitError> {
    prepare_children();
    env::keep_streams();
    quietly(|| {
        if !policy::claim() {
            policy::await_decision();
        }
        if let Some(running) = process::get().filter(|process| process.by_itself) {
            join(running, variables, &code_only, exporters);
            return Ok(Guard { flushes: true });
        }
        if process::get().is_some() {
            return Err(InitError::Again);
        }
        let (settings, problems) = env::resolve_with(variables, !exporters.is_empty());
        judge(&problems).inspect_err(|_| policy::refuse())?;
        if start_reporting(settings, &problems, code_only, exporters) {
            Ok(Guard { flushes: true })
        } else {
            Err(InitError::Again)
        }
    })
}

/// Starts omegi as [`init`](super::builder::init) does, for a program that has not called it.
#[cfg(feature = "autostart")]
pub(super) fn launch_by_itself() {
    // A macro or a build script may call functions that are woven for the program.
    if env::is_building() {
        return policy::switch_off();
    }
    env::keep_streams();
    let (settings, problems) = env::resolve_with(&CodeValues::default(), false);
    start_reporting(
        settings,
        &problems,
        CodeOnlySettings { by_itself: true, ..Default::default() },
        Vec::new(),
    );
}

/// Starts omegi in a process that was forked off one with omegi, with the settings of that.
pub(super) fn launch_afresh() {
    let start = || {
        let Some(parent) = process::inherited() else { return policy::leave_to_init() };
        let Some(Blueprint { settings, code_only }) = parent.for_children.clone() else {
            say(
                "cannot record in this process: it was forked off, and the program's own exporters stayed in \
                 the other one; call omegi::builder()...init() here too",
            );
            return policy::leave_to_init();
        };
        if parent.debug {
            say(format_args!("starts afresh in process {}, which was forked off", std::process::id()));
        }
        start_up(settings, code_only, Vec::new());
    };
    start_shielded(start);
}

/// Calls `start`. If it panics, nothing is recorded.
pub(super) fn start_shielded(start: impl FnOnce()) {
    if let Err(message) = shielded(start) {
        policy::switch_off();
        say_lost(format_args!("cannot start: {message} (a bug of omegi); nothing is recorded"));
    }
}

/// Joins an omegi that the first instrumented call has started: of the settings in code, only
/// exporters count.
fn join(
    running: &Process,
    variables: &CodeValues,
    code_only: &CodeOnlySettings,
    exporters: Vec<Box<dyn Exporter>>,
) {
    let ignored = ignored(variables, code_only).join(", ");
    running.join(exporters);
    if running.debug && !ignored.is_empty() {
        say(format_args!(
            "cannot change settings ({ignored}): the first instrumented call started omegi before init(); \
             the environment's settings hold, and those in code have no effect"
        ));
    }
}

/// Returns the settings in code that would have had an effect.
fn ignored<'c>(variables: &'c CodeValues, code_only: &CodeOnlySettings) -> Vec<&'c str> {
    let mut ignored: Vec<_> = variables.names().filter(|name| !env::is_set(name)).collect();
    ignored.sort_unstable();
    for name in code_only.names() {
        ignored.push(name);
    }
    ignored
}

/// Reports problems and origins, and starts omegi or switches it off. Returns `false` if it was
/// started before.
fn start_reporting(
    settings: Settings,
    problems: &[Problem],
    code_only: CodeOnlySettings,
    exporters: Vec<Box<dyn Exporter>>,
) -> bool {
    set_level(settings.level);
    problems.iter().for_each(say);
    if settings.level == Level::Debug {
        say(&settings.origins);
    }
    if settings.switched_off {
        policy::switch_off();
        return process::get().is_none();
    }
    start_up(settings, code_only, exporters)
}

/// Starts omegi. Returns `false` if it was started before.
fn start_up(settings: Settings, code_only: CodeOnlySettings, exporters: Vec<Box<dyn Exporter>>) -> bool {
    process::inherited().into_iter().for_each(|parent| parent.pipelines.close_inherited());
    exit::flush_at_end_of_thread();
    exit::flush_at_end_of_process();
    if settings.signals {
        watch_signals();
    }
    let is_first = start::start(launch_afresh, settings, code_only, exporters);
    if is_first {
        signal_handler::note_start();
    }
    is_first
}

#[cfg(all(unix, feature = "signals"))]
fn watch_signals() {
    if let Err(error) = signals::watch() {
        say(format_args!("cannot watch signals: {error}; nothing is flushed on them"));
    }
}

#[cfg(not(all(unix, feature = "signals")))]
fn watch_signals() {
    say("cannot honour OMEGI_SIGNALS=true: it needs a Unix and the cargo feature `omegi/signals`; it has \
        no effect");
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::settings::ClockMode;
    use crate::vocabulary::Attribute;

    #[test]
    fn everything_that_a_late_init_cannot_change_is_named() {
        let mut variables = CodeValues::default();
        variables.set_text("OMEGI_KAFKA_TOPIC_FLOW", "shop.flows");
        let code_only = CodeOnlySettings {
            error_filter: Some(Arc::new(|_| true)),
            clock: ClockMode::Exact,
            span_limit: Some(1),
            id_seed: Some(1),
            resource: vec![Attribute::new("a", 1)],
            #[cfg(feature = "otel")]
            leaves_otel: true,
            ..CodeOnlySettings::default()
        };
        let named = [
            "OMEGI_KAFKA_TOPIC_FLOW",
            "error_filter",
            "clock",
            "spans_per_flow",
            "seed_ids",
            "resource",
            #[cfg(feature = "otel")]
            "install_otel",
        ];
        assert_eq!(ignored(&variables, &code_only), named);
        assert_eq!(ignored(&CodeValues::default(), &CodeOnlySettings::default()), [""; 0]);
    }
}
