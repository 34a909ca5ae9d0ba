//! The origin of each setting, as `OMEGI_DEBUG` shows it.

use std::collections::HashMap;
use std::fmt;

use super::variable::VariableEntry;

/// A place where a variable can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// The environment of the process.
    Environment,
    /// The program, through the builder.
    Code,
}

impl Source {
    /// All sources, the one that wins first.
    pub(super) const ALL: [Self; 2] = [Self::Environment, Self::Code];
}

/// The origin of a variable that is set.
#[derive(Clone, Debug)]
pub(super) struct ValueOrigin {
    pub(super) source: Source,
    /// The name that it was found under.
    pub(super) name: &'static str,
    /// Its value as it may be printed.
    pub(super) shown: String,
    /// True if it has an effect: it has none if another variable decides.
    pub(super) is_used: bool,
}

/// The origin of each setting. Displays as a line for each variable, without secrets:
///
/// ```text
///   OMEGI_FLOW_RATE = "100" (environment: OMEGI_FLOW_RATE)
///   OTEL_TRACES_SAMPLER = "always_on" (environment: OTEL_TRACES_SAMPLER, not used)
///   OMEGI_MEMORY = 64MiB (default)
/// ```
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    variables: &'static [&'static VariableEntry],
    /// By the first name of the variable.
    set: HashMap<&'static str, ValueOrigin>,
}

impl Origins {
    /// The origins of `variables`, of which those in `set` are set.
    pub(super) fn new(
        variables: &'static [&'static VariableEntry],
        set: HashMap<&'static str, ValueOrigin>,
    ) -> Self {
        Self { variables, set }
    }
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("settings and their origins:")?;
        self.variables.iter().try_for_each(|variable| {
            write!(f, "\n  {} = ", variable.name)?;
            let Some(ValueOrigin { source, name, shown, is_used }) = self.set.get(variable.name) else {
                return write!(f, "{} (default)", variable.default_shown());
            };
            write!(f, "{shown} (")?;
            match source {
                Source::Environment => write!(f, "environment: {name}")?,
                Source::Code => f.write_str("code")?,
            }
            f.write_str(if *is_used { ")" } else { ", not used)" })
        })
    }
}
