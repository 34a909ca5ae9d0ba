//! The address and headers of requests, as HTTP writes them.
//!
//! They are checked here, because a program can build an `OtlpConfig` in code. Those of settings
//! were checked before, with messages that name the variable.

use http::header::{AUTHORIZATION, Entry};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use omegi_config::{OtlpConfig, OtlpProtocol, UrlParts};

use crate::config_error::{ConfigError, HeaderPart};
use crate::credentials::Credentials;
use crate::signal::Signal;

/// Returns whether the connection is encrypted.
pub(crate) fn wants_tls(config: &OtlpConfig) -> bool {
    config.endpoint.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"))
}

/// Returns the address of requests with this signal, without credentials.
pub(crate) fn uri(config: &OtlpConfig, signal: Signal) -> Result<Uri, ConfigError> {
    let url = UrlParts::of(&config.endpoint).filter(|url| url.has_scheme("http") || url.has_scheme("https"));
    let uri = url.and_then(|url| url.without_user_info().parse::<Uri>().ok());
    let mut parts = uri.ok_or(ConfigError::Endpoint)?.into_parts();
    if config.protocol == OtlpProtocol::Grpc {
        parts.path_and_query = Some(PathAndQuery::from_static(signal.grpc_path()));
    }
    Uri::from_parts(parts).map_err(|_| ConfigError::Endpoint)
}

/// Returns the configured headers. Credentials in the endpoint's URL are one, unless there is an
/// `authorization`.
pub(crate) fn headers(config: &OtlpConfig) -> Result<HeaderMap, ConfigError> {
    let configured = config.headers.iter().map(|(name, value)| header(name, value));
    let mut headers = configured.collect::<Result<HeaderMap, _>>()?;
    if let (Entry::Vacant(entry), Some(credentials)) =
        (headers.entry(AUTHORIZATION), Credentials::of(&config.endpoint))
    {
        entry.insert(credentials.basic());
    }
    Ok(headers)
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), ConfigError> {
    let refused = |part| ConfigError::Header { name: name.to_owned(), part };
    let header_name = HeaderName::try_from(name).map_err(|_| refused(HeaderPart::Name))?;
    let mut header_value = HeaderValue::try_from(value).map_err(|_| refused(HeaderPart::Value))?;
    // Keeps it out of hyper's `Debug` output and out of HTTP/2's compression table.
    header_value.set_sensitive(true);
    Ok((header_name, header_value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(endpoint: &str) -> OtlpConfig {
        OtlpConfig::new(OtlpProtocol::HttpProtobuf, endpoint)
    }

    #[test]
    fn requests_go_to_the_path_of_the_endpoint_or_of_the_grpc_method() {
        let uri = |protocol, endpoint| {
            uri(&OtlpConfig::new(protocol, endpoint), Signal::Traces).unwrap().to_string()
        };
        let http = |endpoint| uri(OtlpProtocol::HttpJson, endpoint);
        assert_eq!(http("HTTP://host/v1/traces?a=b"), "http://host/v1/traces?a=b");
        assert_eq!(http("https://me:hunter2@[::1]:4318/x"), "https://[::1]:4318/x");
        assert_eq!(
            uri(OtlpProtocol::Grpc, "http://host:4317"),
            "http://host:4317/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        );
        assert!(wants_tls(&config("HTTPS://host")) && !wants_tls(&config("http://https:1")));
    }

    #[test]
    fn metrics_have_a_grpc_method_of_their_own() {
        let config = OtlpConfig::new(OtlpProtocol::Grpc, "http://host:4317/path");
        let uri = uri(&config, Signal::Metrics).unwrap();
        assert_eq!(uri.path(), "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export");
    }

    #[test]
    fn an_endpoint_without_scheme_or_host_is_an_error() {
        for endpoint in ["localhost:4318", "http://[", "ftp://host", "/v1/traces", "", "me:hunter2@host"] {
            let error = uri(&config(endpoint), Signal::Metrics).unwrap_err();
            assert!(matches!(error, ConfigError::Endpoint), "{endpoint}: {error:?}");
        }
    }

    #[test]
    fn an_illegal_header_is_named_without_its_value() {
        let error = |name: &str, value: &str| {
            let config =
                OtlpConfig { headers: vec![(name.to_owned(), value.to_owned())], ..config("http://host") };
            headers(&config).unwrap_err().to_string()
        };
        assert_eq!(error("x", "hunter2\n"), "HTTP does not allow the value of the header \"x\"");
        assert_eq!(error("a b", "hunter2"), "HTTP does not allow the header name \"a b\"");
    }
}
