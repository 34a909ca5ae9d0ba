//! Secrets in the attributes, events and states of OpenTelemetry's spans.

#[path = "../../omegi-runtime/src/collecting/scrubbing/forms.rs"]
mod forms;

use forms::{FORMS, SPOKEN};
use opentelemetry::trace::{Span as _, Status, Tracer as _};
use opentelemetry::{KeyValue, global};

#[test]
fn no_form_of_a_secret_leaves_by_a_span() {
    let texts = || FORMS.iter().map(|(text, _)| *text).chain(SPOKEN.iter().copied());
    let flows = omegi_tests::flows_of(move || {
        for text in texts() {
            let mut span = global::tracer("library").start(format!("row: {text}"));
            span.set_attribute(KeyValue::new("text", text));
            span.set_attribute(KeyValue::new("password", "hunter2"));
            span.add_event(text, vec![KeyValue::new("text", text)]);
            span.set_status(Status::error(text));
        }
    });
    assert_eq!(flows.len(), texts().count());
    let written = format!("{flows:?}");
    assert!(written.contains("tokenizer: bpe") && written.contains("****"));
    let leaks: Vec<_> = written.split(", ").filter(|part| part.contains("hunter2")).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}
