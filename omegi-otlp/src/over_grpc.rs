//! OTLP over gRPC: a unary call of one service ([gRPC over HTTP/2], [OTLP/gRPC]).
//!
//! [gRPC over HTTP/2]: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
//! [OTLP/gRPC]: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc

use std::time::Duration;

use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine as _};

use crate::protobuf::{all_bytes_at, bytes_at, number_at};
use crate::retries::retry_info_delay;
use crate::send_error::SendError;
use crate::size_errors::speaks_of_size;
use crate::transport::Answer;
use crate::{over_http, partial_success};

/// The type of the bodies.
pub(crate) const CONTENT_TYPE: &str = "application/grpc";

/// The length of the prefix of a message, in bytes: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// The Base64 of binary headers: with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The names of the statuses, by their numbers.
const STATUSES: [&str; 17] = [
    "Ok",
    "Cancelled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
];

/// Returns the body of a request that carries the message.
pub(crate) fn frame(message: &[u8], is_compressed: bool) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&[u8::from(is_compressed)], &length.to_be_bytes()[..], message].concat()
}

/// Returns the meaning of an answer.
pub(crate) fn outcome(answer: &Answer) -> Result<(), SendError> {
    if answer.status != 200 || answer.is("text/html") {
        return over_http::outcome(answer);
    }
    let Some(status) = answer.header("grpc-status").and_then(|status| status.parse().ok()) else {
        return Err(SendError::Misdirected("no gRPC".to_owned()));
    };
    if status == 0 { partial_success::in_protobuf(message(&answer.body)) } else { Err(error(status, answer)) }
}

/// Returns the message in a body; nothing if the body holds no uncompressed message.
fn message(body: &[u8]) -> &[u8] {
    match body.split_at_checked(PREFIX) {
        Some((&[0, ..], message)) => message,
        _ => &[],
    }
}

fn error(status: usize, answer: &Answer) -> SendError {
    let name = STATUSES.get(status).copied().unwrap_or("Unknown");
    let message = answer.header("grpc-message").unwrap_or_default();
    let message = percent_encoding::percent_decode_str(message).decode_utf8_lossy();
    let status = if message.is_empty() { format!("gRPC {name}") } else { format!("gRPC {name}: {message}") };
    match (name, retry_info(answer)) {
        ("Unauthenticated" | "PermissionDenied", _) => SendError::Unauthorized(status),
        (name, None) if !is_passing(name) && speaks_of_size(&message) => SendError::TooLarge(status),
        (name, retry_after) if is_passing(name) => SendError::Busy { status, retry_after },
        ("OutOfRange", retry_after) | ("ResourceExhausted", retry_after @ Some(_)) => {
            SendError::Busy { status, retry_after }
        }
        // The specification calls this final. But a quota that is used up has room again later, and
        // a request that is too large without a word about its size can be sent in parts.
        ("ResourceExhausted", None) => SendError::Exhausted(status),
        ("Unimplemented" | "NotFound", _) => SendError::Misdirected(status),
        _ => SendError::Refused(status),
    }
}

/// Returns whether the status has to do with the moment, whatever its message says.
fn is_passing(status: &str) -> bool {
    matches!(status, "Cancelled" | "DeadlineExceeded" | "Aborted" | "Unavailable" | "DataLoss")
}

/// Returns the delay of the `google.rpc.RetryInfo` among the details of the status.
fn retry_info(answer: &Answer) -> Option<Duration> {
    let status = BASE64.decode(answer.header("grpc-status-details-bin")?).ok()?;
    all_bytes_at(&status, 3).find_map(delay)
}

