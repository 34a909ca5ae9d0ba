//! The names of secrets.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::settings::Masking;
use crate::vocabulary::attribute_names::{ARGUMENT_PREFIX, HIDDEN_NAME, TAG_PREFIX};

use super::words;

/// The most names that are remembered. Programs have few, and names made at run time must not fill
/// the memory.
const REMEMBERED: usize = 1024;

/// The longest name that is remembered.
const MEMORABLE: usize = 128;

/// Names that formats give to secrets. They are secret whatever names the settings choose.
const OF_FORMATS: [&str; 5] = ["cookie", "cookie2", "set-cookie", "x-amz-signature", "x-goog-signature"];

/// Names of formats that are ordinary words elsewhere. In a text they are those of a query.
const OF_QUERIES: [&str; 2] = ["sig", "signature"];

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
        let secret = self.masking.masks(name) || is_of_a_format(name);
        if name.len() <= MEMORABLE && self.known.len() < REMEMBERED {
            self.known.insert(name.into(), secret);
        }
        secret
    }
}

/// Returns whether a parameter of a query has the name of a signature.
pub(super) fn is_of_a_query(name: &str) -> bool {
    OF_QUERIES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Returns whether a format gives this name to secrets.
fn is_of_a_format(name: &str) -> bool {
    // `OLDPWD` is a folder of shells.
    let is_pwd = |word: &String| word.ends_with("pwd") && word != "oldpwd";
    if words::words(name).last().is_some_and(is_pwd) {
        return true;
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    OF_FORMATS.iter().any(|known| {
        let is_same = |(letter, known): (u8, u8)| {
            letter.eq_ignore_ascii_case(&known) || (letter, known) == (b'_', b'-')
        };
        last.len() == known.len() && last.bytes().zip(known.bytes()).all(is_same)
    })
}

/// The name as the program wrote it, without omegi's prefix.
pub(super) fn plain(key: &str) -> &str {
    let prefix = [ARGUMENT_PREFIX, TAG_PREFIX].into_iter().find(|prefix| key.starts_with(prefix));
    prefix.map_or(key, |prefix| &key[prefix.len()..])
}

/// Takes the names that a pattern hides off an argument's name.
pub(super) fn take_hidden(key: &mut Cow<'static, str>) -> Cow<'static, str> {
    let place = key.starts_with(ARGUMENT_PREFIX).then(|| key.find(HIDDEN_NAME)).flatten();
    match (place, &mut *key) {
        (None, _) => Cow::Borrowed(""),
        (Some(place), Cow::Owned(text)) => Cow::Owned(text.split_off(place)),
        (Some(place), Cow::Borrowed(text)) => {
            let (name, hidden) = text.split_at(place);
            *text = name;
            Cow::Borrowed(hidden)
        }
    }
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
