//! The answers of a segment's SERVER spans, as the conventions describe them on the span.

use crate::recording::data::record::SpanRef;
use crate::recording::data::updates::RecordedUpdate;
use crate::vocabulary::{Attribute, Value};

/// The answer of a server to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It blames the caller: HTTP 4xx, or a code of gRPC that is no error of a server.
    ClientError,
    /// The server failed: HTTP 5xx, or another code of gRPC.
    ServerError,
    /// It reports no error.
    Success,
}

/// The attributes that hold a status of HTTP; the second one is the conventions' former name.
const HTTP: [&str; 2] = ["http.response.status_code", "http.status_code"];

/// The attributes that hold a code of gRPC; the second one is the conventions' former name.
const GRPC: [&str; 2] = ["rpc.response.status_code", "rpc.grpc.status_code"];

/// The codes of gRPC that are errors of a server, by number and name
/// (<https://opentelemetry.io/docs/specs/semconv/rpc/grpc/>).
const SERVER_ERRORS: [(i64, &str); 6] = [
    (2, "UNKNOWN"),
    (4, "DEADLINE_EXCEEDED"),
    (12, "UNIMPLEMENTED"),
    (13, "INTERNAL"),
    (14, "UNAVAILABLE"),
    (15, "DATA_LOSS"),
];

impl Answer {
    /// Returns the answer that the updates of `span` describe, if there is one. The last counts.
    pub(crate) fn of(span: SpanRef, updates: &[RecordedUpdate]) -> Option<Self> {
        updates
            .iter()
            .rev()
            .filter(|update| update.span == span)
            .find_map(|update| update.update.attribute().and_then(Self::in_attribute))
    }

    fn in_attribute(Attribute { key, value }: &Attribute) -> Option<Self> {
        if HTTP.contains(&&**key) {
            return Some(Self::of_http(number(value)?));
        }
        GRPC.contains(&&**key).then(|| Self::of_grpc(value))
    }

    fn of_http(status: i64) -> Self {
        match status {
            400..500 => Self::ClientError,
            500.. => Self::ServerError,
            _ => Self::Success,
        }
    }

    fn of_grpc(code: &Value) -> Self {
        let (number, name) = (number(code), code.to_string());
        let is = |it: i64, called: &str| number == Some(it) || name.eq_ignore_ascii_case(called);
        if is(0, "OK") {
            Self::Success
        } else if SERVER_ERRORS.iter().any(|(number, name)| is(*number, name)) {
            Self::ServerError
        } else {
            Self::ClientError
        }
    }
}

/// Returns the number that a value holds, also as text: fields of `tracing` may be either.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::I64(number) => Some(*number),
        Value::Str(text) => text.parse().ok(),
        Value::Bool(_) | Value::F64(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::data::updates::SpanUpdate;

    fn answer(key: &'static str, value: impl Into<Value>) -> Option<Answer> {
        let update = SpanUpdate::Attribute(Attribute::new(key, value));
        Answer::of(0, &[RecordedUpdate { span: 0, update }])
    }

    #[test]
    fn a_status_of_http_blames_the_caller_from_400_and_the_server_from_500() {
        for (status, expected) in [
            (200, Answer::Success),
            (399, Answer::Success),
            (400, Answer::ClientError),
            (404, Answer::ClientError),
            (499, Answer::ClientError),
            (500, Answer::ServerError),
            (503, Answer::ServerError),
        ] {
            assert_eq!(answer("http.response.status_code", status), Some(expected));
            assert_eq!(answer("http.status_code", status.to_string()), Some(expected));
        }
        assert_eq!(answer("http.route", 404), None);
        assert_eq!(answer("http.response.status_code", "none"), None);
    }

    #[test]
    fn a_code_of_grpc_blames_the_server_as_the_conventions_say() {
        let blames = |code: i64| answer("rpc.grpc.status_code", code).unwrap();
        assert_eq!(blames(0), Answer::Success);
        let servers: Vec<_> = (1..17).filter(|code| blames(*code) == Answer::ServerError).collect();
        assert_eq!(servers, [2, 4, 12, 13, 14, 15]);
        for (name, expected) in [
            ("OK", Answer::Success),
            ("NOT_FOUND", Answer::ClientError),
            ("CANCELLED", Answer::ClientError),
            ("RESOURCE_EXHAUSTED", Answer::ClientError),
            ("DEADLINE_EXCEEDED", Answer::ServerError),
        ] {
            assert_eq!(answer("rpc.response.status_code", name), Some(expected), "{name}");
        }
    }

    #[test]
    fn the_last_answer_of_the_span_counts() {
        let status = |span, status: i64| RecordedUpdate {
            span,
            update: SpanUpdate::Attribute(Attribute::new("http.response.status_code", status)),
        };
        let updates = [status(0, 404), status(0, 500), status(1, 404)];
        assert_eq!(Answer::of(0, &updates), Some(Answer::ServerError));
        assert_eq!(Answer::of(1, &updates), Some(Answer::ClientError));
        assert_eq!(Answer::of(2, &updates), None);
    }
}
