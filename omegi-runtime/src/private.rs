//! The functions that woven code calls. Names and signatures change with the weaver, so programs
//! must not call them.
//!
//! Woven code stands among the user's traits, which may have a method of any name for every type.
//! It therefore calls our methods on a reference of exactly the type that they take, where an
//! inherent method comes first. Other methods have names that no other crate uses.

use std::panic::Location;

use crate::recording::span::call::OpenedCall;

pub use crate::recording::panics::PanicHook;
pub use crate::recording::polling::{CurrentContext, PollContext, context, poll};
pub use crate::recording::probe::error::{Probe, ProbeDebug, ProbeOption};
pub use crate::recording::probe::error_view::{ErrorView, Failing, NoteExit, View};
pub use crate::recording::probe::none::{Returned, ReturnsNone, mark_none};
pub use crate::recording::probe::question_mark::{
    Debugged, DescribeOperand, Displayed, Divert, Mark, Named, Operand, Unread, divert, divert_in,
    fails_here, mark, mark_in, note, operand, unread,
};
pub use crate::recording::probe::value::{Arg, Captured};
pub use crate::recording::profiling::call::ProfiledCall;
pub use crate::recording::profiling::site::ProfiledSite;
pub use crate::recording::profiling::task::{ProfiledTask, SuspendedCall};
pub use crate::recording::program_hook::{HookValue, PassHook, PassOther};
pub use crate::recording::span::call::SpanGuard;
pub use crate::recording::span::fork::{Carried, Fork, fork};
pub use crate::recording::span::loop_turn::{Serving, SuspendedTurns, TurnGuard, WaitingTurns, serving};
pub use crate::recording::span::spawned_work::SpawnedWork;
pub use crate::recording::span::task::{Suspended, TaskSpan};
pub use crate::recording::span::unrecorded::UnrecordedCall;
pub use crate::recording::thread::current::{SignalHandlerGuard, mute_signal_handler};
pub use crate::vocabulary::call_site::FunctionPath as Path;
pub use crate::vocabulary::{CallSite, SpanKind};

// Decides about a call before the start of omegi. Recording gets the function from here, because it
// may stand above it: with `autostart` the call starts omegi.
#[cfg(not(feature = "autostart"))]
use crate::recording::before_start::first_call;
#[cfg(feature = "autostart")]
use crate::starting::first_call::first_call;
use crate::starting::profiled_call::begin_profiling;

pub use crate::{
    __capture as capture, __capture_debug as capture_debug, __capture_display as capture_display,
    __described as described, __described_debug as described_debug, __outcome as outcome,
    __outcome_debug as outcome_debug, __outcome_or_none as outcome_or_none, __program_hook as program_hook,
    __returned as returned,
};

/// The traits that probe values; in scope only inside the macros below. Which of them answers
/// depends on the type. The compiler does not call those unused that a macro of another crate
/// imports, so no `allow` is needed, which a crate may forbid.
pub mod choices {
    pub use crate::recording::probe::error::{
        ByDebug as _, ByDebugFirst as _, ByDeref as _, ByDisplay as _, ByError as _, ByName as _,
        ByNameOnly as _, ByNone as _, Never as _, NeverNone as _,
    };
    pub use crate::recording::probe::none::{ByAnyReturned as _, ByNoneReturned as _};
    pub use crate::recording::probe::question_mark::{
        OperandByDebug as _, OperandByDisplay as _, OperandByName as _,
    };
    pub use crate::recording::probe::value::{ByDebug as _, ByOption as _, ByTypeName as _, ByValue as _};
    pub use crate::recording::program_hook::{ByHook as _, ByOther as _};
    pub use crate::recording::span::spawned_work::{ByCall as _, ByFuture as _, ByOtherWork as _};
}

pub use crate::settings::describe_program;

/// Opens the span of a call of `site`.
#[inline]
pub fn enter(site: &'static CallSite) -> SpanGuard {
    crate::recording::span::call::enter(site, open)
}

#[inline(never)]
extern "C" fn open(site: &'static CallSite) -> OpenedCall {
    crate::recording::span::call::open(site, first_call)
}

/// Opens the span of an asynchronous call of `site`, in the future's first poll.
#[inline]
pub fn task(site: &'static CallSite) -> TaskSpan {
    crate::recording::span::task::task(site, first_call)
}

/// Stands for a call of `site` without a span.
#[inline]
#[must_use]
pub const fn unrecorded(site: &'static CallSite) -> UnrecordedCall {
    UnrecordedCall::of(site, first_call)
}

/// Counts a call of `site`.
#[inline]
pub fn profiled(site: &'static ProfiledSite) -> ProfiledCall {
    ProfiledCall::begin(site, begin_profiling)
}

/// Counts an asynchronous call of `site`, in the future's first poll.
#[inline]
pub fn profiled_task(site: &'static ProfiledSite) -> ProfiledTask {
    ProfiledTask::begin(site, begin_profiling)
}

/// Begins a turn of the loop at `site`, unless it has begun.
#[inline]
pub fn begin_turn(turn: &mut TurnGuard, site: &'static CallSite) {
    turn.begin(site, first_call);
}

