//! Requests that a receiver took without a part of their items.
//!
//! An `ExportTraceServiceResponse` and the responses for other signals have the same fields. A
//! response without rejected items succeeds: its message is a warning to the receiver's operator.

use crate::json::text_at;
use crate::protobuf::{bytes_at, number_at};
use crate::send_error::SendError;

/// The names of the number of rejected items, by signal.
const REJECTED: [&str; 2] = ["rejectedSpans", "rejectedDataPoints"];

/// Reads a response in protobuf. Bytes that are no response reject nothing.
pub(crate) fn in_protobuf(response: &[u8]) -> Result<(), SendError> {
    let partial = bytes_at(response, 1).unwrap_or_default();
    let items = number_at(partial, 1).map_or(0, u64::cast_signed);
    let reason = || String::from_utf8_lossy(bytes_at(partial, 2).unwrap_or_default()).into_owned();
    rejection(items, reason)
}

/// Reads a response in JSON. Text that is no response rejects nothing.
pub(crate) fn in_json(response: &[u8]) -> Result<(), SendError> {
    let field = |name| text_at(response, &["partialSuccess", name]);
    let items = REJECTED.into_iter().find_map(field).and_then(|number| number.parse().ok()).unwrap_or(0);
    rejection(items, || field("errorMessage").unwrap_or_default())
}

fn rejection(items: i64, reason: impl FnOnce() -> String) -> Result<(), SendError> {
    match u64::try_from(items) {
        Ok(items @ 1..) => Err(SendError::PartlyRejected { items, reason: reason() }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(items: u64, reason: &str) -> Result<(), SendError> {
        Err(SendError::PartlyRejected { items, reason: reason.to_owned() })
    }

    #[test]
    fn rejected_items_are_read_from_protobuf() {
        assert_eq!(in_protobuf(b"\x0a\x07\x08\x03\x12\x03old"), rejected(3, "old"));
        for bytes in [&b""[..], b"OK", b"<html>", &[0x0a, 0x7f], &[0x0a, 4, 8, 0xff, 0xff]] {
            assert_eq!(in_protobuf(bytes), Ok(()));
        }
    }

    #[test]
    fn rejected_items_are_read_from_json() {
        for (body, outcome) in [
            (r#"{}"#, Ok(())),
            (r#"{"partialSuccess":{}}"#, Ok(())),
            (r#"{"partialSuccess":{"rejectedSpans":"0","errorMessage":"hm"}}"#, Ok(())),
            (
                r#"{"partialSuccess": {"errorMessage": "a \"b\"", "rejectedSpans": "3"}}"#,
                rejected(3, "a \"b\""),
            ),
            (r#"{"partialSuccess":{"rejectedDataPoints":"1"}}"#, rejected(1, "")),
            (r#"{"x":[{"partialSuccess":{}}],"partialSuccess":{"rejectedSpans":2}}"#, rejected(2, "")),
            (r#"{"partialSuccess":{"rejectedSpans":"#, Ok(())),
            ("nonsense", Ok(())),
        ] {
            assert_eq!(in_json(body.as_bytes()), outcome, "{body}");
        }
    }
}
