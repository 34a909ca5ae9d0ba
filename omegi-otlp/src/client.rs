//! One backend, for one signal.

use omegi_config::OtlpConfig;
use opentelemetry::Context;

use crate::config_error::ConfigError;
use crate::reactor::Reactor;
use crate::send_error::SendError;
use crate::sender::Sender;
use crate::signal::Signal;

/// Sends one signal to one backend, on the calling thread.
///
/// It brings its own asynchronous runtime, so it can be made and dropped on any thread. It blocks:
/// do not call [`send`](Self::send) on a thread that drives asynchronous tasks.
///
/// ```no_run
/// use omegi_otlp::{Client, OtlpConfig, OtlpProtocol, Signal};
///
/// let config = OtlpConfig::new(OtlpProtocol::HttpProtobuf, "http://localhost:4318/v1/traces");
/// let client = Client::new(config, Signal::Traces, || ())?;
/// let empty_request = Vec::new();
/// assert_eq!(client.send(empty_request)?, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Client {
    sender: Sender,
    reactor: Reactor,
}

impl Client {
    /// Returns a client, without connecting. `on_thread_start` runs on the helper thread that looks
    /// up host names, when it starts.
    ///
    /// # Errors
    ///
    /// An endpoint that is no URL, a certificate or key that cannot be read, a header that HTTP
    /// does not allow, or no file descriptors left.
    pub fn new(config: OtlpConfig, signal: Signal, on_thread_start: fn()) -> Result<Self, ConfigError> {
        let sender = Sender::new(config, signal)?;
        let reactor = Reactor::start(on_thread_start).map_err(ConfigError::Runtime)?;
        Ok(Self { sender, reactor })
    }

    /// Returns the configuration.
    pub const fn config(&self) -> &OtlpConfig {
        self.sender.config()
    }

    /// Sends an export request in the encoding of the configured protocol, with OpenTelemetry's
    /// tracing suppressed. Retries temporary failures for up to half of the timeout. Returns the
    /// size of the request's body in bytes.
    ///
    /// # Errors
    ///
    /// The backend did not take the request, or rejected a part of it.
    pub fn send(&self, message: Vec<u8>) -> Result<u64, SendError> {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let body = self.sender.body(message);
        let bytes = body.len() as u64;
        self.reactor.block_on(self.sender.send(body)).map(|()| bytes)
    }
}
