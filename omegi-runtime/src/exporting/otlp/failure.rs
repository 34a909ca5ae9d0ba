//! Why a request failed, and what to do about it.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use crate::exporting::Retry;
use crate::exporting::clean::message;

use super::signal::Signal;

/// Why a request failed. Statuses are named as their protocol does: `HTTP 503`, `gRPC Unavailable`; behind that stands what
/// the backend says itself, if it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The port is closed.
    NobodyListens,
    /// The host's name is unknown.
    UnknownHost,
    /// Who answered could not be trusted, or did not trust us, or speaks no TLS.
    Untrusted(String),
    /// There was no answer in time.
    TimedOut,
    /// The backend wants other credentials.
    Unauthorized(String),
    /// Something answered that does not take what was sent.
    Misdirected(String),
    /// A page came in the backend's place: a proxy's, for as long as the backend is away, or nobody is logged in.
    Intercepted(String),
    /// The backend takes no requests of this size.
    TooLarge(String),
    /// The backend is overloaded or down for now.
    Busy {
        /// What it answered.
        status: String,
        /// How long it asks to be left alone.
        after: Option<Duration>,
    },
    /// The backend refused for a reason of its own.
    Refused(String),
    /// The backend took the others, but not these.
    Rejected {
        /// How many.
        items: i64,
        /// Why, in its words.
        reason: String,
    },
    /// The connection broke.
    Broken(String),
}

