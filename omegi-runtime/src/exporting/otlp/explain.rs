//! Errors of the client as messages: one line, without secrets, with a remedy.

use omegi_config::{OtlpConfig, mask_secrets, without_credentials};
use omegi_otlp::{ConfigError, HeaderPart, SendError, Signal, TlsFile};

use crate::exporting::clean::message;

/// Returns the message for a configuration that cannot be used.
pub(super) fn explain_config(error: &ConfigError, endpoint: &str) -> String {
    match error {
        ConfigError::Endpoint => format!(
            "cannot send to {}: not an http or https URL; set OTEL_EXPORTER_OTLP_ENDPOINT to one like \
             http://localhost:4318",
            without_credentials(endpoint)
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

/// Returns the message for a request of this size that the backend did not take. The backend may
/// have repeated a header's value: the message masks it.
pub(super) fn explain(error: &SendError, bytes: usize, signal: Signal, config: &OtlpConfig) -> String {
    let endpoint = without_credentials(&config.endpoint);
    let Words { items, rejected, size_remedy } = Words::of(signal);
    let text = match error {
        SendError::PartlyRejected { items: count, reason } => format!(
            "cannot send all {items} to {endpoint}: it rejected {count} {rejected}: {}",
            message(reason)
        ),
        SendError::ConnectionRefused => format!(
            "cannot send {items} to {endpoint}: connection refused; start a collector or set \
             OTEL_EXPORTER_OTLP_ENDPOINT"
        ),
        SendError::UnknownHost => {
            format!("cannot send {items} to {endpoint}: unknown host; correct OTEL_EXPORTER_OTLP_ENDPOINT")
        }
        SendError::Tls(reason) => format!(
            "cannot send {items} to {endpoint}: no TLS connection ({}); correct \
             OTEL_EXPORTER_OTLP_CERTIFICATE or OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE, or use an http URL",
            message(reason)
        ),
        SendError::TimedOut => format!(
            "cannot send {items} to {endpoint}: it did not answer within {:?}; check the collector, or raise \
             OTEL_EXPORTER_OTLP_TIMEOUT",
            config.timeout
        ),
        SendError::Unauthorized(status) => format!(
            "cannot send {items} to {endpoint}: it does not accept the credentials ({}); set OMEGI_TOKEN or \
             OTEL_EXPORTER_OTLP_HEADERS",
            message(status)
        ),
        SendError::Misdirected(status) | SendError::WebPage(status) => format!(
            "cannot send {items} to {endpoint}: it takes no {items} ({}); correct \
             OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_PROTOCOL",
            message(status)
        ),
        SendError::TooLarge(status) => format!(
            "cannot send {items} to {endpoint}: a request of {bytes} bytes is too large, and has no smaller \
             parts ({}); {size_remedy}",
            message(status)
        ),
        SendError::Busy { status, .. } | SendError::Exhausted(status) => format!(
            "cannot send {items} to {endpoint}: it cannot take {items} now ({}); check the collector",
            message(status)
        ),
        SendError::Refused(status) => format!(
            "cannot send {items} to {endpoint}: it refused the {items} ({}); see the collector's log",
            message(status)
        ),
        SendError::ConnectionBroken(reason) => format!(
            "cannot send {items} to {endpoint}: the connection broke ({}); check whether it speaks \
             OTEL_EXPORTER_OTLP_PROTOCOL",
            message(reason)
        ),
    };
    // A value such as `Bearer hunter2` is a secret, and so is its last word.
    let secrets = config.headers.iter().flat_map(|(_, value)| [Some(&**value), value.split(' ').next_back()]);
    mask_secrets(text, secrets.flatten())
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
    fn an_endpoint_that_is_no_url_is_shown_without_credentials() {
        assert_eq!(
            explain_config(&ConfigError::Endpoint, "me:hunter2@host"),
            "cannot send to ****@host: not an http or https URL; set OTEL_EXPORTER_OTLP_ENDPOINT to one like \
             http://localhost:4318"
        );
    }

    #[test]
    fn an_illegal_header_is_named_without_its_value() {
        let error = ConfigError::Header { name: "x".to_owned(), part: HeaderPart::Value };
        assert_eq!(
            explain_config(&error, "http://host"),
            "cannot send the header \"x\": HTTP does not allow its value; correct OTEL_EXPORTER_OTLP_HEADERS"
        );
    }
}
