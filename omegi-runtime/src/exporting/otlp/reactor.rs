//! The asynchronous runtime of a thread that otherwise has none.

use opentelemetry::Context;
use tokio::runtime::{Builder, Runtime};

use crate::exporting::ExportError;
use crate::recording::muting;

/// A runtime that runs only while somebody blocks on it.
pub(super) struct Reactor(Option<Runtime>);

impl Reactor {
    /// Starts it; its one helper thread begins when the first host name is looked up.
    pub(super) fn start() -> Result<Self, ExportError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(1)
            .thread_name("omegi-otlp")
            .on_thread_start(keep_quiet)
            .build();
        let started =
            runtime.map_err(|error| ExportError::new(format!("cannot start the OTLP exporter: {error}")));
        started.map(|runtime| Self(Some(runtime)))
    }

    /// Blocks until the work is done.
    pub(super) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.0.as_ref().expect("the runtime is taken only by drop").block_on(work)
    }
}

/// What runs on the helper thread must not be traced, by whomever.
fn keep_quiet() {
    muting::mute_thread();
    std::mem::forget(Context::enter_telemetry_suppressed_scope());
}

impl Drop for Reactor {
    /// Leaves the helper thread alone: a runtime that waited for it would panic where the user's program drops it
    /// inside a runtime of its own, and hang while a name server does.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
