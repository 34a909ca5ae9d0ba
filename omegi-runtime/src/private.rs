//! What woven code calls. Not for people: names and signatures change with the weaver.
//!
//! Woven code stands among the user's traits, and one of those may have a method of any name for every type. So methods
//! of ours are called on a reference of just the type that they take, where an inherent method comes first, or have a
//! name that nobody else uses.

use std::panic::Location;

use crate::recording::data::record::SpanRef;
use crate::recording::probe::error::note;

pub use crate::recording::polling::{CurrentContext, PollContext, context, poll};
pub use crate::recording::probe::error::{
    Divert, ErrorView, Failing, Mark, Probe, ProbeDebug, ProbeOption, View, divert, mark,
};
pub use crate::recording::probe::value::{Arg, Captured};
pub use crate::recording::span::call::SpanGuard;
pub use crate::recording::span::fork::{Carried, Fork, carry, carry_call, fork};
pub use crate::recording::span::task::{Suspended, TaskSpan};
pub use crate::vocabulary::call_site::Path;
pub use crate::vocabulary::{CallSite, SpanKind};

// What becomes of a call that comes before anybody has started omegi. Recording is told here, because the answer is not
// below it: with `autostart` the call starts omegi.
#[cfg(not(feature = "autostart"))]
use crate::recording::before_start::first_call;
#[cfg(feature = "autostart")]
use crate::starting::first_call::first_call;

pub use crate::{
    __capture as capture, __capture_debug as capture_debug, __capture_display as capture_display,
    __outcome as outcome, __outcome_debug as outcome_debug, __outcome_or_none as outcome_or_none,
};

/// The traits by which values are asked what they are; in scope only where a macro below asks.
pub mod choices {
    pub use crate::recording::probe::error::{
        ByDebug as _, ByDebugFirst as _, ByDeref as _, ByDisplay as _, ByError as _, ByName as _,
        ByNameOnly as _, ByNone as _, Never as _, NeverNone as _,
    };
    pub use crate::recording::probe::value::{ByDebug as _, ByTypeName as _, ByValue as _};
}

/// Opens the span of a call of `site`.
#[inline]
pub fn enter(site: &'static CallSite) -> SpanGuard {
    crate::recording::span::call::enter(site, open)
}

#[inline(never)]
extern "C" fn open(site: &'static CallSite) -> SpanRef {
    crate::recording::span::call::open(site, first_call)
}

/// Opens the span of an asynchronous call of `site`. Called in the future's first poll.
#[inline]
pub fn task(site: &'static CallSite) -> TaskSpan {
    crate::recording::span::task::task(site, first_call)
}

/// Calls the body of a function, so that whatever it returns by comes back here.
#[inline(always)]
pub fn run<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Shows what a function returns, where its body cannot be called from here.
#[inline(always)]
pub fn show<R>(value: R, look: impl FnOnce(&R)) -> R {
    look(&value);
    value
}

/// Where it is called, if that is in a constant: anywhere else in a `#[track_caller]` function, the caller's location is
/// that of the function's caller.
#[must_use]
#[track_caller]
pub const fn here() -> &'static Location<'static> {
    Location::caller()
}

/// The same as [`mark`] where nobody sees what the function then returns.
#[inline]
pub fn mark_and_fail<T: Mark>(operand: T, span: &mut SpanGuard, here: &'static Location<'static>) -> T {
    if operand.is_failure() {
        note(here);
    }
    if let Some(error) = operand.unread_error().filter(|_| span.is_recording()) {
        span.fail(&error);
    }
    operand
}

/// Adds `$value`, a reference, to `$span` under `$key`.
#[doc(hidden)]
#[macro_export]
macro_rules! __capture {
    ($span:expr, $key:expr, $value:expr) => {{
        #[allow(unused_imports, reason = "which trait answers depends on the type")]
        use $crate::private::choices::*;
        (&mut $span).capture($key, (&&&$crate::private::Arg($value)).__omegi_captured());
    }};
}

/// The same, as `Display` says it.
#[doc(hidden)]
#[macro_export]
macro_rules! __capture_display {
    ($span:expr, $key:expr, $value:expr) => {
        (&mut $span).capture($key, $crate::private::Captured::Display($value))
    };
}

/// The same, as `Debug` says it.
#[doc(hidden)]
#[macro_export]
macro_rules! __capture_debug {
    ($span:expr, $key:expr, $value:expr) => {
        (&mut $span).capture($key, $crate::private::Captured::Debug($value))
    };
}

/// Asks `$value`, a reference to what a function returns, whether it is an error.
#[doc(hidden)]
#[macro_export]
macro_rules! __outcome {
    ($span:expr, $value:expr) => {
        $crate::__outcome!(@asked Probe, $span, $value)
    };
    (@asked $probe:ident, $span:expr, $value:expr) => {{
        #[allow(unused_imports, reason = "which trait answers depends on the type")]
        use $crate::private::choices::*;
        (&&&&&&$crate::private::$probe($value)).__omegi_failed(&mut $span);
    }};
}

/// The same, with what the error's `Debug` says.
#[doc(hidden)]
#[macro_export]
macro_rules! __outcome_debug {
    ($span:expr, $value:expr) => {
        $crate::__outcome!(@asked ProbeDebug, $span, $value)
    };
}

/// The same, where `None` is an error too.
#[doc(hidden)]
#[macro_export]
macro_rules! __outcome_or_none {
    ($span:expr, $value:expr) => {{
        #[allow(unused_imports, reason = "which trait answers depends on the type")]
        use $crate::private::choices::*;
        if !(&&$crate::private::ProbeOption($value)).__omegi_none(&mut $span) {
            $crate::__outcome!($span, $value)
        }
    }};
}
