//! A backend, for whoever has something to send to it.

use opentelemetry::Context;

use crate::exporting::ExportError;
use crate::exporting::envelope::OtlpMessage;
use crate::recording::muting::quietly;

use super::OtlpConfig;
use super::failure::{Failure, Remedies};
use super::reactor::Reactor;
use super::sender::Sender;
use super::signal::Signal;

/// Sends one signal to one backend, on the thread that asks for it.
pub(super) struct Client {
    config: OtlpConfig,
    signal: Signal,
    sender: Sender,
    reactor: Reactor,
}

impl Client {
    /// Nothing is sent yet, and nobody asked whether the backend is there.
    ///
    /// # Errors
    ///
    /// An endpoint that is no URL, a certificate or key that cannot be read, a header that HTTP does not allow, or a machine
    /// that has no more file descriptors.
    pub(super) fn new(config: OtlpConfig, signal: Signal) -> Result<Self, ExportError> {
        Ok(Self { sender: Sender::new(&config, signal)?, reactor: Reactor::start()?, config, signal })
    }

    /// How the backend is reached.
    pub(super) const fn config(&self) -> &OtlpConfig {
        &self.config
    }

    /// Sends until there is an answer for good, and returns how many bytes the backend took.
    pub(super) fn send(&self, message: &impl OtlpMessage) -> Result<u64, Failure> {
        let body = self.sender.body(message);
        let bytes = body.len() as u64;
        self.reactor.block_on(self.sender.send(body)).map(|()| bytes)
    }

    /// What is said of a failure, and whether it may pass.
    pub(super) fn explain(&self, failure: &Failure) -> ExportError {
        let endpoint = self.config.shown_endpoint();
        let Self { signal, config, .. } = self;
        let remedies = Remedies { failure, signal: *signal, endpoint: &endpoint, timeout: config.timeout };
        let told = config.without_secrets(remedies.to_string());
        match failure.retry() {
            Some(retry) => ExportError::for_now(told, retry.after),
            None => ExportError::new(told),
        }
    }
}

/// Does work of the client. Whatever of that is instrumented, for omegi or for OpenTelemetry, must not trace the sending of
/// traces.
pub(super) fn untraced<T>(work: impl FnOnce() -> T) -> T {
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    quietly(work)
}
