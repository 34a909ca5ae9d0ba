//! Answers two requests, of which the caller has sampled one, and begins a flow of its own; prints
//! which are kept.

use omegi::{ExportError, Exporter, Flow, SpanId, TraceContext, TraceId};

#[omegi::traced]
fn answer(request: u64) -> u64 {
    std::hint::black_box(request).wrapping_add(1)
}

struct Prints;

impl Exporter for Prints {
    fn name(&self) -> &'static str {
        "prints"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        for flow in flows {
            let came = flow.root().is_some_and(|root| root.parent_span_id.is_some());
            println!("{}", if came { flow.trace_id.to_string() } else { "own".to_owned() });
        }
        Ok(())
    }
}

fn main() {
    let _omegi = omegi::builder().exporter(Prints).init();
    for (number, sampled) in [(1, true), (2, false)] {
        // The highest of all ids: only a rate of 1 keeps it.
        let trace_id = TraceId::from_u128((u128::from(number) << 64) | u128::from(u64::MAX));
        let came =
            TraceContext { trace_id, span_id: SpanId::from_u64(number), sampled, ..TraceContext::default() };
        omegi::in_trace(came, move || answer(number))();
    }
    answer(3);
}
