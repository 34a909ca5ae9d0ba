//! Panics as errors: their messages and places. Does not change the unwinding or the output of the
//! program.

use std::cell::RefCell;
use std::mem::{self, ManuallyDrop};
use std::panic::PanicHookInfo;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::vocabulary::per_process::PerProcess;
use crate::vocabulary::{ErrorText, Location, Outcome};

use crate::recording::data::error_kinds::ErrorKind;
use crate::recording::data::error_paths::{ErrorFacts, Exit, PanicStage};
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

/// The message of a panic that no hook has seen.
pub(crate) const UNKNOWN_PANIC: &str =
    "its message is not known: it was resumed, or the program has taken the panic hook away";

/// The latest panic of a thread.
#[derive(Clone, Debug)]
struct LastPanic {
    message: String,
    location: Option<Location>,
    /// The flow that it unwound through last, and the next span there. A thread that unwinds
    /// elsewhere has another panic, which no hook has seen: it was resumed, or the hook was taken
    /// away.
    next: Option<(Identity, SpanRef)>,
    /// True if it has unwound a span.
    has_unwound: bool,
}

impl LastPanic {
    fn unknown() -> Self {
        Self { message: UNKNOWN_PANIC.to_owned(), location: None, next: None, has_unwound: false }
    }

    fn is_about(&self, segment: &Segment, span: SpanRef) -> bool {
        self.next.is_none_or(|next| next == (segment.identity(), span))
    }
}

/// Notes every panic from now on, before the program's hook.
pub(crate) fn watch() {
    static WATCHED: AtomicBool = AtomicBool::new(false);
    if !WATCHED.swap(true, Ordering::Relaxed) {
        put_before_hook();
    }
}

/// A panic hook.
pub type PanicHook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// A hook of the program.
type ProgramHook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// The existing hooks of omegi. One may stand inside of a hook that took it as its previous one.
static HOOKS: AtomicUsize = AtomicUsize::new(0);

/// The latest hook of omegi.
static LATEST_HOOK: PerProcess<Mutex<Option<OwnHook>>> = PerProcess::new(Mutex::new(None));

/// A hook of omegi.
struct OwnHook {
    /// Its address, by which it is recognised.
    address: usize,
    /// The program's hook, which it calls.
    previous: ProgramHook,
}

/// Puts a hook of omegi before the one that is set.
fn put_before_hook() {
    let previous: ProgramHook = std::panic::take_hook().into();
    HOOKS.fetch_add(1, Ordering::Relaxed);
    let (presence, program) = (HookPresence, Arc::clone(&previous));
    let hook: PanicHook = Box::new(move |info| {
        let _ = &presence;
        note(info, &*program);
    });
    let address = address_of(&hook);
    remember_hook(Some(OwnHook { address, previous }));
    std::panic::set_hook(hook);
}

/// Replaces the latest hook. Drops the one before after the lock, because a program's hook may do
/// anything when it is dropped.
fn remember_hook(own: Option<OwnHook>) {
    let mut latest = LATEST_HOOK.get().lock().unwrap_or_else(PoisonError::into_inner);
    let before = mem::replace(&mut *latest, own);
    drop(latest);
    drop(before);
}

fn address_of(hook: &PanicHook) -> usize {
    std::ptr::from_ref(&**hook).cast::<()>().addr()
}

/// Returns the program's own hook for one that `take_hook` returned. The program may hold it, and
/// set one that does not call it: omegi's stays set.
pub(crate) fn without_own_hook(taken: PanicHook) -> PanicHook {
    match program_hook_before(address_of(&taken)) {
        // The drop of omegi's hook puts another before the one that is set now.
        Some(previous) => {
            drop(taken);
            Box::new(move |info| previous(info))
        }
        None => taken,
    }
}

/// Returns the program's hook that omegi's hook at this address calls, if it is the latest one.
fn program_hook_before(address: usize) -> Option<ProgramHook> {
    let previous = |own: Option<&OwnHook>| {
        let own = own.filter(|own| own.address == address)?;
        Some(Arc::clone(&own.previous))
    };
    let latest = LATEST_HOOK.get().lock().unwrap_or_else(PoisonError::into_inner);
    // A forked child has its parent's hook, until it sets another.
    previous(latest.as_ref())
        .or_else(|| LATEST_HOOK.inherited(|parents| previous(parents.try_lock().ok()?.as_ref())))
}

/// A part of omegi's hook that notices its drop. `set_hook` drops the hook that it replaces, on its
/// own thread and after it has released its lock: the hook comes back before `set_hook` returns.
struct HookPresence;

impl Drop for HookPresence {
    fn drop(&mut self) {
        if HOOKS.fetch_sub(1, Ordering::Relaxed) > 1 {
            return;
        }
        // A thread that panics may not change the hook.
        if std::thread::panicking() {
            remember_hook(None);
        } else {
            put_before_hook();
        }
    }
}

/// Notes a panic, and calls the program's hook.
fn note(info: &PanicHookInfo<'_>, previous: &dyn Fn(&PanicHookInfo<'_>)) {
    let panic = PanicEffect::of(info);
    // A panic inside omegi, or in a `Debug` that only omegi called, stays hidden unless it ends the
    // program.
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
    let _ = AT_END.try_with(|_| ());
    let note = LATEST.with(|latest| {
        let mut latest = latest.try_borrow_mut().ok()?;
        let known = latest.take().filter(|note| note.is_about(segment, span));
        let panic = match &known {
            Some(LastPanic { next: None, has_unwound: false, .. }) => PanicStage::New,
            Some(_) => PanicStage::Unwinding,
            None => PanicStage::Unseen,
        };
        let note = latest.insert(known.unwrap_or_else(LastPanic::unknown));
        // A child that is a flow of its own unwinds into the segment of the span that opened it.
        let leaves = caller == NO_SPAN && segment.opener().is_some();
        note.next = (!leaves).then(|| (segment.identity(), caller));
        note.has_unwound = true;
        Some((note.clone(), panic))
    });
    if segment.fail(span).is_some() {
        let unseen = || (LastPanic::unknown(), PanicStage::Unseen);
        let (note, panic) = note.unwrap_or_else(unseen);
        let text = ErrorText { error_type: "panic".into(), message: note.message };
        segment.describe_failure(
            span,
            ErrorFacts { text, causes: Vec::new(), ignored: false },
            Exit::Unwound { from: note.location, panic },
        );
    }
}

/// Returns the type and message of the latest panic of this thread.
pub(crate) fn latest() -> Option<ErrorKind> {
    LATEST.with(|latest| {
        let latest = latest.try_borrow().ok()?;
        let message = latest.as_ref()?.message.clone();
        Some(ErrorKind::of_text(&ErrorText { error_type: "panic".into(), message }))
    })
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
            **latest = Some(LastPanic { message, location, next: None, has_unwound: false });
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
