//! The names of secrets.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::settings::Masking;
use crate::vocabulary::attribute_names::{ARGUMENT_PREFIX, TAG_PREFIX};
use crate::vocabulary::percent::octets;

/// The most names that are remembered. Programs have few, and names made at run time must not fill
/// the memory.
const REMEMBERED: usize = 1024;

/// The longest name that is remembered.
const MEMORABLE: usize = 128;

/// Knows the names of secrets. Remembers its answers, because each takes several regular
/// expressions.
#[derive(Clone, Debug)]
pub(super) struct SecretNames {
    masking: Arc<Masking>,
    known: HashMap<Box<str>, bool>,
}

impl SecretNames {
    pub(super) fn new(masking: Arc<Masking>) -> Self {
        Self { masking, known: HashMap::new() }
    }

    /// Returns whether values under this name are secret.
    pub(super) fn are_secret(&mut self, name: &str) -> bool {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let secret = self.masking.masks(name);
        if name.len() <= MEMORABLE && self.known.len() < REMEMBERED {
            self.known.insert(name.into(), secret);
        }
        secret
    }
}

/// Decodes a percent-encoded name, as in a query.
pub(super) fn decoded(name: &str) -> Cow<'_, str> {
    if name.contains('%') {
        let octets: Vec<u8> = octets(name).flatten().collect();
        Cow::Owned(String::from_utf8_lossy(&octets).into_owned())
    } else {
        Cow::Borrowed(name)
    }
}

/// The name as the program wrote it, without omegi's prefix.
pub(super) fn plain(key: &str) -> &str {
    let prefix = [ARGUMENT_PREFIX, TAG_PREFIX].into_iter().find(|prefix| key.starts_with(prefix));
    prefix.map_or(key, |prefix| &key[prefix.len()..])
}

/// Returns whether omegi itself writes the values with this name: names of functions, files,
/// threads and types, and numbers.
pub(super) fn is_written_by_omegi(key: &str) -> bool {
    const PLACES: [&str; 7] = [
        "code.function.name",
        "code.file.path",
        "code.line.number",
        "thread.id",
        "error.type",
        "exception.type",
        "telemetry.sdk.name",
    ];
    PLACES.contains(&key)
        || ["omegi.flow.", "omegi.calls.", "omegi.async."].iter().any(|prefix| key.starts_with(prefix))
}