impl Failure {
    /// What it means that no response came.
    pub(super) fn of_connection(error: &(dyn Error + 'static)) -> Self {
        let causes: Vec<_> = std::iter::successors(Some(error), |error| beneath(*error)).collect();
        if causes.iter().any(|cause| cause.downcast_ref::<rustls::Error>().is_some()) {
            return Self::Untrusted(last(&causes));
        }
        let kinds = causes.iter().filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
        match kinds.reduce(|_, deeper| deeper) {
            Some(io::ErrorKind::ConnectionRefused) => Self::NobodyListens,
            Some(io::ErrorKind::TimedOut) => Self::TimedOut,
            // The one cause that has no type to be known by.
            _ if causes.iter().any(|cause| cause.to_string() == "dns error") => Self::UnknownHost,
            _ => Self::Broken(last(&causes)),
        }
    }

    /// Whether the same request may succeed later, and when the backend would have it come.
    ///
    /// So it is with what the specification calls retryable, and with whatever keeps requests from being answered.
    pub(super) const fn retry(&self) -> Option<Retry> {
        match self {
            Self::Busy { after, .. } => Some(Retry { after: *after }),
            Self::NobodyListens
            | Self::UnknownHost
            | Self::Untrusted(_)
            | Self::TimedOut
            | Self::Intercepted(_)
            | Self::Broken(_) => Some(Retry { after: None }),
            Self::Unauthorized(_)
            | Self::Misdirected(_)
            | Self::TooLarge(_)
            | Self::Refused(_)
            | Self::Rejected { .. } => None,
        }
    }

    /// How much of the request was rejected, where the backend gives a number.
    pub(super) fn rejected(&self) -> Option<u64> {
        match self {
            Self::Rejected { items, .. } => u64::try_from(*items).ok(),
            _ => None,
        }
    }
}

/// What caused an error. An [`io::Error`] hides the error that it wraps from `source`.
fn beneath<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn last(causes: &[&(dyn Error + 'static)]) -> String {
    causes.last().map_or_else(String::new, ToString::to_string)
}

/// A failure in one line, with what to do about it.
pub(super) struct Remedies<'a> {
    /// What happened.
    pub(super) failure: &'a Failure,
    /// Of what.
    pub(super) signal: Signal,
    /// Where, without credentials.
    pub(super) endpoint: &'a str,
    /// How long was waited.
    pub(super) timeout: Duration,
}

impl fmt::Display for Remedies<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { failure, signal, endpoint, timeout } = self;
        let carried = signal.carried();
        match failure {
            Failure::NobodyListens => write!(
                f,
                "nobody listens at {endpoint} (connection refused): start a collector or set \
                 OTEL_EXPORTER_OTLP_ENDPOINT"
            ),
            Failure::UnknownHost => {
                write!(f, "the host of {endpoint} is unknown: correct OTEL_EXPORTER_OTLP_ENDPOINT")
            }
            Failure::Untrusted(why) => write!(
                f,
                "there is no TLS connection to {endpoint} ({}): see OTEL_EXPORTER_OTLP_CERTIFICATE, \
                 OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE, and whether http is meant",
                message(why)
            ),
            Failure::TimedOut => write!(
                f,
                "{endpoint} did not answer within {timeout:?}: see whether the collector is well, or raise \
                 OTEL_EXPORTER_OTLP_TIMEOUT"
            ),
            Failure::Unauthorized(status) => write!(
                f,
                "{endpoint} does not accept the credentials ({}): set OMEGI_TOKEN or OTEL_EXPORTER_OTLP_HEADERS",
                message(status)
            ),
            Failure::Misdirected(status) | Failure::Intercepted(status) => write!(
                f,
                "{endpoint} takes no {carried} ({}): correct OTEL_EXPORTER_OTLP_ENDPOINT or \
                 OTEL_EXPORTER_OTLP_PROTOCOL",
                message(status)
            ),
            Failure::TooLarge(status) => write!(
                f,
                "the request was too large for {endpoint} ({}): {}",
                message(status),
                signal.remedy_for_size()
            ),
            Failure::Busy { status, .. } => write!(
                f,
                "{endpoint} cannot take {carried} now ({}): see whether the collector is well",
                message(status)
            ),
            Failure::Refused(status) => {
                write!(f, "{endpoint} refused the {carried} ({}): see the collector's log", message(status))
            }
            Failure::Rejected { items, reason } => {
                write!(f, "{endpoint} rejected {items} {}: {}", signal.rejected(), message(reason))
            }
            Failure::Broken(causes) => write!(
                f,
                "the connection to {endpoint} broke ({}): see whether OTEL_EXPORTER_OTLP_PROTOCOL fits it",
                message(causes)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_fail_are_told_apart_by_the_kind_of_their_cause() {
        let of = |error: io::Error| Failure::of_connection(&error);
        let nested = |kind: io::ErrorKind| io::Error::other(io::Error::from(kind));
        assert_eq!(of(nested(io::ErrorKind::ConnectionRefused)), Failure::NobodyListens);
        assert_eq!(of(nested(io::ErrorKind::TimedOut)), Failure::TimedOut);
        let reset = of(nested(io::ErrorKind::ConnectionReset));
        assert_eq!(reset, Failure::Broken("connection reset".to_owned()));
        let certificate = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let expected = Failure::Untrusted("invalid peer certificate: Expired".to_owned());
        assert_eq!(of(io::Error::new(io::ErrorKind::InvalidData, certificate)), expected);
    }

    #[test]
    fn every_failure_is_one_line_with_the_endpoint() {
        let status = || "HTTP 500: a\nb".to_owned();
        for failure in [
            Failure::NobodyListens,
            Failure::UnknownHost,
            Failure::Untrusted("invalid\ncertificate".to_owned()),
            Failure::TimedOut,
            Failure::Unauthorized(status()),
            Failure::Misdirected(status()),
            Failure::Intercepted(status()),
            Failure::TooLarge(status()),
            Failure::Busy { status: status(), after: None },
            Failure::Refused(status()),
            Failure::Rejected { items: 3, reason: "too\nold".to_owned() },
            Failure::Broken("connection\nclosed".to_owned()),
        ] {
            for signal in [Signal::Traces, Signal::Metrics] {
                let timeout = Duration::from_secs(10);
                let remedies = Remedies { failure: &failure, signal, endpoint: "http://host", timeout };
                let said = remedies.to_string();
                assert!(said.contains("http://host") && said.lines().count() == 1, "{said}");
            }
        }
    }
}
