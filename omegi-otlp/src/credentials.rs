//! Credentials in URLs, for backends and proxies.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use omegi_config::{OtlpConfig, UrlParts, mask_secrets};
use percent_encoding::percent_decode_str;

/// A user and a password, decoded. Has no `Debug`.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Credentials {
    /// Returns the credentials in a URL, if there are any. A `%` without two hex digits behind it
    /// stays.
    pub(crate) fn of(url: &str) -> Option<Self> {
        let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (user, password) = UrlParts::of(url)?.credentials()?;
        Some(Self { user: decoded(user), password: decoded(password) })
    }

    /// Returns the value of an `authorization` header ([RFC 7617]).
    ///
    /// [RFC 7617]: https://www.rfc-editor.org/rfc/rfc7617
    pub(crate) fn basic(&self) -> HeaderValue {
        let value = format!("Basic {}", self.encoded());
        let mut value = HeaderValue::try_from(value).expect("Base64 is ASCII");
        value.set_sensitive(true);
        value
    }

    fn encoded(&self) -> String {
        BASE64_STANDARD.encode(format!("{}:{}", self.user, self.password))
    }
}

/// Returns the text with `****` in place of the secrets of a configuration: the values of headers,
/// and the credentials in URLs. Backends and proxies repeat them. Leaves a user with a password,
/// and secrets of less than four bytes.
///
/// ```
/// use omegi_otlp::{OtlpConfig, OtlpProtocol, mask_credentials};
///
/// let config = OtlpConfig::new(OtlpProtocol::Grpc, "http://shop:hunter2@localhost:4317");
/// assert_eq!(mask_credentials("no hunter2 here".to_owned(), &config), "no **** here");
/// ```
#[must_use]
pub fn mask_credentials(text: String, config: &OtlpConfig) -> String {
    mask_secrets(text, secrets(config).iter().map(String::as_str))
}

/// Returns the secrets, the longest first: one may be a part of another.
fn secrets(config: &OtlpConfig) -> Vec<String> {
    let mut secrets = Vec::new();
    for (_, value) in &config.headers {
        // A value such as `Bearer hunter2` is a secret, and so is its last word.
        secrets.extend(value.split(' ').next_back().map(str::to_owned));
        secrets.push(value.clone());
    }
    for url in [Some(&config.endpoint), config.proxy.as_ref()].into_iter().flatten() {
        let Some(credentials) = Credentials::of(url) else { continue };
        secrets.push(credentials.encoded());
        let Credentials { user, password } = credentials;
        secrets.push(format!("{user}:{password}"));
        let written = UrlParts::of(url).and_then(|parts| parts.credentials());
        secrets.extend(written.map(|(user, password)| alone(user, password).to_owned()));
        secrets.push(alone(&user, &password).to_owned());
    }
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

/// Returns the part of a user and a password that is secret by itself. A user without a password
/// may be a token.
fn alone<'c>(user: &'c str, password: &'c str) -> &'c str {
    if password.is_empty() { user } else { password }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_decoded_before_they_are_encoded() {
        let basic = |url| Credentials::of(url).map(|it| it.basic().to_str().unwrap().to_owned());
        for (url, expected) in [
            // RFC 7617, 2 and 2.1
            ("http://Aladdin:open%20sesame@host", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("http://test:123%C2%A3@host", "Basic dGVzdDoxMjPCow=="),
            ("http://a@b:c%zz%@host", "Basic YUBiOmMlenol"),
            ("http://%FF@host", "Basic 77+9Og=="),
        ] {
            assert_eq!(basic(url).as_deref(), Some(expected), "{url}");
        }
        assert_eq!([basic("http://host"), basic("http://@host"), basic("me:x@host")], [const { None }; 3]);
    }
}
