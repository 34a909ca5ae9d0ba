//! OTLP over HTTP: protobuf or JSON in the body, success or failure in the status ([OTLP/HTTP]).
//!
//! [OTLP/HTTP]: https://opentelemetry.io/docs/specs/otlp/#otlphttp

use std::time::SystemTime;

use crate::json::text_at;
use crate::partial_success;
use crate::protobuf::bytes_at;
use crate::retries::header_delay;
use crate::send_error::SendError;
use crate::size_errors::speaks_of_size;
use crate::transport::Answer;

/// The type of bodies in protobuf.
pub(crate) const PROTOBUF: &str = "application/x-protobuf";

/// The type of bodies in JSON.
pub(crate) const JSON: &str = "application/json";

/// The part of a body that is searched for a reason, in bytes.
const SEARCHED: usize = 4 << 10;

/// Returns the meaning of an answer.
pub(crate) fn outcome(answer: &Answer) -> Result<(), SendError> {
    let status = format!("HTTP {}", answer.status);
    match answer.status {
        // A server of web pages is no backend, but may stand in for one that comes back.
        200..=299 if answer.is("text/html") => Err(SendError::WebPage(format!("{status} and a web page"))),
        200..=299 if answer.is(JSON) => partial_success::in_json(&answer.body),
        200..=299 => partial_success::in_protobuf(&answer.body),
        429 | 502 | 503 | 504 => {
            let delay = |header| header_delay(header, SystemTime::now());
            let retry_after = answer.header("retry-after").and_then(delay);
            Err(SendError::Busy { status: with_message(status, answer), retry_after })
        }
        407 => Err(SendError::Proxy(with_message(status, answer))),
        401 | 403 => Err(SendError::Unauthorized(with_message(status, answer))),
        300..=399 | 404 | 405 | 415 => Err(SendError::Misdirected(status)),
        413 => Err(SendError::TooLarge(status)),
        400.. if says_too_large(&answer.body) => Err(SendError::TooLarge(with_message(status, answer))),
        _ => Err(SendError::Refused(with_message(status, answer))),
    }
}

/// Returns whether the beginning of a body, of any type, says that the request is too large.
fn says_too_large(body: &[u8]) -> bool {
    speaks_of_size(&String::from_utf8_lossy(&body[..body.len().min(SEARCHED)]))
}

/// Returns the status, with the message of a `google.rpc.Status` in the body.
fn with_message(status: String, answer: &Answer) -> String {
    let message = if answer.is(JSON) {
        text_at(&answer.body, &["message"])
    } else if answer.is(PROTOBUF) {
        bytes_at(&answer.body, 2).map(|text| String::from_utf8_lossy(text).into_owned())
    } else {
        None
    };
    match message.filter(|message| !message.is_empty()) {
        Some(message) => format!("{status}: {message}"),
        None => status,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderMap;

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Answer {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Answer { status, headers, body: body.to_owned().into() }
    }

    #[test]
    fn exactly_the_statuses_of_the_specification_are_retryable_and_a_proxys() {
        let retryable: Vec<_> = (100..600)
            .filter(|status| outcome(&answer(*status, &[], "")).is_err_and(|it| it.is_temporary()))
            .collect();
        assert_eq!(retryable, [407, 429, 502, 503, 504]);
        assert!((200..300).all(|status| outcome(&answer(status, &[], "")).is_ok()));
    }

    #[test]
    fn retry_after_is_read() {
        let busy = outcome(&answer(503, &[("retry-after", "30")], "")).unwrap_err();
        assert_eq!(busy.retry_after(), Some(Duration::from_secs(30)));
        let busy = outcome(&answer(503, &[("retry-after", "later")], "")).unwrap_err();
        assert_eq!(busy.retry_after(), None);
    }

    #[test]
    fn a_partial_success_is_read_by_the_type_of_the_body() {
        let rejected = |items| Err(SendError::PartlyRejected { items, reason: String::new() });
        let json = &[("content-type", "application/json; charset=utf-8")];
        let body = r#"{"partialSuccess":{"rejectedSpans":"2"}}"#;
        assert_eq!(outcome(&answer(200, json, body)), rejected(2));
        assert_eq!(outcome(&answer(200, &[], "\u{a}\u{2}\u{8}\u{3}")), rejected(3));
    }

    #[test]
    fn an_error_holds_the_message_of_the_backend() {
        let json = [("content-type", "application/json")];
        let refused = outcome(&answer(400, &json, r#"{"code":3,"message":"bad span"}"#));
        assert_eq!(refused, Err(SendError::Refused("HTTP 400: bad span".to_owned())));
        let protobuf = [("content-type", "application/x-protobuf")];
        let refused = outcome(&answer(400, &protobuf, "\u{8}\u{3}\u{12}\u{3}bad"));
        assert_eq!(refused, Err(SendError::Refused("HTTP 400: bad".to_owned())));
    }

    #[test]
    fn the_collectors_answer_to_a_large_body_is_one_about_the_size() {
        let text = "http: request body too large";
        let json = format!(r#"{{"code":3,"message":"{text}"}}"#);
        for (kind, body) in [("application/json", &*json), ("text/plain", text)] {
            let error = outcome(&answer(400, &[("content-type", kind)], body)).unwrap_err();
            assert!(matches!(&error, SendError::TooLarge(_)), "{error:?}");
        }
        assert!(matches!(outcome(&answer(503, &[], text)), Err(SendError::Busy { .. })));
        assert!(matches!(outcome(&answer(403, &[], text)), Err(SendError::Unauthorized(_))));
    }

    #[test]
    fn a_web_page_is_no_success() {
        let page = outcome(&answer(200, &[("content-type", "text/html")], "<html>"));
        assert_eq!(page, Err(SendError::WebPage("HTTP 200 and a web page".to_owned())));
    }
}
