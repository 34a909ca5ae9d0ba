//! The package of the program, which names its service under `cargo omegi`.

use std::sync::OnceLock;

#[cfg(feature = "autostart")]
use super::env;

static PACKAGE: OnceLock<&'static str> = OnceLock::new();

/// Sets the package of the program. `main` of a program that `cargo omegi` wove calls this first.
pub fn name_package(name: &'static str) {
    let _ = PACKAGE.set(name);
}

/// Returns the package of the program, if `cargo omegi` wove it. Cargo names the package of tests,
/// which have no `main` of their own, in the environment.
pub(crate) fn package_name() -> Option<String> {
    let named = PACKAGE.get().map(|name| (*name).to_owned());
    #[cfg(feature = "autostart")]
    let named = named.or_else(|| env::text("CARGO_PKG_NAME"));
    named
}
