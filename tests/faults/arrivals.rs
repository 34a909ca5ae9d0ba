//! The flows that receivers took, for comparison with the flows that were made.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;

/// The flows that a receiver has taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrivals(Arc<Mutex<Received>>);

#[derive(Debug, Default)]
struct Received {
    requests: u64,
    /// The number of requests with a span that had arrived before.
    repeated: u64,
    /// The number of requests that were not taken, or taken without an answer.
    not_taken: u64,
    /// The key is the flow's id.
    traces: HashMap<Vec<u8>, Trace>,
}

#[derive(Debug, Default)]
struct Trace {
    /// The number of arrivals of each span, by its id.
    spans: HashMap<Vec<u8>, u32>,
    /// The messages of its errors.
    errors: Vec<String>,
    /// The time when it began, in nanoseconds since the epoch.
    began: u64,
}

impl Arrivals {
    /// Adds all spans of this request.
    pub(crate) fn take(&self, request: &ExportTraceServiceRequest) {
        let mut received = self.0.lock().unwrap();
        received.requests += 1;
        let mut is_repeated = false;
        for span in spans(request) {
            let trace = received.traces.entry(span.trace_id.clone()).or_default();
            if span.parent_span_id.is_empty() {
                trace.began = span.start_time_unix_nano;
            }
            let times = trace.spans.entry(span.span_id.clone()).or_default();
            is_repeated |= *times > 0;
            *times += 1;
            trace.errors.extend(errors(span));
        }
        received.repeated += u64::from(is_repeated);
    }

    /// Counts a request that is not taken, or not answered.
    pub(crate) fn refuse(&self) {
        self.0.lock().unwrap().not_taken += 1;
    }

    /// Returns the number of requests that were not taken, or taken without an answer.
    pub(crate) fn not_taken(&self) -> u64 {
        self.0.lock().unwrap().not_taken
    }

    /// Returns the number of received requests.
    pub(crate) fn requests(&self) -> u64 {
        self.0.lock().unwrap().requests
    }

    /// Returns the number of flows of which at least a part arrived.
    pub(crate) fn flows(&self) -> u64 {
        self.0.lock().unwrap().traces.len() as u64
    }

    /// Returns the number of whole flows: with four spans, or five for one with an error.
    pub(crate) fn whole_flows(&self) -> u64 {
        let is_whole = |trace: &&Trace| trace.spans.len() == if trace.errors.is_empty() { 4 } else { 5 };
        self.0.lock().unwrap().traces.values().filter(is_whole).count() as u64
    }

    /// Returns the number of received spans.
    pub(crate) fn spans(&self) -> u64 {
        self.0.lock().unwrap().traces.values().map(|trace| trace.spans.len() as u64).sum()
    }

    /// Returns the starts of the failed flows, and those of the others, both in order.
    pub(crate) fn begun(&self) -> (Vec<u64>, Vec<u64>) {
        let traces = &self.0.lock().unwrap().traces;
        let (failed, plain): (Vec<_>, _) = traces.values().partition(|trace| !trace.errors.is_empty());
        let [failed, plain] = [failed, plain].map(|traces| {
            let mut begun: Vec<u64> = traces.iter().map(|trace| trace.began).collect();
            begun.sort_unstable();
            begun
        });
        (failed, plain)
    }

    /// Returns the message of each error, with the number of spans of its flow.
    pub(crate) fn failed(&self) -> BTreeMap<String, usize> {
        let received = self.0.lock().unwrap();
        let errors = |trace: &Trace| {
            let spans = trace.spans.len();
            trace.errors.clone().into_iter().map(move |error| (error, spans))
        };
        received.traces.values().flat_map(errors).collect()
    }

    /// Asserts that no span came twice.
    pub(crate) fn assert_once(&self) {
        self.assert_repeated_at_most(0);
    }

    /// Asserts that at most so many requests held a span that had come before.
    pub(crate) fn assert_repeated_at_most(&self, allowed: u64) {
        let received = self.0.lock().unwrap();
        let Received { requests, repeated, .. } = *received;
        assert!(repeated <= allowed, "{repeated} of {requests} requests came again, {allowed} may");
    }
}

fn spans(request: &ExportTraceServiceRequest) -> impl Iterator<Item = &Span> {
    request.resource_spans.iter().flat_map(|resource| &resource.scope_spans).flat_map(|scope| &scope.spans)
}

/// Returns the messages of the errors that began in this span.
fn errors(span: &Span) -> impl Iterator<Item = String> {
    let attributes = span.events.iter().flat_map(|event| &event.attributes);
    attributes.filter(|attribute| attribute.key == "exception.message").filter_map(
        |attribute| match attribute.value.as_ref()?.value.as_ref()? {
            Value::StringValue(text) => Some(text.clone()),
            _ => None,
        },
    )
}
