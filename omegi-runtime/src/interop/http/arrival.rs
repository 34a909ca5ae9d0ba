//! Which trace a request belongs to that has come in.

use crate::recording::span::active;
use crate::recording::span::fork::Fork;
use crate::vocabulary::{CallSite, TraceContext};

use super::super::headers::Headers;
use super::super::passing::extract;

/// The span of a request goes on with the trace that its headers name. Where they name none, or the one that is at work here
/// (a layer inside of another, a client and a server in one process), its span is a call like any other.
pub(in super::super) fn arrival(site: &'static CallSite, headers: &dyn Headers) -> Fork {
    match extract(headers) {
        Some(came) if !is_at_work(&came) => Fork::remote(site, came),
        _ => Fork::call(site),
    }
}

fn is_at_work(came: &TraceContext) -> bool {
    active::context().is_some_and(|here| here.trace_id == came.trace_id)
}
