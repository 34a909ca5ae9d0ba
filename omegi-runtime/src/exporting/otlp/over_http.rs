//! OTLP over HTTP: protobuf or JSON in the body, success or not in the status ([OTLP/HTTP]).
//!
//! [OTLP/HTTP]: https://opentelemetry.io/docs/specs/otlp/#otlphttp

use std::time::SystemTime;

use crate::exporting::protobuf::{Field, Fields};

use super::failure::Failure;
use super::response::{json_member, json_text, partial_success, protobuf_text};
use super::retrying::retry_after;
use super::transport::Answer;

/// What the body of a request is, and of its answer.
pub(super) const PROTOBUF: &str = "application/x-protobuf";
/// The same, in JSON.
pub(super) const JSON: &str = "application/json";

/// What an answer calls the number of what was rejected.
const REJECTED: [&str; 2] = ["rejectedSpans", "rejectedDataPoints"];

/// What the answer means.
pub(super) fn judge(answer: &Answer) -> Result<(), Failure> {
    let status = format!("HTTP {}", answer.status);
    match answer.status {
        // What serves pages is no backend, whatever its status says; but it may stand in the place of one that comes back.
        200..=299 if answer.is("text/html") => Err(Failure::Intercepted(format!("{status} and a web page"))),
        200..=299 if answer.is(JSON) => rejection_in_json(&answer.body),
        // A body that is no OTLP response says nothing: the status does.
        200..=299 => partial_success(&answer.body),
        429 | 502 | 503 | 504 => Err(Failure::Busy { status: told(status, answer), after: wish(answer) }),
        401 | 403 => Err(Failure::Unauthorized(told(status, answer))),
        300..=399 | 404 | 405 | 415 => Err(Failure::Misdirected(status)),
        413 => Err(Failure::TooLarge(status)),
        _ => Err(Failure::Refused(told(status, answer))),
    }
}

fn wish(answer: &Answer) -> Option<std::time::Duration> {
    retry_after(answer.header("retry-after")?, SystemTime::now())
}

/// The status, and what the `google.rpc.Status` in the body says of it.
fn told(status: String, answer: &Answer) -> String {
    let message = if answer.is(JSON) {
        std::str::from_utf8(&answer.body).ok().and_then(|body| json_text(json_member(body, "message")?))
    } else if answer.is(PROTOBUF) {
        Fields(&answer.body).flatten().find_map(|(number, value)| match (number, value) {
            (2, Field::Bytes(text)) => Some(protobuf_text(text)),
            _ => None,
        })
    } else {
        None
    };
    match message.filter(|message| !message.is_empty()) {
        Some(message) => format!("{status}: {message}"),
        None => status,
    }
}

fn rejection_in_json(body: &[u8]) -> Result<(), Failure> {
    let rejection = || {
        let partial = json_member(std::str::from_utf8(body).ok()?, "partialSuccess")?;
        let count = REJECTED.into_iter().find_map(|name| json_member(partial, name))?;
        let items: i64 = count.trim_matches('"').parse().ok()?;
        let reason = json_member(partial, "errorMessage").and_then(json_text).unwrap_or_default();
        (items > 0).then_some(Failure::Rejected { items, reason })
    };
    rejection().map_or(Ok(()), Err)
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
    fn exactly_the_statuses_of_the_specification_are_retryable() {
        let retryable: Vec<_> = (100..600)
            .filter(|status| judge(&answer(*status, &[], "")).is_err_and(|it| it.retry().is_some()))
            .collect();
        assert_eq!(retryable, [429, 502, 503, 504]);
        assert!((200..300).all(|status| judge(&answer(status, &[], "")).is_ok()));
    }

    #[test]
    fn retry_after_is_read() {
        let busy = judge(&answer(503, &[("retry-after", "30")], "")).unwrap_err();
        assert_eq!(busy.retry().unwrap().after, Some(Duration::from_secs(30)));
        let busy = judge(&answer(503, &[("retry-after", "later")], "")).unwrap_err();
        assert_eq!(busy.retry().unwrap().after, None);
    }

    #[test]
    fn partial_success_in_json_is_read() {
        let json = &[("content-type", "application/json; charset=utf-8")];
        let rejected = |items, reason: &str| Err(Failure::Rejected { items, reason: reason.to_owned() });
        for (body, judged) in [
            (r#"{}"#, Ok(())),
            (r#"{"partialSuccess":{}}"#, Ok(())),
            (r#"{"partialSuccess":{"rejectedSpans":"0","errorMessage":"hm"}}"#, Ok(())),
            (
                r#"{"partialSuccess": {"errorMessage": "a \"b\"", "rejectedSpans": "3"}}"#,
                rejected(3, "a \"b\""),
            ),
            (r#"{"x":[{"partialSuccess":{}}],"partialSuccess":{"rejectedSpans":2}}"#, rejected(2, "")),
            (r#"{"partialSuccess":{"rejectedSpans":"#, Ok(())),
            ("nonsense", Ok(())),
        ] {
            assert_eq!(judge(&answer(200, json, body)), judged, "{body}");
        }
    }

    #[test]
    fn what_the_backend_says_of_an_error_is_told() {
        let json = [("content-type", "application/json")];
        let refused = judge(&answer(400, &json, r#"{"code":3,"message":"bad span"}"#));
        assert_eq!(refused, Err(Failure::Refused("HTTP 400: bad span".to_owned())));
        let protobuf = [("content-type", "application/x-protobuf")];
        let refused = judge(&answer(400, &protobuf, "\u{8}\u{3}\u{12}\u{3}bad"));
        assert_eq!(refused, Err(Failure::Refused("HTTP 400: bad".to_owned())));
    }

    #[test]
    fn a_web_page_is_no_success() {
        let page = judge(&answer(200, &[("content-type", "text/html")], "<html>"));
        assert_eq!(page, Err(Failure::Intercepted("HTTP 200 and a web page".to_owned())));
    }
}
