//! Requests that failed.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use crate::connector::ProxyError;

/// The reason why a backend did not take a request. A text holds the answer's status as its
/// protocol names it (`HTTP 503`, `gRPC Unavailable`), and then the backend's own message, which
/// may repeat a credential.
///
/// ```
/// use std::time::Duration;
///
/// use omegi_otlp::SendError;
///
/// let delay = Duration::from_secs(2);
/// let busy = SendError::Busy { status: "HTTP 503".to_owned(), retry_after: Some(delay) };
/// assert!(busy.is_temporary());
/// assert_eq!(busy.retry_after(), Some(delay));
///
/// let rejected = SendError::PartlyRejected { items: 3, reason: "too old".to_owned() };
/// assert!(!rejected.is_temporary());
/// assert_eq!(rejected.rejected_items(), Some(3));
/// assert_eq!(rejected.to_string(), "3 items were rejected: too old");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The port is closed.
    ConnectionRefused,
    /// The host's name is unknown.
    UnknownHost,
    /// One side did not trust the other, or the other side speaks no TLS.
    Tls(String),
    /// The proxy cannot be reached, wants other credentials, or does not connect to the backend.
    Proxy(String),
    /// No answer came in time.
    TimedOut,
    /// The backend wants other credentials.
    Unauthorized(String),
    /// Something answered that does not take this kind of request.
    Misdirected(String),
    /// A web page came instead of an answer: a proxy's, while the backend is away or nobody is
    /// logged in.
    WebPage(String),
    /// The backend takes no requests of this size.
    TooLarge(String),
    /// The backend has no room for the request, and does not say why: a quota is used up, or the
    /// request is too large.
    Exhausted(String),
    /// The backend is overloaded or down.
    Busy {
        /// The answer.
        status: String,
        /// The delay that the backend asks for.
        retry_after: Option<Duration>,
    },
    /// The backend refused for another reason.
    Refused(String),
    /// The backend took the request without some of its items.
    PartlyRejected {
        /// The number of spans or data points that it did not take. At least 1.
        items: u64,
        /// The backend's reason.
        reason: String,
    },
    /// The connection broke.
    ConnectionBroken(String),
}

impl SendError {
    /// Returns the meaning of an error without an answer.
    pub(crate) fn of_connection(error: &(dyn Error + 'static)) -> Self {
        let causes: Vec<_> = std::iter::successors(Some(error), |error| cause(*error)).collect();
        let innermost = || causes.last().map_or_else(String::new, ToString::to_string);
        if causes.iter().any(|cause| cause.downcast_ref::<ProxyError>().is_some()) {
            return Self::Proxy(innermost());
        }
        if causes.iter().any(|cause| cause.downcast_ref::<rustls::Error>().is_some()) {
            return Self::Tls(innermost());
        }
        let mut kinds =
            causes.iter().filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
        match kinds.next_back() {
            Some(io::ErrorKind::ConnectionRefused) => Self::ConnectionRefused,
            Some(io::ErrorKind::TimedOut) => Self::TimedOut,
            // hyper-util gives this cause no type of its own.
            _ if causes.iter().any(|cause| cause.to_string() == "dns error") => Self::UnknownHost,
            _ => Self::ConnectionBroken(innermost()),
        }
    }

    /// Returns whether the same request may succeed later: after the answers that OTLP's
    /// specification calls retryable, without an answer from the backend, and where a quota may be
    /// used up.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        match self {
            Self::Busy { .. }
            | Self::Exhausted(_)
            | Self::ConnectionRefused
            | Self::UnknownHost
            | Self::Tls(_)
            | Self::Proxy(_)
            | Self::TimedOut
            | Self::WebPage(_)
            | Self::ConnectionBroken(_) => true,
            Self::Unauthorized(_)
            | Self::Misdirected(_)
            | Self::TooLarge(_)
            | Self::Refused(_)
            | Self::PartlyRejected { .. } => false,
        }
    }

    /// Returns the delay that the backend asks for before the next attempt.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Returns the number of items that the backend rejected, where it took the request.
    #[must_use]
    pub const fn rejected_items(&self) -> Option<u64> {
        match self {
            Self::PartlyRejected { items, .. } => Some(*items),
            _ => None,
        }
    }
}

/// Returns the cause of an error. An [`io::Error`] hides the error that it wraps from `source`.
fn cause<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConnectionRefused => f.write_str("connection refused"),
            Self::UnknownHost => f.write_str("unknown host"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Tls(reason) => write!(f, "no TLS connection: {reason}"),
            Self::Proxy(reason) => write!(f, "no way through the proxy: {reason}"),
            Self::ConnectionBroken(reason) => write!(f, "the connection broke: {reason}"),
            Self::PartlyRejected { items, reason } => write!(f, "{items} items were rejected: {reason}"),
            Self::Unauthorized(status)
            | Self::Misdirected(status)
            | Self::WebPage(status)
            | Self::TooLarge(status)
            | Self::Exhausted(status)
            | Self::Busy { status, .. }
            | Self::Refused(status) => f.write_str(status),
        }
    }
}

impl Error for SendError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_connections_are_distinguished_by_the_kind_of_their_cause() {
        let of = |error: io::Error| SendError::of_connection(&error);
        let nested = |kind: io::ErrorKind| io::Error::other(io::Error::from(kind));
        assert_eq!(of(nested(io::ErrorKind::ConnectionRefused)), SendError::ConnectionRefused);
        assert_eq!(of(nested(io::ErrorKind::TimedOut)), SendError::TimedOut);
        let reset = of(nested(io::ErrorKind::ConnectionReset));
        assert_eq!(reset, SendError::ConnectionBroken("connection reset".to_owned()));
        let certificate = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let expected = SendError::Tls("invalid peer certificate: Expired".to_owned());
        assert_eq!(of(io::Error::new(io::ErrorKind::InvalidData, certificate)), expected);
    }
}
