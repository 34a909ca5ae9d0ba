//! One backend: messages in, errors with a remedy out.

use omegi_config::{OtlpConfig, OtlpProtocol};
use omegi_otlp::{Client, SendError, Signal};

use crate::exporting::envelope::OtlpMessage;
use crate::exporting::export_error::ExportError;
use crate::recording::muting::mute_thread;
use crate::vocabulary::say::say_once;

use super::explain::{explain, explain_config, explain_unencrypted};

/// A request that was not taken.
#[derive(Debug)]
pub(super) struct FailedRequest {
    pub(super) error: SendError,
    /// The size of its message, in bytes, before it was compressed.
    pub(super) bytes: usize,
}

/// Sends one signal to one backend, on the calling thread.
pub(super) struct Backend {
    client: Client,
    signal: Signal,
}

impl Backend {
    /// Returns the backend, without connecting.
    ///
    /// # Errors
    ///
    /// As for [`OtlpExporter::new`](super::OtlpExporter::new).
    pub(super) fn new(config: OtlpConfig, signal: Signal) -> Result<Self, ExportError> {
        let client = Client::new(config.clone(), signal, mute_thread);
        let client = client.map_err(|error| ExportError::new(explain_config(&error, &config)))?;
        if let Some(line) = explain_unencrypted(&config) {
            say_once!("{line}");
        }
        Ok(Self { client, signal })
    }

    /// Returns the configuration.
    pub(super) const fn config(&self) -> &OtlpConfig {
        self.client.config()
    }

    /// Sends a message until it is answered for good. Returns the bytes that the backend took.
    pub(super) fn send(&self, message: &impl OtlpMessage) -> Result<u64, FailedRequest> {
        let message = match self.config().protocol {
            OtlpProtocol::HttpJson => message.to_string().into_bytes(),
            OtlpProtocol::HttpProtobuf | OtlpProtocol::Grpc => message.to_protobuf(),
        };
        let bytes = message.len();
        self.client.send(message).map_err(|error| FailedRequest { error, bytes })
    }

    /// Returns the error with a remedy, and with the delay that the backend asks for.
    pub(super) fn explain(&self, failed: &FailedRequest) -> ExportError {
        let FailedRequest { error, bytes } = failed;
        let text = explain(error, *bytes, self.signal, self.config());
        if error.is_temporary() {
            ExportError::for_now(text, error.retry_after())
        } else {
            ExportError::new(text)
        }
    }
}
