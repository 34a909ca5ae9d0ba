//! Settings by which instrumentation chooses names and hides values.

use once_cell::race::OnceBox;

use crate::recording::policy;
use crate::settings::{self, Masking};

/// The text that leaves the process in the place of a secret.
pub const MASK: &str = settings::MASK;

/// Returns whether `OMEGI_SECRET_MASKING_REGEX` matches `name`: a value under that name must leave
/// the process as [`MASK`]. Before `init` the default patterns hold.
///
/// Attributes are masked by their own keys. Call this for a name inside a value, such as that of a
/// parameter in a URL.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::instrumentation::is_secret;
///
/// assert!(is_secret("api_key") && !is_secret("page"));
/// ```
#[must_use]
pub fn is_secret(name: &str) -> bool {
    static DEFAULT: OnceBox<Masking> = OnceBox::new();
    policy::get()
        .map_or_else(|| DEFAULT.get_or_init(Box::default), |policy| &*policy.settings.masking)
        .masks(name)
}

/// Returns `method` if it is one of the methods of HTTP that
/// `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` names. Others must not become names of spans, because
/// any client can send any method.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::instrumentation::known_http_method;
///
/// let _omegi = omegi::builder().flow_rate(0).init();
/// assert_eq!(known_http_method("GET"), Some("GET"));
/// assert_eq!(known_http_method("BREW"), None);
/// ```
#[must_use]
pub fn known_http_method(method: &str) -> Option<&'static str> {
    let known = &policy::get()?.settings.known_methods;
    known.iter().find(|known| *known == method).map(String::as_str)
}