/// Begins a turn of the loop at `site`, whose head has waited.
#[inline]
pub fn turn(site: &'static CallSite) -> TurnGuard {
    let mut turn = TurnGuard::waiting();
    turn.begin(site, first_call);
    turn
}

/// Calls the body of a function, so that each of its returns comes back here.
#[inline(always)]
pub fn run<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Calls `work`, which is no part of a function: its temporaries are in a frame of their own.
/// Without optimisation they would all be in the function's frame, on each level of a recursion.
#[inline]
pub fn apart(work: impl FnOnce()) {
    work();
}

/// Passes `value` through after `look` has seen it: the return value of a function whose body
/// cannot be called from here.
#[inline(always)]
pub fn show<R>(value: R, look: impl FnOnce(&R)) -> R {
    look(&value);
    value
}

/// Returns the location of its call. Woven code calls it in a `const` block: outside of one, in a
/// `#[track_caller]` function, the location would be that of the function's caller.
#[must_use]
#[track_caller]
pub const fn here() -> &'static Location<'static> {
    Location::caller()
}

/// Marks the operand as [`mark`] does, and fails the span: the return value is not seen.
#[inline]
pub fn mark_and_fail<T, E, V, S>(
    value: T,
    _: Operand<E, V>,
    span: &mut S,
    here: &'static Location<'static>,
) -> T
where
    T: Mark<Error = E>,
    V: DescribeOperand<E>,
    S: NoteExit,
{
    if value.is_failure() {
        span.note_question_mark(here, || None);
    }
    if let Some(error) = value.error() {
        span.fail_with(error, V::view);
    }
    value
}

/// Adds `$value`, a reference, to `$span` under `$key`.
#[doc(hidden)]
#[macro_export]
macro_rules! __capture {
    ($span:expr, $key:expr, $value:expr) => {
        match $value {
            value => $crate::private::apart(|| {
                use $crate::private::choices::*;
                (&mut $span).capture($key, (&&&&$crate::private::Arg(value)).__omegi_captured());
            }),
        }
    };
}

/// Adds `$value`, a reference, as its `Display` writes it.
#[doc(hidden)]
#[macro_export]
macro_rules! __capture_display {
    ($span:expr, $key:expr, $value:expr) => {
        (&mut $span).capture($key, $crate::private::Captured::Display($value))
    };
}

/// Adds `$value`, a reference, as its `Debug` writes it.
#[doc(hidden)]
#[macro_export]
macro_rules! __capture_debug {
    ($span:expr, $key:expr, $value:expr) => {
        (&mut $span).capture($key, $crate::private::Captured::Debug($value))
    };
}

/// Chooses the form of each operand, where the compiler has inferred their types.
#[doc(hidden)]
#[macro_export]
macro_rules! __described {
    ($($operand:ident)*) => {
        if false {
            use $crate::private::choices::*;
            $((&&&$operand).__omegi_described();)*
        }
    };
}

/// Chooses the form of each operand: its `Debug` if it has one. Three references would try its
/// `Display` first.
#[doc(hidden)]
#[macro_export]
macro_rules! __described_debug {
    ($($operand:ident)*) => {
        if false {
            use $crate::private::choices::*;
            $((&&$operand).__omegi_described();)*
        }
    };
}

/// Fails `$span` if `$value`, a reference to a return value, is an error.
#[doc(hidden)]
#[macro_export]
macro_rules! __outcome {
    ($span:expr, $value:expr) => {
        $crate::__outcome!(@asked Probe, $span, $value)
    };
    (@asked $probe:ident, $span:expr, $value:expr) => {
        match $value {
            value => $crate::private::apart(|| {
                use $crate::private::choices::*;
                (&&&&&&$crate::private::$probe(value)).__omegi_failed(&mut $span);
            }),
        }
    };
}

/// Fails `$span` if `$value` is an error, described by its `Debug`.
#[doc(hidden)]
#[macro_export]
macro_rules! __outcome_debug {
    ($span:expr, $value:expr) => {
        $crate::__outcome!(@asked ProbeDebug, $span, $value)
    };
}

/// Notes in `$span` that the call returns `None`, if `$value`, a reference, is that.
#[doc(hidden)]
#[macro_export]
macro_rules! __returned {
    ($span:expr, $value:expr) => {
        match $value {
            value => $crate::private::apart(|| {
                use $crate::private::choices::*;
                (&&$crate::private::Returned(value)).__omegi_returned(&mut $span);
            }),
        }
    };
}

/// Passes on the value of a call of a function named `take_hook`: without omegi's own hook, if it
/// is a panic hook.
#[doc(hidden)]
#[macro_export]
macro_rules! __program_hook {
    ($value:expr) => {
        match $value {
            value => {
                use $crate::private::choices::*;
                (&&$crate::private::HookValue(&value)).__omegi_passed().pass(value)
            }
        }
    };
}

/// Fails `$span` if `$value` is an error or `None`.
#[doc(hidden)]
#[macro_export]
macro_rules! __outcome_or_none {
    ($span:expr, $value:expr) => {{
        use $crate::private::choices::*;
        if !(&&$crate::private::ProbeOption($value)).__omegi_none(&mut $span) {
            $crate::__outcome!($span, $value)
        }
    }};
}
