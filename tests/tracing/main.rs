//! Compares programs with their trees under `omegi::tracing_layer()`, where `tracing`'s spans and
//! functions nest.

mod any_order;
mod composed;
mod events;
mod fields;
mod secrets;
mod tasks;
mod threads;
mod trees;

use omegi::Flow;
use tracing::subscriber::with_default;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

/// Returns the outlines of the flows that `program` makes on one thread, with omegi's layer on
/// `tracing`.
fn outline_of(program: impl FnOnce() + Send + 'static) -> String {
    flows_of(program).iter().map(Flow::outline).collect()
}

/// These flows.
fn flows_of(program: impl FnOnce() + Send + 'static) -> Vec<Flow> {
    omegi_tests::flows_of(|| with_default(registry().with(omegi::tracing_layer()), program))
}

/// Functions to call in spans.
#[omegi::instrument_crate]
mod shop {
    pub(crate) fn call(work: impl FnOnce()) {
        work();
    }

    pub(crate) fn outer<R>(work: impl FnOnce() -> R) -> R {
        work()
    }

    #[omegi::traced]
    pub(crate) fn leaf() {}

    pub(crate) fn fails(item: u32) -> Result<(), String> {
        if item > 9 { Err(format!("no item {item}")) } else { Ok(()) }
    }

    pub(crate) fn passes(item: u32) -> Result<(), String> {
        let _span = tracing::info_span!("passing").entered();
        fails(item)?;
        Ok(())
    }
}
