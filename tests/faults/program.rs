//! Runs of the program that makes 10,000 flows, and the reports of these runs.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use omegi_tests::programs::{command, stderr, stdout};

use super::arrivals::Arrivals;

/// The number of the program's flows, and that of the failed ones.
pub(crate) const FLOWS: u64 = 10_000;
pub(crate) const FAILED: u64 = 100;

/// The spans of all flows: four each, and a fifth in a failed one.
pub(crate) const SPANS: u64 = FLOWS * 4 + FAILED;

/// The memory for recorded flows (`OMEGI_MEMORY`): less than all flows take, so that some are
/// dropped while a backend is down.
pub(crate) const MEMORY_KIB: u64 = 2 << 10;

/// The other memory of a process: batches while they are resolved, written and sent, the client
/// with its TLS, and free memory in the allocator. It is that of a debug build.
const ALLOWANCE_KIB: u64 = 8 << 10;

/// The time in which the program expects an answer: a receiver on a busy machine is no fault, and a
/// request whose answer comes too late arrives twice.
const PATIENT: &str = "30000";

/// The same, for a receiver whose trouble is to be noticed: it lasts longer than this.
const HURRIED: &str = "2000";

/// The parameters of a run.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    variables: Vec<(&'static str, String)>,
    /// The number of flows, and N if one in N fails.
    pub(crate) flows: u64,
    pub(crate) one_in: u64,
    /// The least time to make the flows, and the longest wait at the end.
    pub(crate) making: Duration,
    pub(crate) time_to_flush: Duration,
    /// True if the program expects answers so soon that a busy receiver may be too late.
    is_hurried: bool,
}

impl Program {
    /// Returns parameters for a backend at this address.
    pub(crate) fn new(protocol: &str, endpoint: String) -> Self {
        let variables = vec![
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", PATIENT.to_owned()),
            ("OTEL_BSP_SCHEDULE_DELAY", "20".to_owned()),
            ("OMEGI_MEMORY", format!("{MEMORY_KIB}KiB")),
        ];
        let (making, time_to_flush) = (Duration::from_millis(700), Duration::from_secs(30));
        let (flows, one_in) = (FLOWS, FLOWS / FAILED);
        Self { variables, flows, one_in, making, time_to_flush, is_hurried: false }
    }

    /// Returns the same with attempts that fail before the receiver's trouble ends.
    pub(crate) fn hurried(self) -> Self {
        Self { is_hurried: true, ..self.with("OTEL_EXPORTER_OTLP_TIMEOUT", HURRIED) }
    }

    /// Returns the same with this variable.
    pub(crate) fn with(mut self, variable: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((variable, value.into()));
        self
    }

    pub(crate) fn run(&self) -> Report {
        let variables: Vec<_> = self.variables.iter().map(|(name, value)| (*name, &**value)).collect();
        let mut program = command(Path::new(env!("CARGO_BIN_EXE_backend_trouble")), &variables);
        let times = [self.making, self.time_to_flush].map(|time| time.as_millis().to_string());
        let numbers = [self.flows, self.one_in].map(|number| number.to_string());
        let output = program.args(numbers).args(times).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let text = stdout(&output);
        let figures = text.lines().filter_map(|line| line.split_once(' '));
        let figures = figures.map(|(name, figure)| (name.to_owned(), figure.parse().unwrap())).collect();
        Report { figures, messages: stderr(&output), is_hurried: self.is_hurried }
    }
}

/// The report of a run.
#[derive(Debug)]
pub(crate) struct Report {
    figures: HashMap<String, u64>,
    /// omegi's messages on stderr.
    pub(crate) messages: String,
    is_hurried: bool,
}

impl Report {
    /// Returns the figure of this name.
    pub(crate) fn figure(&self, name: &str) -> u64 {
        *self.figures.get(name).unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }

    /// Asserts that each failed flow arrived whole and once, that every other flow arrived whole or
    /// counts as lost, and that memory was bounded.
    pub(crate) fn assert_all_failed_arrived(&self, arrivals: &Arrivals) {
        self.assert_delivered(arrivals);
        assert_eq!(self.figure("all_exported"), 1, "{self:?}");
        assert_eq!(arrivals.whole_flows() + self.figure("lost"), FLOWS, "{self:?}");
        self.assert_bounded();
    }

    /// Asserts that each failed flow arrived whole, and no request twice whose answer came in time.
    pub(crate) fn assert_delivered(&self, arrivals: &Arrivals) {
        self.assert_there(arrivals);
        arrivals.assert_repeated_at_most(self.answered_too_late(arrivals));
    }

    /// Returns the number of attempts that failed although the receiver answered.
    fn answered_too_late(&self, arrivals: &Arrivals) -> u64 {
        let late = || self.figure("failures").saturating_sub(arrivals.not_taken());
        if self.is_hurried { late() } else { 0 }
    }

    /// Asserts that each failed flow arrived whole.
    pub(crate) fn assert_there(&self, arrivals: &Arrivals) {
        let failed = arrivals.failed();
        let missing: Vec<_> = (0..FAILED).filter(|nth| failed.get(&message(*nth)) != Some(&5)).collect();
        assert!(missing.is_empty(), "{missing:?} did not arrive, or not whole: {self:?}");
    }

    /// Asserts that the process's memory stayed below its bound.
    pub(crate) fn assert_bounded(&self) {
        let grown = self.figure("grown_kib");
        assert!(grown <= MEMORY_KIB + ALLOWANCE_KIB, "{grown} KiB: {self:?}");
    }

    /// Asserts that the program's calls took no longer than in a run without trouble. A call that
    /// waits for a backend, or for a waiting thread, takes a hundred times as long. The limit is
    /// generous because the machine is not quiet.
    pub(crate) fn assert_as_quick_as(&self, other: &Self) {
        for (name, allowance_ns) in [("median_ns", 20_000), ("p99_ns", 1_000_000)] {
            let (own, others) = (self.figure(name), other.figure(name));
            assert!(own <= 3 * others + allowance_ns, "{name}: {own} instead of {others}");
        }
    }
}

/// Returns the message of the error in the n-th failed flow.
pub(crate) fn message(nth: u64) -> String {
    format!("number {}.", nth * (FLOWS / FAILED))
}
