//! The active flow in the headers of requests and responses, in the formats that `OTEL_PROPAGATORS`
//! names.

use crate::recording::span::active;

use crate::recording::policy;
use crate::vocabulary::TraceContext;

use super::headers::{Headers, HeadersMut, extract_with, inject_with, kept_response, says_kept};
use super::user_code::call_user_code;

/// Reads the trace of a request or message from its headers, in the formats that `OTEL_PROPAGATORS`
/// names. [`in_trace`](crate::in_trace) continues it. Returns `None` where the headers name none,
/// and before `init`.
///
/// ```
/// # use omegi_runtime as omegi;
/// # use std::collections::HashMap;
/// let header = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
/// let headers = HashMap::from([(header.0.to_owned(), header.1.to_owned())]);
/// if let Some(came) = omegi::propagation::extract(&headers) {
///     assert_eq!(came.span_id.to_string(), "00f067aa0ba902b7");
/// }
/// ```
#[must_use]
pub fn extract(headers: &dyn Headers) -> Option<TraceContext> {
    let propagators = &policy::get()?.settings.propagators;
    call_user_code(|| extract_with(propagators, headers)).flatten()
}

/// Writes the active span into the headers of a request or message, in all formats that
/// `OTEL_PROPAGATORS` names. Writes nothing outside of all flows.
///
/// ```
/// # use omegi_runtime as omegi;
/// # use std::collections::HashMap;
/// let mut headers: HashMap<String, String> = HashMap::new();
/// omegi::propagation::inject(&mut headers);
/// ```
pub fn inject(headers: &mut dyn HeadersMut) {
    if let (Some(policy), Some(context)) = (policy::get(), active::context()) {
        call_user_code(|| inject_with(&policy.settings.propagators, &context, headers));
    }
}

/// Writes into the headers of a response that the active flow is kept because of an error or on
/// request, if it is: then the services that the request came through keep their parts too.
///
/// ```
/// # use omegi_runtime as omegi;
/// # use std::collections::HashMap;
/// let mut headers: HashMap<String, String> = HashMap::new();
/// omegi::propagation::tell_kept(&mut headers);
/// assert!(headers.is_empty()); // no flow is active here
/// ```
pub fn tell_kept(headers: &mut dyn HeadersMut) {
    if let Some(context) = active::must_keep().then(active::context).flatten() {
        call_user_code(|| headers.add("server-timing", &kept_response(context.trace_id, context.span_id)));
    }
}

/// Reads in the headers of a response whether the service that answered keeps its part of the trace
/// because of an error. If so, keeps the active flow too, and returns `true`.
///
/// The flows that each called service keeps are limited as those with one kind of error are
/// (`OMEGI_ERROR_LIMIT`).
///
/// ```
/// # use omegi_runtime as omegi;
/// # use std::collections::HashMap;
/// let headers: HashMap<String, String> = HashMap::new();
/// assert!(!omegi::propagation::hear_kept(&headers));
/// ```
pub fn hear_kept(headers: &dyn Headers) -> bool {
    let Some(context) = active::context() else { return false };
    let reported = call_user_code(|| says_kept(headers)).flatten();
    let kept = reported.is_some_and(|(trace, _)| trace == context.trace_id);
    if kept {
        active::note_upstream();
    }
    kept
}
