//! What is left of the runtime without the cargo feature `enable`: the same functions, empty.

use std::convert::Infallible;
use std::time::Duration;

use crate::{ArgumentMode, ClockMode, Exporter, ExporterKind, Health};

/// Why omegi was not started: never, for there is nothing to start.
pub type InitError = Infallible;

/// What [`init`] returns. Does nothing.
#[derive(Debug)]
#[must_use = "keep it in a variable until the end of main, as the feature `enable` wants it"]
pub struct Guard(());

/// Does nothing: the feature `enable` is off.
#[inline]
pub fn init() -> Guard {
    Guard(())
}

/// Nothing was left to export.
#[inline]
pub fn flush(_timeout: Duration) -> bool {
    true
}

/// Nothing was done.
#[inline]
#[must_use]
pub fn health() -> Health {
    Health::default()
}

/// Settings that nobody reads.
#[inline]
pub fn builder() -> Builder {
    Builder(())
}

/// Settings that nobody reads; made by [`builder`].
#[derive(Debug, Default)]
#[must_use = "nothing is started before `init`"]
pub struct Builder(());

macro_rules! ignored {
    ($($setting:ident($value:ty);)*) => {$(
        /// Ignored: the feature `enable` is off.
        #[inline]
        pub fn $setting(self, _: $value) -> Self {
            self
        }
    )*};
}

impl Builder {
    ignored! {
        service_name(impl Into<String>);
        flow_rate(u64);
        export_to(&[ExporterKind]);
        exporter(impl Exporter + 'static);
        arguments(ArgumentMode);
        memory(usize);
        flush_timeout(Duration);
        clock(ClockMode);
        spans_per_flow(usize);
        seed_ids(u64);
    }

    /// Does nothing: the feature `enable` is off.
    #[inline]
    pub fn init(self) -> Guard {
        init()
    }

    /// Does nothing: the feature `enable` is off.
    ///
    /// # Errors
    ///
    /// Never.
    #[inline]
    pub fn try_init(self) -> Result<Guard, InitError> {
        Ok(init())
    }
}

/// A layer that does nothing: the feature `enable` is off.
#[cfg(feature = "tracing")]
#[inline]
#[must_use]
pub fn tracing_layer() -> TracingLayer {
    TracingLayer(())
}

/// A layer that does nothing: the feature `enable` is off. Made by [`tracing_layer`].
#[cfg(feature = "tracing")]
#[derive(Clone, Debug)]
pub struct TracingLayer(());

#[cfg(feature = "tracing")]
impl TracingLayer {
    /// Ignored: the feature `enable` is off.
    #[inline]
    #[must_use]
    pub fn fail_on_error_events(self, _: bool) -> Self {
        self
    }
}

#[cfg(feature = "tracing")]
impl<S: tracing_core::Subscriber> tracing_subscriber::Layer<S> for TracingLayer {}
