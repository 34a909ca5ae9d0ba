//! The program that the settings are for.

use super::woven::WovenProgram;

/// The properties of a program on which its settings depend: an argument, so that resolving them
/// stays pure.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// The name of the executable, without its folder; `None` if the system does not report it.
    pub(crate) executable: Option<String>,
    /// True if the cargo feature `otlp` is on.
    pub(crate) otlp: bool,
    /// True if the cargo feature `kafka` is on.
    pub(crate) kafka: bool,
    /// True if the program has exporters of its own.
    pub(crate) own_exporters: bool,
    /// True if the cargo feature `autostart` is on: then the program did not agree to output on its
    /// stdout.
    pub(crate) autostart: bool,
    /// True if a web server started the program for one request (CGI). The headers of the request
    /// are in its environment.
    pub(crate) is_cgi: bool,
    /// The command that it was woven for, if `cargo omegi` wove it.
    pub(crate) woven: Option<WovenProgram>,
}

/// The programs that load procedural macros.
#[cfg(feature = "autostart")]
const COMPILERS: [&str; 4] = ["rustc", "rustdoc", "clippy-driver", "rust-analyzer-proc-macro-srv"];

impl Program {
    /// Returns whether this is a compiler that has loaded a procedural macro, or a build script.
    /// Cargo reads the output of both.
    #[cfg(feature = "autostart")]
    pub(super) fn is_building(&self) -> bool {
        let name = self.executable.as_deref().unwrap_or_default();
        let name = name.strip_suffix(".exe").unwrap_or(name);
        COMPILERS.contains(&name) || name.replace('_', "-").starts_with("build-script-")
    }

    /// Returns the name of a service without a name, by OpenTelemetry's resource conventions.
    pub(super) fn unknown_service(&self) -> String {
        match &self.executable {
            Some(executable) => format!("unknown_service:{executable}"),
            None => "unknown_service".to_owned(),
        }
    }
}
