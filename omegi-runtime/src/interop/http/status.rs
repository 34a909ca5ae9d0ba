//! What a span says of a response's status, and whether that is a failure: of a server from 500 on, of a client from 400 on.

use crate::recording::span::task::TaskSpan;

use super::say;

/// A server answers with `status`.
pub(in super::super) fn answered(span: &mut TaskSpan, status: u16) {
    describe(span, status, 500);
}

/// A client is answered with `status`.
pub(in super::super) fn received(span: &mut TaskSpan, status: u16) {
    describe(span, status, 400);
}

fn describe(span: &mut TaskSpan, status: u16, failures_from: u16) {
    say(span, "http.response.status_code", u32::from(status));
    if status >= failures_from {
        say(span, "error.type", status.to_string());
        span.fail_quietly();
    }
}
