//! What the settings depend on besides the environment.

/// What the settings depend on besides the environment: given, so that resolving them stays pure.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// The executable's name, without its folder; none where the system does not tell.
    pub(crate) executable: Option<String>,
    /// Whether the cargo feature `otlp` is on.
    pub(crate) otlp: bool,
    /// Whether the cargo feature `kafka` is on.
    pub(crate) kafka: bool,
    /// Whether the program brings exporters of its own.
    pub(crate) own_exporters: bool,
    /// Whether the cargo feature `autostart` is on: then nobody has asked the program whether its stdout may be written to.
    pub(crate) autostart: bool,
}

/// The programs in which a procedural macro runs.
#[cfg(feature = "autostart")]
const COMPILERS: [&str; 4] = ["rustc", "rustdoc", "clippy-driver", "rust-analyzer-proc-macro-srv"];

impl Program {
    /// Whether this is a part of building a program: a compiler that has loaded a procedural macro, or a build script. What these
    /// print is read by cargo.
    #[cfg(feature = "autostart")]
    pub(super) fn is_building(&self) -> bool {
        let name = self.executable.as_deref().unwrap_or_default();
        let name = name.strip_suffix(".exe").unwrap_or(name);
        COMPILERS.contains(&name) || name.replace('_', "-").starts_with("build-script-")
    }

    /// The name of a service that nobody named, as OpenTelemetry's resource conventions have it.
    pub(super) fn unknown_service(&self) -> String {
        match &self.executable {
            Some(executable) => format!("unknown_service:{executable}"),
            None => "unknown_service".to_owned(),
        }
    }
}
