//! What this process says to others of the flow that it works on, and what it hears from them, in the formats that
//! `OTEL_PROPAGATORS` names.

use crate::recording::span::active;

use crate::recording::policy;
use crate::vocabulary::TraceContext;

use super::headers::{Headers, HeadersMut, extract_with, inject_with, kept_response, says_kept};
use super::user_code::call_user_code;

/// The trace that a request or message belongs to, as its headers say in one of the formats that `OTEL_PROPAGATORS` names; `None`
/// where they say nothing that can be used, or omegi is not started. [`in_trace`](crate::in_trace) goes on with it.
///
/// ```
/// # use std::collections::HashMap;
/// let header = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
/// let headers = HashMap::from([(header.0.to_owned(), header.1.to_owned())]);
/// if let Some(came) = omegi_runtime::propagation::extract(&headers) {
///     assert_eq!(came.span_id.to_string(), "00f067aa0ba902b7");
/// }
/// ```
#[must_use]
pub fn extract(headers: &dyn Headers) -> Option<TraceContext> {
    let propagators = &policy::get()?.propagators;
    call_user_code(|| extract_with(propagators, headers)).flatten()
}

/// Writes into the headers of a request or message which span sends it, in all formats that `OTEL_PROPAGATORS` names. Outside of all
/// flows it writes nothing.
///
/// ```
/// # use std::collections::HashMap;
/// let mut headers: HashMap<String, String> = HashMap::new();
/// omegi_runtime::propagation::inject(&mut headers);
/// ```
pub fn inject(headers: &mut dyn HeadersMut) {
    if let (Some(policy), Some(context)) = (policy::get(), active::context()) {
        call_user_code(|| inject_with(&policy.propagators, &context, headers));
    }
}

/// Writes into the headers of a response that the flow at work is kept because of an error, if that is so: then the services
/// that the request came through keep their parts too.
pub fn tell_kept(headers: &mut dyn HeadersMut) {
    if let Some(context) = active::must_keep().then(active::context).flatten() {
        call_user_code(|| headers.add("server-timing", &kept_response(context.trace_id, context.span_id)));
    }
}

/// Reads in the headers of a response whether the service that answered keeps its part of the trace because of an error: then the
/// flow at work is kept too. Returns whether it said so.
pub fn hear_kept(headers: &dyn Headers) -> bool {
    let Some(context) = active::context() else { return false };
    let said = call_user_code(|| says_kept(headers)).flatten();
    let kept = said.is_some_and(|(trace, _)| trace == context.trace_id);
    if kept {
        active::keep();
    }
    kept
}
