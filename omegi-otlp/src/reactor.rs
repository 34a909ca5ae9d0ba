//! An asynchronous runtime for a thread that has none.

use std::io;

use opentelemetry::Context;
use tokio::runtime::{Builder, Runtime};

/// A runtime that runs only while [`block_on`](Self::block_on) is called.
pub(crate) struct Reactor(Option<Runtime>);

impl Reactor {
    /// Starts the runtime. Its one helper thread starts with the first look-up of a host name.
    pub(crate) fn start(on_thread_start: fn()) -> io::Result<Self> {
        let suppress_tracing = move || {
            on_thread_start();
            // Suppresses OpenTelemetry's tracing for the thread's whole life.
            std::mem::forget(Context::enter_telemetry_suppressed_scope());
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(1)
            .thread_name("omegi-otlp")
            .on_thread_start(suppress_tracing)
            .build();
        runtime.map(|runtime| Self(Some(runtime)))
    }

    /// Blocks until the work is done.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.0.as_ref().expect("the runtime is taken only by drop").block_on(work)
    }
}

impl Drop for Reactor {
    /// Leaves the helper thread running. Waiting for it would panic inside an asynchronous runtime
    /// of the program, and would hang while a name server does.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
