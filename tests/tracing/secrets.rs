//! Secrets in the fields and messages of `tracing`'s spans and events.

#[path = "../../omegi-runtime/src/collecting/scrubbing/forms.rs"]
mod forms;

use crate::flows_of;
use forms::{FORMS, SPOKEN};

#[test]
fn no_form_of_a_secret_leaves_by_a_span_or_an_event() {
    let texts = || FORMS.iter().map(|(text, _)| *text).chain(SPOKEN.iter().copied());
    let flows = flows_of(move || {
        for text in texts() {
            let span = tracing::info_span!("row", text, debugged = ?text, password = "hunter2");
            let _entered = span.entered();
            tracing::info!(text, "it says: {text}");
            tracing::error!(debugged = ?text, "it failed: {text}");
        }
    });
    assert_eq!(flows.len(), texts().count());
    let written = format!("{flows:?}");
    assert!(written.contains("it says: tokenizer: bpe") && written.contains("****"));
    let leaks: Vec<_> = written.split(", ").filter(|part| part.contains("hunter2")).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}
