//! The URLs of OTLP requests.

use std::fmt;

use omegi_config::{UrlParts, without_credentials};

use super::parsed::Reason;

/// An absolute `http` or `https` URL. Its `Debug` and `Display` hide credentials and query.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint(String);

impl Endpoint {
    /// Returns the whole URL, for the request that is sent there.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns an endpoint that is known to be well formed.
    pub(super) fn known(url: &'static str) -> Self {
        Self(url.to_owned())
    }

    /// Reads a URL. Checked here, so that the message names the deployer's variable. `omegi-otlp`
    /// checks an `OtlpConfig` again: a program can build one in code.
    pub(super) fn parse(text: &str) -> Result<Self, Reason> {
        let reason = "is not a URL such as http://localhost:4318";
        has_scheme_and_host(text).then(|| Self(text.to_owned())).ok_or(reason.into())
    }

    /// Reads a URL with or without a scheme: for gRPC the specification of OTLP exporters allows
    /// both.
    pub(super) fn parse_for_grpc(text: &str, insecure: bool) -> Result<Self, Reason> {
        let scheme = if insecure { "http" } else { "https" };
        if text.contains("://") { Self::parse(text) } else { Self::parse(&format!("{scheme}://{text}")) }
    }

    /// Returns the URL of `path` below this one.
    pub(super) fn below(&self, path: &str) -> Self {
        let end = self.0.find(['?', '#']).unwrap_or(self.0.len());
        let (base, query) = self.0.split_at(end);
        Self(format!("{}{path}{query}", base.trim_end_matches('/')))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_credentials(&self.0))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn has_scheme_and_host(url: &str) -> bool {
    let is_known = |parts: UrlParts<'_>| parts.has_scheme("http") || parts.has_scheme("https");
    url.bytes().all(|byte| byte.is_ascii_graphic()) && UrlParts::of(url).is_some_and(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_with_scheme_and_host_are_endpoints() {
        for url in [
            "http://localhost:4318",
            "HTTPS://collector.example/base/?a=b",
            "http://[::1]:4318/",
            "http://[::1]",
            "http://user:word@host:1/path",
        ] {
            assert_eq!(Endpoint::parse(url).as_ref().map(Endpoint::as_str), Ok(url));
        }
    }

    #[test]
    fn other_texts_are_no_endpoints() {
        for url in [
            "localhost:4318",
            "/v1/traces",
            "ftp://host",
            "http://",
            "http:///path",
            "http://:4318",
            "http://host:",
            "http://host:0",
            "http://host:65536",
            "http://host:+80",
            "http://a:b:c",
            "http://[::1",
            "http://[]:1",
            "http://[::1]4318",
            "http://user@",
            "http://ho st",
            "http://host\n",
            "http://hôst",
        ] {
            assert!(Endpoint::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_path_is_appended_once_before_the_query() {
        for (base, url) in [
            ("http://host", "http://host/v1/traces"),
            ("http://host/", "http://host/v1/traces"),
            ("http://host/base", "http://host/base/v1/traces"),
            ("http://host/base//", "http://host/base/v1/traces"),
            ("http://host?a=b", "http://host/v1/traces?a=b"),
        ] {
            assert_eq!(Endpoint::known(base).below("/v1/traces").as_str(), url);
        }
    }

    #[test]
    fn credentials_are_not_printed() {
        let endpoint = Endpoint::known("http://me:hunter2@host/?key=hunter2");
        assert_eq!(format!("{endpoint:?} {endpoint}"), "http://****@host/?**** http://****@host/?****");
    }
}
