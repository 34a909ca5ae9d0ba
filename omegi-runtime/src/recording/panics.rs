//! Panics as errors: what was said and where, without changing how the program unwinds or what it prints.

use std::any::Any;
use std::cell::RefCell;
use std::panic::PanicHookInfo;
use std::sync::{Mutex, Once, PoisonError};

use crate::vocabulary::{ErrorText, Location};

use super::current;
use super::errors::{ErrorFacts, Way};
use super::muting::is_muted;
use super::policy;
use super::record::SpanRef;
use super::segment::Segment;
use super::text::cut;

thread_local! {
    /// The latest panic of this thread.
    static LATEST: RefCell<Option<Note>> = const { RefCell::new(None) };
}

/// What is known of a panic.
#[derive(Clone, Debug)]
struct Note {
    message: String,
    location: Option<Location>,
}

/// Notes every panic from now on, before whatever hook there was.
pub(crate) fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // A panic inside omegi, or in a `Debug` that only omegi called, is nobody's business.
            if !is_muted() {
                current::muted(|| note(info));
                previous(info);
            }
        }));
    });
}

/// A span ends because its thread unwinds.
pub(crate) fn record(segment: &mut Segment, span: SpanRef) {
    if !segment.fail(span) {
        return;
    }
    let note =
        LATEST.try_with(|latest| latest.try_borrow().ok().and_then(|note| note.clone())).ok().flatten();
    // A panic without a hook: resumed, or somebody has replaced ours.
    let note =
        note.unwrap_or_else(|| Note { message: "the panic's message is not known".into(), location: None });
    let text = ErrorText { error_type: "panic".into(), message: note.message };
    segment.describe_failure(
        span,
        ErrorFacts { text, causes: Vec::new() },
        Way::Unwound { from: note.location },
    );
}

fn note(info: &PanicHookInfo<'_>) {
    let limit = policy::get().map_or(0, |policy| policy.text_limit);
    let message = cut(said(info.payload()), limit).to_owned();
    let location = info
        .location()
        .map(|location| Location { file: static_file(location.file()), line: location.line() });
    let _ = LATEST.try_with(|latest| {
        if let Ok(mut latest) = latest.try_borrow_mut() {
            *latest = Some(Note { message, location });
        }
    });
}

/// The same name for as long as the program runs, which a hook is not told it is: one copy for each file that ever
/// panics.
fn static_file(file: &str) -> &'static str {
    static FILES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = files.iter().find(|known| **known == file) {
        return known;
    }
    let copy: &'static str = Box::leak(file.into());
    files.push(copy);
    copy
}

fn said(payload: &dyn Any) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("Box<dyn Any>")
}
