//! A stand-in for an exporter that cannot be made.

use crate::exporting::{ExportError, Exporter};
use crate::vocabulary::Flow;
use crate::vocabulary::say::say_lost;

/// Fails every export, until the worker succeeds in making the exporter.
///
/// With a spool the failure is temporary, so that flows wait as for a backend that is down. Without
/// one they are lost.
pub(super) struct Unavailable(ExportError);

impl Unavailable {
    /// Reports that the exporter `name` cannot be made, and stands in for it.
    pub(super) fn new(name: &str, problem: &ExportError, has_spool: bool) -> Self {
        let consequence = if has_spool {
            "it is tried again; flows with an error, those in OMEGI_SPOOL too, wait for that or for the \
             next start"
        } else {
            "it is tried again; until then its flows are lost. OMEGI_SPOOL would keep those with an error"
        };
        say_lost(format_args!("cannot start exporter {name}: {problem}; {consequence}"));
        let problem = problem.to_string();
        Self(if has_spool { ExportError::for_now(problem, None) } else { ExportError::new(problem) })
    }
}

impl Exporter for Unavailable {
    fn name(&self) -> &'static str {
        "none"
    }

    fn export(&mut self, _: &[Flow]) -> Result<(), ExportError> {
        Err(self.0.clone())
    }
}
