//! Secrets in text that is shown.

/// Stands for a secret wherever text is shown. [`mask_secrets`] has an example.
pub const MASK: &str = "****";

/// Shorter secrets protect little, and masking them would make a message unreadable.
const SHORTEST_SECRET: usize = 4;

/// Returns the text with [`MASK`] in place of each secret. Leaves secrets of less than four bytes.
///
/// ```
/// use omegi_config::mask_secrets;
///
/// let masked = mask_secrets("no user me with hunter2".to_owned(), ["hunter2", "me"]);
/// assert_eq!(masked, "no user me with ****");
/// ```
pub fn mask_secrets<'s>(text: String, secrets: impl IntoIterator<Item = &'s str>) -> String {
    let secrets = secrets.into_iter().filter(|secret| secret.len() >= SHORTEST_SECRET);
    secrets.fold(text, |text, secret| text.replace(secret, MASK))
}
