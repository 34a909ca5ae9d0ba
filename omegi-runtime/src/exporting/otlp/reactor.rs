//! The asynchronous runtime of a thread that otherwise has none.

use std::time::Duration;

use opentelemetry::Context;
use tokio::runtime::{Builder, Runtime};

use crate::exporting::ExportError;

/// A runtime that runs only while somebody blocks on it.
pub(super) struct Reactor(Option<Runtime>);

impl Reactor {
    /// Starts it; its one helper thread begins when the first host name is looked up.
    pub(super) fn start() -> Result<Self, ExportError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(1)
            .thread_name("omegi-otlp")
            .on_thread_start(|| std::mem::forget(Context::enter_telemetry_suppressed_scope()))
            .build();
        let started =
            runtime.map_err(|error| ExportError::new(format!("cannot start the OTLP exporter: {error}")));
        started.map(|runtime| Self(Some(runtime)))
    }

    /// Runs what has to find itself inside a runtime, but waits for nothing.
    pub(super) fn inside<T>(&self, work: impl FnOnce() -> T) -> T {
        let _entered = self.runtime().enter();
        work()
    }

    /// Blocks until the work is done, or for that long: then its result is `None`.
    pub(super) fn block_on<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        self.runtime().block_on(async { tokio::time::timeout(limit, work).await }).ok()
    }

    fn runtime(&self) -> &Runtime {
        self.0.as_ref().expect("the runtime is taken only by drop")
    }
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
