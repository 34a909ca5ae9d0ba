//! What the settings depend on besides the environment.

/// What the settings depend on besides the environment: given, so that resolving them stays pure.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// The executable's name, without its folder; none where the system does not tell.
    pub(crate) executable: Option<String>,
    /// Whether the cargo feature `otlp` is on.
    pub(crate) otlp: bool,
    /// Whether the cargo feature `autostart` is on: then nobody has asked the program whether its stdout may be written to.
    pub(crate) autostart: bool,
}

impl Program {
    /// The name of a service that nobody named, as OpenTelemetry's resource conventions have it.
    pub(super) fn unknown_service(&self) -> String {
        match &self.executable {
            Some(executable) => format!("unknown_service:{executable}"),
            None => "unknown_service".to_owned(),
        }
    }
}
