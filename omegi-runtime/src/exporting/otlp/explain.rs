//! Errors of the client as messages: one line, without secrets, with a remedy.

use omegi_config::{OtlpConfig, UrlParts, is_loopback, without_credentials};
use omegi_otlp::{ConfigError, HeaderPart, SendError, Signal, TlsFile, mask_credentials};

use crate::exporting::clean::message;

/// Returns the message for a configuration that cannot be used.
pub(super) fn explain_config(error: &ConfigError, config: &OtlpConfig) -> String {
    match error {
        ConfigError::Endpoint => format!(
            "cannot send to {}: not an http or https URL; set OTEL_EXPORTER_OTLP_ENDPOINT to one like \
             http://localhost:4318",
            without_credentials(&config.endpoint)
        ),
        ConfigError::Proxy => format!(
            "cannot use the proxy {}: not the URL of an http, https or socks5 proxy; set {} to one like \
             http://proxy.example:3128",
            without_credentials(config.proxy.as_deref().unwrap_or_default()),
            proxy_variable(config)
        ),
        ConfigError::Header { name, part } => {
            let part = match part {
                HeaderPart::Name => "name",
                HeaderPart::Value => "value",
            };
            format!(
                "cannot send the header {name:?}: HTTP does not allow its {part}; correct \
                 OTEL_EXPORTER_OTLP_HEADERS"
            )
        }
        ConfigError::File { file, path, reason } => {
            let variable = match file {
                TlsFile::Certificate => "OTEL_EXPORTER_OTLP_CERTIFICATE",
                TlsFile::ClientCertificate => "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
                TlsFile::ClientKey => "OTEL_EXPORTER_OTLP_CLIENT_KEY",
            };
            format!("cannot use {}: {reason}; set {variable} to a PEM file", path.display())
        }
        ConfigError::Tls(_) | ConfigError::Runtime(_) => error.to_string(),
    }
}

/// Returns the message for credentials that others on the way to the backend can read, if there are
/// any.
pub(super) fn explain_unencrypted(config: &OtlpConfig) -> Option<String> {
    let url = UrlParts::of(&config.endpoint).filter(|url| url.has_scheme("http"))?;
    let in_header = config.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let has_credentials = in_header || url.credentials().is_some();
    (has_credentials && !is_loopback(url.host())).then(|| {
        format!(
            "sends credentials to {} unencrypted (OMEGI_TOKEN, OTEL_EXPORTER_OTLP_HEADERS or the URL's user \
             and password); set OTEL_EXPORTER_OTLP_ENDPOINT to an https URL",
            without_credentials(&config.endpoint)
        )
    })
}

/// Returns the message for a request of this size that the backend did not take. The backend may
/// have repeated a credential: the message masks it.
pub(super) fn explain(error: &SendError, bytes: usize, signal: Signal, config: &OtlpConfig) -> String {
    let endpoint = place(config);
    let Words { items, rejected, size_remedy } = Words::of(signal);
    // Not in our own words: a user may have the name of one of them.
    let repeated = |text: &str| mask_credentials(message(text).to_string(), config);
    match error {
        SendError::PartlyRejected { items: count, reason } => format!(
            "cannot send all {items} to {endpoint}: it rejected {count} {rejected}: {}",
            repeated(reason)
        ),
        SendError::ConnectionRefused => format!(
            "cannot send {items} to {endpoint}: connection refused; start a collector or set \
             OTEL_EXPORTER_OTLP_ENDPOINT"
        ),
        SendError::UnknownHost => {
            format!("cannot send {items} to {endpoint}: unknown host; correct OTEL_EXPORTER_OTLP_ENDPOINT")
        }
        SendError::Proxy(reason) => format!(
            "cannot send {items} to {endpoint}: no way through the proxy ({}); check the proxy, or correct \
             {}, all_proxy or no_proxy",
            repeated(reason),
            proxy_variable(config)
        ),
        SendError::Tls(reason) => format!(
            "cannot send {items} to {endpoint}: no TLS connection ({}); correct \
             OTEL_EXPORTER_OTLP_CERTIFICATE or OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE, or use an http URL",
            repeated(reason)
        ),
        SendError::TimedOut => format!(
            "cannot send {items} to {endpoint}: it did not answer within {:?}; check the collector, or raise \
             OTEL_EXPORTER_OTLP_TIMEOUT",
            config.timeout
        ),
        SendError::Unauthorized(status) => format!(
            "cannot send {items} to {endpoint}: it does not accept the credentials ({}); set OMEGI_TOKEN or \
             OTEL_EXPORTER_OTLP_HEADERS",
            repeated(status)
        ),
        SendError::Misdirected(status) | SendError::WebPage(status) => format!(
            "cannot send {items} to {endpoint}: it takes no {items} ({}); correct \
             OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_PROTOCOL",
            repeated(status)
        ),
        SendError::TooLarge(status) => format!(
            "cannot send {items} to {endpoint}: a request of {bytes} bytes is too large, and has no smaller \
             parts ({}); {size_remedy}",
            repeated(status)
        ),
        SendError::Busy { status, .. } | SendError::Exhausted(status) => format!(
            "cannot send {items} to {endpoint}: it cannot take {items} now ({}); check the collector",
            repeated(status)
        ),
        SendError::Refused(status) => format!(
            "cannot send {items} to {endpoint}: it refused the {items} ({}); see the collector's log",
            repeated(status)
        ),
        SendError::ConnectionBroken(reason) => format!(
            "cannot send {items} to {endpoint}: the connection broke ({}); check whether it speaks \
             OTEL_EXPORTER_OTLP_PROTOCOL",
            repeated(reason)
        ),
    }
}

