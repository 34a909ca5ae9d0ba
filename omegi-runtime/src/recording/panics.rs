//! Panics as errors: their messages and places. Does not change the unwinding or the output of the
//! program.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::panic::PanicHookInfo;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::vocabulary::per_process::PerProcess;
use crate::vocabulary::{ErrorText, Location, Outcome};

use crate::recording::data::error_paths::{ErrorFacts, Exit};
use crate::recording::data::record::{NO_SPAN, SpanRef};
use crate::recording::lifecycle;
use crate::recording::muting::{aloud, is_muted, is_own_thread, quietly};
use crate::recording::policy;
use crate::recording::segment::{Identity, Segment};
use crate::recording::shield::panic_message;
use crate::recording::text::cut;
use crate::recording::thread::current;

thread_local! {
    /// The latest panic of this thread. It has no destructor: those of older locals may panic.
    static LATEST: RefCell<ManuallyDrop<Option<LastPanic>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
    static AT_END: ForgetLatest = const { ForgetLatest };
}

/// Frees the latest panic when its thread ends.
struct ForgetLatest;

impl Drop for ForgetLatest {
    fn drop(&mut self) {
        LATEST.with_borrow_mut(|latest| **latest = None);
    }
}

/// The latest panic of a thread.
#[derive(Clone, Debug)]
struct LastPanic {
    message: String,
    location: Option<Location>,
    /// The flow that it unwound through last, and the next span there. A thread that unwinds
    /// elsewhere has another panic, which no hook has seen: it was resumed, or the hook was
    /// replaced.
    next: Option<(Identity, SpanRef)>,
}

impl LastPanic {
    fn unknown() -> Self {
        let message = "its message is not known: it was resumed, or the panic hook was replaced after init()"
            .to_owned();
        Self { message, location: None, next: None }
    }

    fn is_about(&self, segment: &Segment, span: SpanRef) -> bool {
        self.next.is_none_or(|next| next == (segment.identity(), span))
    }
}

/// Notes every panic from now on, before the previous hook.
pub(crate) fn watch() {
    static WATCHED: AtomicBool = AtomicBool::new(false);
    if !WATCHED.swap(true, Ordering::Relaxed) {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let panic = PanicEffect::of(info);
            // A panic inside omegi, or in a `Debug` that only omegi called, stays hidden unless it
            // ends the program.
            if is_muted() && panic == PanicEffect::Unwinds {
                return;
            }
            if panic != PanicEffect::Echoes {
                current::muted(|| remember(info));
            }
            previous(info);
            if panic != PanicEffect::Unwinds {
                abort();
            }
        }));
    }
}

/// True if a panic ends the program, and nothing unwinds.
const ABORTS: bool = cfg!(panic = "abort");

/// The effect of a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PanicEffect {
    Unwinds,
    /// It ends the program.
    Aborts,
    /// It ends the program, and only reports that an earlier one can unwind no further.
    Echoes,
}

impl PanicEffect {
    fn of(info: &PanicHookInfo<'_>) -> Self {
        if WITHOUT_UNWINDING.contains(&panic_message(info.payload())) {
            Self::Echoes
        } else if ABORTS || is_of_language(info) {
            Self::Aborts
        } else {
            Self::Unwinds
        }
    }
}

/// The messages of a panic that leaves a destructor during another panic, or a function that C may
/// have called. The hook learns of it in no other way (`PanicHookInfo::can_unwind` is unstable).
const WITHOUT_UNWINDING: [&str; 2] =
    ["panic in a destructor during cleanup", "panic in a function that cannot unwind"];

/// Returns whether the language itself panics, which it does where the thread may not unwind. All
/// others panic in their own files.
fn is_of_language(info: &PanicHookInfo<'_>) -> bool {
    info.location().is_some_and(|at| Path::new(at.file()).ends_with("core/src/panicking.rs"))
}

/// Ends the active calls, from the innermost outwards.
fn end_all(segment: &mut Segment) {
    let mut span = segment.cursor();
    while span != NO_SPAN {
        record(segment, span);
        let caller = segment.caller(span);
        segment.end(span, Outcome::Panic);
        span = caller;
    }
}

/// Ends the flow of this thread, which panicked and will not unwind, and exports everything. A
/// thread of omegi's own is left out: an exporter that panicked would wait for itself.
fn abort() {
    if is_own_thread() {
        return;
    }
    quietly(|| {
        while let Some(segment) = current::take() {
            end_all(segment);
            let mut below = segment.take_off().and_then(current::awake);
            below.iter_mut().for_each(|below| pass_on(below));
            current::replace(below);
            lifecycle::end(segment);
        }
    });
    if let Some(policy) = policy::get() {
        aloud(|| policy.processor.flush_before_abort());
    }
}

/// Records that a span ends because its thread unwinds.
pub(crate) fn record(segment: &mut Segment, span: SpanRef) {
    let caller = segment.caller(span);
    let note = LATEST.with(|latest| {
        let mut latest = latest.try_borrow_mut().ok()?;
        let note = latest.as_mut().filter(|note| note.is_about(segment, span))?;
        // A child that is a flow of its own unwinds into the segment of the span that opened it.
        let leaves = caller == NO_SPAN && segment.opener().is_some();
        note.next = (!leaves).then(|| (segment.identity(), caller));
        Some(note.clone())
    });
    if segment.fail(span).is_some() {
        let note = note.unwrap_or_else(LastPanic::unknown);
        let text = ErrorText { error_type: "panic".into(), message: note.message };
        segment.describe_failure(
            span,
            ErrorFacts { text, causes: Vec::new(), ignored: false },
            Exit::Unwound { from: note.location },
        );
    }
}

/// Notes that the panic leaves a turn of a loop: the loop's function, in the segment `below`, is
/// next.
pub(crate) fn pass_on(below: &mut Segment) {
    below.note_turn_error(None);
    let next = Some((below.identity(), below.cursor()));
    let _ = LATEST.try_with(|latest| {
        if let Ok(mut latest) = latest.try_borrow_mut() {
            latest.iter_mut().for_each(|note| note.next = next);
        }
    });
}

fn remember(info: &PanicHookInfo<'_>) {
    let limit = policy::get().map_or(0, |policy| policy.settings.limits.value_length);
    let message = cut(panic_message(info.payload()), limit).to_owned();
    let location = info
        .location()
        .map(|location| Location { file: static_text(location.file()), line: location.line() });
    let _ = AT_END.try_with(|_| ());
    LATEST.with(|latest| {
        if let Ok(mut latest) = latest.try_borrow_mut() {
            **latest = Some(LastPanic { message, location, next: None });
        }
    });
}

/// Returns the same text for as long as the program runs, with one copy of each. For the names of
/// source files, which are few.
pub(crate) fn static_text(text: &str) -> &'static str {
    static TEXTS: PerProcess<Mutex<Vec<&'static str>>> = PerProcess::new(Mutex::new(Vec::new()));
    let mut texts = TEXTS.get().lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = texts.iter().find(|known| **known == text) {
        return known;
    }
    let copy: &'static str = Box::leak(text.into());
    texts.push(copy);
    copy
}
