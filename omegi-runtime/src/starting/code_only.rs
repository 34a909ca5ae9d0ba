//! Settings that have no variable.

use crate::deciding::counting::ErrorFilter;
use crate::settings::ClockMode;
use crate::vocabulary::Attribute;

/// Settings that code alone can set.
#[derive(Clone, Default)]
pub(crate) struct CodeOnlySettings {
    /// True if the first instrumented call starts omegi, and not the program.
    pub(crate) by_itself: bool,
    pub(crate) error_filter: Option<ErrorFilter>,
    /// The times at which the clock is read.
    pub(crate) clock: ClockMode,
    /// The seed of all ids.
    pub(crate) id_seed: Option<u64>,
    /// The largest number of spans of one flow that have a record.
    pub(crate) span_limit: Option<usize>,
    /// The program's own attributes of the resource.
    pub(crate) resource: Vec<Attribute>,
    /// True if the program's tracer provider is left as it is.
    #[cfg(feature = "otel")]
    pub(crate) leaves_otel: bool,
}

impl CodeOnlySettings {
    /// Returns the names of the builder's methods that set one of them.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let names = [
            ("error_filter", self.error_filter.is_some()),
            ("clock", self.clock != ClockMode::default()),
            ("spans_per_flow", self.span_limit.is_some()),
            ("seed_ids", self.id_seed.is_some()),
            ("resource", !self.resource.is_empty()),
            #[cfg(feature = "otel")]
            ("install_otel", self.leaves_otel),
        ];
        names.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name)
    }
}