/// Returns the backend's address, and the proxy before it.
fn place(config: &OtlpConfig) -> String {
    let endpoint = without_credentials(&config.endpoint);
    match &config.proxy {
        None => endpoint,
        Some(proxy) => format!("{endpoint} (through the proxy {})", without_credentials(proxy)),
    }
}

/// Returns the variable that sets the proxy for this endpoint.
fn proxy_variable(config: &OtlpConfig) -> &'static str {
    let is_https = UrlParts::of(&config.endpoint).is_some_and(|url| url.has_scheme("https"));
    if is_https { "https_proxy" } else { "http_proxy" }
}

/// The words of messages that depend on the signal.
struct Words {
    /// The content of requests.
    items: &'static str,
    /// The items that a backend rejects one by one.
    rejected: &'static str,
    /// The remedy for requests that are too large.
    size_remedy: &'static str,
}

impl Words {
    const fn of(signal: Signal) -> Self {
        match signal {
            Signal::Traces => Self {
                items: "spans",
                rejected: "spans",
                size_remedy: "raise the collector's limit, or lower OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
            },
            Signal::Metrics => {
                Self { items: "metrics", rejected: "data points", size_remedy: "raise the collector's limit" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use omegi_config::OtlpProtocol;

    fn config(headers: &[(&str, &str)]) -> OtlpConfig {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        OtlpConfig { headers, ..OtlpConfig::new(OtlpProtocol::HttpProtobuf, "http://host") }
    }

    #[test]
    fn every_error_is_one_line_with_the_endpoint() {
        let status = || "HTTP 500: a\nb".to_owned();
        for error in [
            SendError::ConnectionRefused,
            SendError::UnknownHost,
            SendError::Proxy("tunnel\nerror".to_owned()),
            SendError::Tls("invalid\ncertificate".to_owned()),
            SendError::TimedOut,
            SendError::Unauthorized(status()),
            SendError::Misdirected(status()),
            SendError::WebPage(status()),
            SendError::TooLarge(status()),
            SendError::Exhausted(status()),
            SendError::Busy { status: status(), retry_after: None },
            SendError::Refused(status()),
            SendError::PartlyRejected { items: 3, reason: "too\nold".to_owned() },
            SendError::ConnectionBroken("connection\nclosed".to_owned()),
        ] {
            for signal in [Signal::Traces, Signal::Metrics] {
                let text = explain(&error, 1, signal, &config(&[]));
                assert!(text.contains("http://host") && text.lines().count() == 1, "{text}");
            }
        }
    }

    #[test]
    fn values_of_headers_are_masked() {
        let config = config(&[("authorization", "Bearer t%41x"), ("n", "1")]);
        let error = SendError::Unauthorized("HTTP 401: no t%41x, and no Bearer t%41x".to_owned());
        let text = explain(&error, 1, Signal::Traces, &config);
        assert!(text.contains("(HTTP 401: no ****, and no ****)"), "{text}");
    }

    #[test]
    fn a_user_with_the_name_of_a_word_garbles_no_message() {
        let config = OtlpConfig { proxy: Some("http://proxy:http@host:1".to_owned()), ..config(&[]) };
        let error = SendError::Proxy("the proxy repeats proxy:http".to_owned());
        assert_eq!(
            explain(&error, 1, Signal::Traces, &config),
            "cannot send spans to http://host (through the proxy http://****@host:1): no way through the \
             proxy (the proxy repeats ****); check the proxy, or correct http_proxy, all_proxy or no_proxy"
        );
    }

    #[test]
    fn an_endpoint_that_is_no_url_is_shown_without_credentials() {
        assert_eq!(
            explain_config(&ConfigError::Endpoint, &OtlpConfig::new(OtlpProtocol::Grpc, "me:hunter2@host")),
            "cannot send to ****@host: not an http or https URL; set OTEL_EXPORTER_OTLP_ENDPOINT to one like \
             http://localhost:4318"
        );
    }

    #[test]
    fn an_illegal_header_is_named_without_its_value() {
        let error = ConfigError::Header { name: "x".to_owned(), part: HeaderPart::Value };
        assert_eq!(
            explain_config(&error, &config(&[])),
            "cannot send the header \"x\": HTTP does not allow its value; correct OTEL_EXPORTER_OTLP_HEADERS"
        );
    }

    #[test]
    fn credentials_are_said_to_be_unencrypted_unless_they_stay_on_this_machine() {
        let token = [("Authorization", "Bearer hunter2")];
        let said = |endpoint: &str, headers: &[(&str, &str)]| {
            let config = OtlpConfig { endpoint: endpoint.to_owned(), ..config(headers) };
            let line = explain_unencrypted(&config);
            assert!(!line.as_ref().is_some_and(|line| line.contains("hunter2") || line.contains('\n')));
            line.is_some()
        };
        assert!(said("http://collector.example:4318/v1/traces", &token));
        assert!(said("HTTP://10.0.0.1", &token) && said("http://localhost.example", &token));
        assert!(said("http://me:hunter2@collector.example", &[]));
        for endpoint in
            ["https://collector.example", "http://localhost:4318", "http://127.1.2.3", "http://[::1]:1"]
        {
            assert!(!said(endpoint, &token), "{endpoint}");
        }
        assert!(!said("http://a.localhost", &token) && !said("http://me:hunter2@localhost", &[]));
        assert!(!said("http://collector.example", &[("x-scope", "hunter2")]));
    }
}
