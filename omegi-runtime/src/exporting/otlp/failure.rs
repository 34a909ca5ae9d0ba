//! Why a request failed, and what to do about it.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::exporting::clean::message;

/// Why a request failed. Statuses are named as their protocol does: `HTTP 503`, `gRPC Unavailable`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The port is closed.
    NobodyListens,
    /// The host's name is unknown.
    UnknownHost,
    /// There was no answer in time.
    TimedOut,
    /// The backend wants other credentials.
    Unauthorized(String),
    /// Something answered that takes no spans.
    Misdirected(String),
    /// The backend takes no requests of this size.
    TooLarge(String),
    /// The backend is overloaded or down for now.
    Busy(String),
    /// The backend refused for a reason of its own.
    Refused(String),
    /// The backend took the others, but not these.
    Rejected { spans: i64, reason: String },
    /// The connection broke.
    Broken(String),
}

impl Failure {
    /// Whether the same request may succeed later: as OTLP's specification says of answers, and wherever there was none.
    pub(super) const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::NobodyListens | Self::UnknownHost | Self::TimedOut | Self::Busy(_) | Self::Broken(_)
        )
    }

    /// What an HTTP status other than success means.
    pub(super) fn of_status(status: u16) -> Self {
        let name = format!("HTTP {status}");
        match status {
            401 | 403 => Self::Unauthorized(name),
            404 | 405 | 415 => Self::Misdirected(name),
            413 => Self::TooLarge(name),
            429 | 502 | 503 | 504 => Self::Busy(name),
            _ => Self::Refused(name),
        }
    }

    /// What it means that no response came.
    pub(super) fn of_connection(error: &(dyn Error + 'static)) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self::of_text(&text)
    }

    /// What the gRPC exporter's error means, of which nothing but the text is known:
    /// `… failed with gRPC code: Unavailable: transport error: tcp connect error: …`.
    pub(super) fn of_grpc(text: &str) -> Self {
        let (_, answer) = text.split_once("gRPC code: ").unwrap_or(("", text));
        match answer.split_once(": ") {
            Some((_, cause)) => Self::of_text(cause),
            None => Self::of_code(answer),
        }
    }

    fn of_code(code: &str) -> Self {
        let name = format!("gRPC {code}");
        match code {
            "Unauthenticated" | "PermissionDenied" => Self::Unauthorized(name),
            "Unimplemented" | "NotFound" => Self::Misdirected(name),
            "OutOfRange" => Self::TooLarge(name),
            "Unavailable" | "ResourceExhausted" => Self::Busy(name),
            "DeadlineExceeded" | "Cancelled" => Self::TimedOut,
            _ => Self::Refused(name),
        }
    }

    fn of_text(causes: &str) -> Self {
        let says = |words: &[&str]| words.iter().any(|word| causes.contains(word));
        if says(&["refused"]) {
            Self::NobodyListens
        } else if says(&["dns error", "failed to lookup"]) {
            Self::UnknownHost
        } else if says(&["deadline has elapsed", "Timeout expired", "timed out"]) {
            Self::TimedOut
        } else {
            Self::Broken(causes.to_owned())
        }
    }
}

/// A failure in one line, with what to do about it.
pub(super) struct Remedies<'a> {
    /// What happened.
    pub(super) failure: &'a Failure,
    /// Where, without credentials.
    pub(super) endpoint: &'a str,
    /// How long was waited.
    pub(super) timeout: Duration,
}

impl fmt::Display for Remedies<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { failure, endpoint, timeout } = self;
        match failure {
            Failure::NobodyListens => write!(
                f,
                "nobody listens at {endpoint} (connection refused): start a collector or set \
                 OTEL_EXPORTER_OTLP_ENDPOINT"
            ),
            Failure::UnknownHost => {
                write!(f, "the host of {endpoint} is unknown: correct OTEL_EXPORTER_OTLP_ENDPOINT")
            }
            Failure::TimedOut => write!(
                f,
                "{endpoint} did not answer within {timeout:?}: see whether the collector is well, or raise \
                 OTEL_EXPORTER_OTLP_TIMEOUT"
            ),
            Failure::Unauthorized(status) => write!(
                f,
                "{endpoint} does not accept the credentials ({status}): set OMEGI_TOKEN or OTEL_EXPORTER_OTLP_HEADERS"
            ),
            Failure::Misdirected(status) => write!(
                f,
                "{endpoint} takes no spans ({status}): correct OTEL_EXPORTER_OTLP_ENDPOINT or \
                 OTEL_EXPORTER_OTLP_PROTOCOL"
            ),
            Failure::TooLarge(status) => {
                write!(
                    f,
                    "the request was too large for {endpoint} ({status}): lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
                )
            }
            Failure::Busy(status) => {
                write!(f, "{endpoint} cannot take spans now ({status}): see whether the collector is well")
            }
            Failure::Refused(status) => {
                write!(f, "{endpoint} refused the spans ({status}): see the collector's log")
            }
            Failure::Rejected { spans, reason } => {
                write!(f, "{endpoint} rejected {spans} spans: {}", message(reason))
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
    fn grpc_errors_are_told_apart_by_their_text() {
        let of =
            |rest: &str| Failure::of_grpc(&format!("TonicTracesClient export failed with gRPC code: {rest}"));
        let refused = "Unavailable: transport error: tcp connect error: Connection refused (os error 111)";
        let unknown = "Unavailable: transport error: dns error: failed to lookup address information";
        assert_eq!(of(refused), Failure::NobodyListens);
        assert_eq!(of(unknown), Failure::UnknownHost);
        assert_eq!(of("Cancelled: Timeout expired"), Failure::TimedOut);
        assert_eq!(of("Internal: h2 protocol error"), Failure::Broken("h2 protocol error".to_owned()));
        assert_eq!(of("Unauthenticated"), Failure::Unauthorized("gRPC Unauthenticated".to_owned()));
        assert_eq!(of("Unavailable"), Failure::Busy("gRPC Unavailable".to_owned()));
        assert_eq!(of("Internal"), Failure::Refused("gRPC Internal".to_owned()));
    }

    #[test]
    fn every_failure_is_one_line_with_the_endpoint() {
        let status = || "HTTP 500".to_owned();
        for failure in [
            Failure::NobodyListens,
            Failure::UnknownHost,
            Failure::TimedOut,
            Failure::Unauthorized(status()),
            Failure::Misdirected(status()),
            Failure::TooLarge(status()),
            Failure::Busy(status()),
            Failure::Refused(status()),
            Failure::Rejected { spans: 3, reason: "too\nold".to_owned() },
            Failure::Broken("connection\nclosed".to_owned()),
        ] {
            let said =
                Remedies { failure: &failure, endpoint: "http://host", timeout: Duration::from_secs(10) }
                    .to_string();
            assert!(said.contains("http://host") && said.lines().count() == 1, "{said}");
        }
    }
}
