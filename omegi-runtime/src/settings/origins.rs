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
pub(super) struct IsSet {
    pub(super) source: Source,
    /// The name that it was found under.
    pub(super) name: &'static str,
    /// Its value as it may be printed.
    pub(super) shown: String,
    /// Whether it has an effect: not where another variable decides.
    pub(super) heeded: bool,
}

/// Where each setting comes from. Displays as a line for each variable, without secrets:
///
/// ```text
///   OMEGI_FLOW_RATE = "100" (environment: OMEGI_FLOW_RATE)
///   OTEL_TRACES_SAMPLER = "always_on" (environment: OTEL_TRACES_SAMPLER, not heeded)
///   OMEGI_MEMORY = 64MiB (default)
/// ```
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins(HashMap<&'static str, IsSet>);

impl Origins {
    pub(super) fn of(found: HashMap<&'static str, IsSet>) -> Self {
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

fn write_origin(f: &mut fmt::Formatter<'_>, variable: &Variable, found: Option<&IsSet>) -> fmt::Result {
    let Some(IsSet { source, name, shown, heeded }) = found else {
        return write!(f, "{} (default)", variable.default_shown());
    };
    write!(f, "{shown} (")?;
    match source {
        Source::Environment => write!(f, "environment: {name}")?,
        Source::Code => f.write_str("code")?,
    }
    f.write_str(if *heeded { ")" } else { ", not heeded)" })
}
