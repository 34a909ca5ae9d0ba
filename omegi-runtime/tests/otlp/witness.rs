//! A subscriber to all that an instrumented client traces.

use std::sync::{Arc, Mutex};

use opentelemetry::Context;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Notes for each span and event of its thread whether OpenTelemetry is suppressed.
#[derive(Clone, Default)]
pub(crate) struct Witness(Arc<Mutex<Vec<bool>>>);

impl Witness {
    pub(crate) fn suppressed(&self) -> Vec<bool> {
        self.0.lock().unwrap().clone()
    }

    fn note(&self) {
        self.0.lock().unwrap().push(Context::is_current_telemetry_suppressed());
    }
}

impl Subscriber for Witness {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        self.note();
        Id::from_u64(1)
    }

    fn event(&self, _: &Event<'_>) {
        self.note();
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
