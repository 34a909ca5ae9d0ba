//! OTLP over gRPC: a unary call of one service, by hand ([gRPC over HTTP/2], [OTLP/gRPC]).
//!
//! [gRPC over HTTP/2]: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
//! [OTLP/gRPC]: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc

use std::time::Duration;

use crate::exporting::protobuf::{Field, Fields};
use crate::vocabulary::percent::octets;

use super::base64;
use super::failure::Failure;
use super::over_http;
use super::response::{partial_success, protobuf_text};
use super::retrying::retry_delay;
use super::transport::Answer;

/// What the body of a request is.
pub(super) const CONTENT_TYPE: &str = "application/grpc";

/// The bytes before a message: whether it is compressed, and its length.
const PREFIX: usize = 5;

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

/// A message as the body of a request carries it.
pub(super) fn frame(message: &[u8], compressed: bool) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&[u8::from(compressed)], &length.to_be_bytes()[..], message].concat()
}

/// What the answer means.
pub(super) fn judge(answer: &Answer) -> Result<(), Failure> {
    if answer.status != 200 || answer.is("text/html") {
        return over_http::judge(answer);
    }
    let Some(status) = answer.header("grpc-status").and_then(|status| status.parse().ok()) else {
        return Err(Failure::Misdirected("no gRPC".to_owned()));
    };
    if status == 0 { partial_success(message(&answer.body)) } else { Err(failure(status, answer)) }
}

/// The message in a body; nothing where there is none that can be read.
fn message(body: &[u8]) -> &[u8] {
    match body.split_at_checked(PREFIX) {
        Some((&[0, ..], message)) => message,
        _ => &[],
    }
}

fn failure(status: usize, answer: &Answer) -> Failure {
    let name = STATUSES.get(status).copied().unwrap_or("Unknown");
    let told = match said(answer) {
        Some(message) => format!("gRPC {name}: {message}"),
        None => format!("gRPC {name}"),
    };
    match (name, wish(answer)) {
        ("Cancelled" | "DeadlineExceeded" | "Aborted" | "OutOfRange" | "Unavailable" | "DataLoss", after) => {
            Failure::Busy { status: told, after }
        }
        ("ResourceExhausted", after @ Some(_)) => Failure::Busy { status: told, after },
        // Without a wish to be asked again it is the size of the request that is too much, as a rule.
        ("ResourceExhausted", None) => Failure::TooLarge(told),
        ("Unauthenticated" | "PermissionDenied", _) => Failure::Unauthorized(told),
        ("Unimplemented" | "NotFound", _) => Failure::Misdirected(told),
        _ => Failure::Refused(told),
    }
}

fn said(answer: &Answer) -> Option<String> {
    let message: Vec<u8> = octets(answer.header("grpc-message")?).map_while(|octet| octet).collect();
    (!message.is_empty()).then(|| protobuf_text(&message))
}

/// How long the backend asks to be left alone: the `google.rpc.RetryInfo` in the status's details.
fn wish(answer: &Answer) -> Option<Duration> {
    let status = base64::decode(answer.header("grpc-status-details-bin")?)?;
    let details = Fields(&status).flatten().filter(|(number, _)| *number == 3);
    details.filter_map(|(_, any)| bytes(any)).find_map(retry_info)
}

/// The delay of a `google.protobuf.Any` that holds a `RetryInfo`.
fn retry_info(any: &[u8]) -> Option<Duration> {
    let part =
        |wanted| Fields(any).flatten().find(|(number, _)| *number == wanted).and_then(|it| bytes(it.1));
    part(1).filter(|url| url.ends_with(b"google.rpc.RetryInfo"))?;
    let delay = Fields(part(2).unwrap_or_default()).flatten().find_map(|(_, delay)| bytes(delay))?;
    let number = |wanted| {
        Fields(delay).flatten().find_map(|(number, value)| match value {
            Field::Number(value) if number == wanted => Some(value),
            _ => None,
        })
    };
    Some(retry_delay(number(1).unwrap_or(0), number(2).unwrap_or(0)))
}

const fn bytes(field: Field<'_>) -> Option<&[u8]> {
    match field {
        Field::Bytes(bytes) => Some(bytes),
        Field::Number(_) => None,
    }
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
    fn exactly_the_statuses_of_the_specification_are_retryable() {
        let retryable = |details: &[(&'static str, &str)]| {
            let judged = |status: usize| {
                judge(&answer(200, &[&[("grpc-status", &*status.to_string())], details].concat()))
            };
            let is_retryable = |status: &usize| judged(*status).is_err_and(|it| it.retry().is_some());
            (0..20).filter(is_retryable).map(|status| STATUSES[status]).collect::<Vec<_>>()
        };
        let always = ["Cancelled", "DeadlineExceeded", "Aborted", "OutOfRange", "Unavailable", "DataLoss"];
        assert_eq!(retryable(&[]), always);
        let mut when_asked = always.to_vec();
        when_asked.insert(2, "ResourceExhausted");
        assert_eq!(retryable(&[("grpc-status-details-bin", DETAILS)]), when_asked);
    }

    #[test]
    fn retry_info_is_read() {
        let busy = answer(200, &[("grpc-status", "14"), ("grpc-status-details-bin", DETAILS)]);
        assert_eq!(wish(&busy), Some(Duration::from_millis(2_500)));
        for nonsense in ["", "CAgSBGZ1bGwaMwoo", "////", "!"] {
            let busy = answer(200, &[("grpc-status", "14"), ("grpc-status-details-bin", nonsense)]);
            assert_eq!(wish(&busy), None);
        }
    }

    #[test]
    fn messages_are_percent_decoded() {
        let refused = judge(&answer(200, &[("grpc-status", "3"), ("grpc-message", "bad%20span")]));
        assert_eq!(refused, Err(Failure::Refused("gRPC InvalidArgument: bad span".to_owned())));
    }

    #[test]
    fn what_speaks_no_grpc_is_told_apart() {
        let said = |status, headers: &[_]| judge(&answer(status, headers)).unwrap_err();
        assert_eq!(said(200, &[]), Failure::Misdirected("no gRPC".to_owned()));
        let page = said(200, &[("content-type", "text/html")]);
        assert_eq!(page, Failure::Intercepted("HTTP 200 and a web page".to_owned()));
        assert_eq!(said(404, &[]), Failure::Misdirected("HTTP 404".to_owned()));
        assert!(said(503, &[]).retry().is_some());
    }
}