/// Returns the delay of a `google.protobuf.Any` that holds a `RetryInfo`.
fn delay(any: &[u8]) -> Option<Duration> {
    bytes_at(any, 1).filter(|url| url.ends_with(b"google.rpc.RetryInfo"))?;
    let delay = bytes_at(bytes_at(any, 2)?, 1)?;
    Some(retry_info_delay(number_at(delay, 1).unwrap_or(0), number_at(delay, 2).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)]) -> Answer {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Answer { status, headers, ..Answer::default() }
    }

    /// A status with a `RetryInfo` of 2.5 s, as `googleapis-common-protos` of Python writes it.
    const DETAILS: &str =
        "CAgSBGZ1bGwaNgoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIKCggIAhCAyrXuAQ";

    #[test]
    fn the_statuses_of_the_specification_and_an_unexplained_exhaustion_are_retryable() {
        let retryable = |details: &[(&'static str, &str)]| {
            let outcome_of = |status: usize| {
                outcome(&answer(200, &[&[("grpc-status", &*status.to_string())], details].concat()))
            };
            let is_retryable = |status: &usize| outcome_of(*status).is_err_and(|it| it.is_temporary());
            (0..20).filter(is_retryable).map(|status| STATUSES[status]).collect::<Vec<_>>()
        };
        let expected = [
            "Cancelled",
            "DeadlineExceeded",
            "ResourceExhausted",
            "Aborted",
            "OutOfRange",
            "Unavailable",
            "DataLoss",
        ];
        assert_eq!(retryable(&[]), expected);
        assert_eq!(retryable(&[("grpc-status-details-bin", DETAILS)]), expected);
    }

    #[test]
    fn statuses_that_do_not_pass_may_speak_of_the_size() {
        let message = ("grpc-message", "received%20message%20larger%20than%20max");
        for status in ["2", "3", "8", "9", "11", "13"] {
            let error = outcome(&answer(200, &[("grpc-status", status), message])).unwrap_err();
            assert!(matches!(&error, SendError::TooLarge(_)), "{error:?}");
        }
        for status in ["1", "4", "10", "14", "15"] {
            assert!(outcome(&answer(200, &[("grpc-status", status), message])).unwrap_err().is_temporary());
        }
        let asked = [("grpc-status", "8"), message, ("grpc-status-details-bin", DETAILS)];
        let delay = outcome(&answer(200, &asked)).unwrap_err().retry_after();
        assert_eq!(delay, Some(Duration::from_millis(2_500)));
        let quota = outcome(&answer(200, &[("grpc-status", "8"), ("grpc-message", "quota")])).unwrap_err();
        assert_eq!(quota, SendError::Exhausted("gRPC ResourceExhausted: quota".to_owned()));
        assert_eq!(error_of_page(), SendError::TooLarge("HTTP 413".to_owned()));
    }

    /// Returns the error of a proxy's page before a backend.
    fn error_of_page() -> SendError {
        outcome(&answer(413, &[("content-type", "text/html")])).unwrap_err()
    }

    #[test]
    fn retry_info_is_read() {
        let busy = answer(200, &[("grpc-status", "14"), ("grpc-status-details-bin", DETAILS)]);
        assert_eq!(retry_info(&busy), Some(Duration::from_millis(2_500)));
        for nonsense in ["", "CAgSBGZ1bGwaMwoo", "////", "!"] {
            let busy = answer(200, &[("grpc-status", "14"), ("grpc-status-details-bin", nonsense)]);
            assert_eq!(retry_info(&busy), None);
        }
    }

    #[test]
    fn messages_are_percent_decoded() {
        let refused = outcome(&answer(200, &[("grpc-status", "3"), ("grpc-message", "bad%20span")]));
        assert_eq!(refused, Err(SendError::Refused("gRPC InvalidArgument: bad span".to_owned())));
    }

    #[test]
    fn answers_without_grpc_are_distinguished() {
        let error = |status, headers: &[_]| outcome(&answer(status, headers)).unwrap_err();
        assert_eq!(error(200, &[]), SendError::Misdirected("no gRPC".to_owned()));
        let page = error(200, &[("content-type", "text/html")]);
        assert_eq!(page, SendError::WebPage("HTTP 200 and a web page".to_owned()));
        assert_eq!(error(404, &[]), SendError::Misdirected("HTTP 404".to_owned()));
        assert!(error(503, &[]).is_temporary());
    }
}
