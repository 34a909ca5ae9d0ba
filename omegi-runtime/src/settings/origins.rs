//! Where each setting comes from, for whoever asks why omegi does what it does (`OMEGI_DEBUG`).

use std::collections::HashMap;
use std::fmt;

use super::variables::{self, Variable};

/// Who says what a variable is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// The process's environment.
    Environment,
    /// The program, through the builder.
    Code,
}

impl Source {
    /// Who wins comes first.
    pub(super) const ALL: [Self; 2] = [Self::Environment, Self::Code];
}

/// What a variable is set to.
#[derive(Clone, Debug)]
pub(super) struct InForce {
    pub(super) source: Source,
    /// The name that it was found under.
    pub(super) name: &'static str,
    /// Its value as it may be printed.
    pub(super) shown: String,
}

/// Where each setting comes from. Displays as a line for each variable, without secrets:
///
/// ```text
///   OMEGI_FLOW_RATE = "100" (environment: OMEGI_FLOW_RATE)
///   OMEGI_MEMORY = 64MiB (default)
/// ```
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins(HashMap<&'static str, InForce>);

impl Origins {
    pub(super) fn of(found: HashMap<&'static str, InForce>) -> Self {
        Self(found)
    }
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("settings, and where each comes from:")?;
        variables::ALL.iter().try_for_each(|variable| {
            write!(f, "\n  {} = ", variable.name)?;
            write_origin(f, variable, self.0.get(variable.name))
        })
    }
}

fn write_origin(f: &mut fmt::Formatter<'_>, variable: &Variable, found: Option<&InForce>) -> fmt::Result {
    match found {
        Some(InForce { source: Source::Environment, name, shown }) => {
            write!(f, "{shown} (environment: {name})")
        }
        Some(InForce { source: Source::Code, shown, .. }) => write!(f, "{shown} (code)"),
        None => write!(f, "{} (default)", variable.default_shown()),
    }
}
